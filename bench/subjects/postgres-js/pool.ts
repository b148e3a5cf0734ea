import postgres from 'postgres';
import { POOL_SIZE, type LendingPool, type OpenPool } from '../subject.js';

/** As it is by default: a borrower that waits has no deadline. */
export const openPool: OpenPool = (url) => {
  const sql = postgres(url, { max: POOL_SIZE });
  const lending: LendingPool<postgres.ReservedSql> = {
    borrow: () => sql.reserve(),
    giveBack: (reserved) => reserved.release(),
    async processIdOf(reserved) {
      const [row] = await reserved<{ readonly id: number }[]>`SELECT pg_backend_pid() AS id`;
      return row!.id;
    },
    close: () => sql.end(),
  };
  return Promise.resolve(lending);
};
