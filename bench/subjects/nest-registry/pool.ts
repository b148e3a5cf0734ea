import { ConnectionPool, type ConnectionLease } from 'nest-registry/core';
import { POOL_SIZE, type LendingPool, type OpenPool } from '../subject.js';

/** As it is by default: a borrower that waits has a deadline of 5 s. */
export const openPool: OpenPool = (url) => {
  const pool = new ConnectionPool({ max: POOL_SIZE });
  const target = { url };
  const lending: LendingPool<ConnectionLease> = {
    borrow: () => pool.borrow(target),
    giveBack: (lease) => pool.giveBack(lease),
    processIdOf: (lease) => lease.processId!,
    close: () => pool.end(),
  };
  return Promise.resolve(lending);
};
