import pg from 'pg';
import { POOL_SIZE, type LendingPool, type OpenPool } from '../subject.js';

/** As it is by default: a borrower that waits has no deadline. */
export const openPool: OpenPool = (url) => Promise.resolve(lendingPool(new pg.Pool(settingsFor(url))));

/** With the deadline that ours gives every borrower. */
export const openPoolWithDeadline: OpenPool = (url) =>
  Promise.resolve(lendingPool(new pg.Pool({ ...settingsFor(url), connectionTimeoutMillis: 5_000 })));

function settingsFor(url: string): pg.PoolConfig {
  return { connectionString: url, max: POOL_SIZE };
}

function lendingPool(pool: pg.Pool): LendingPool<pg.PoolClient> {
  return {
    borrow: () => pool.connect(),
    giveBack: (client) => client.release(),
    processIdOf: (client) => (client as unknown as { readonly processID: number }).processID,
    close: () => pool.end(),
  };
}
