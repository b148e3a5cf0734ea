import { POOL_SIZE, type LendingPool } from '../subjects/subject.js';
import { mustBe, type PoolCase } from './bench-case.js';

/** Workers that want a connection at the same time. */
export const WORKERS = 256;
const ROUNDS_ALONE = 10_000;
const ROUNDS_TOGETHER = 40;

export const poolIdle: PoolCase = {
  kind: 'pool',
  name: 'pool-idle',
  title: 'borrow and give back, alone',
  limit: 1,
  hasWaiters: false,
  async run(pool) {
    for (let round = 0; round < ROUNDS_ALONE; round++) pool.giveBack(await pool.borrow());
    return ROUNDS_ALONE;
  },
};

/*
 * A connection is held for one turn of the event loop, the shortest that anybody who uses one can hold it. Were it given
 * back at once, all would run in one turn, and a pool that hands over in that turn would never let a timer or socket in.
 */
export const poolWaiters: PoolCase = {
  kind: 'pool',
  name: 'pool-waiters',
  title: `the same, ${WORKERS} workers`,
  limit: 1,
  hasWaiters: true,
  async run(pool, waits) {
    let out = 0;
    let mostOut = 0;
    const worker = async (): Promise<void> => {
      for (let round = 0; round < ROUNDS_TOGETHER; round++) {
        const asked = performance.now();
        const connection = await pool.borrow();
        waits.add((performance.now() - asked) * 1_000);
        mostOut = Math.max(mostOut, ++out);
        await nextTurn();
        out--;
        pool.giveBack(connection);
      }
    };
    await Promise.all(Array.from({ length: WORKERS }, worker));
    mustBe(mostOut, POOL_SIZE);
    return WORKERS * ROUNDS_TOGETHER;
  },
};

/** All connections of the pool are open and idle afterwards. */
export async function fillPool(pool: LendingPool<unknown>): Promise<void> {
  const connections = await Promise.all(Array.from({ length: POOL_SIZE }, () => pool.borrow()));
  for (const connection of connections) pool.giveBack(connection);
}

/** @throws Error when a session is lent to two at once, or not all of them are lent */
export async function mustLendToOneAtATime(pool: LendingPool<unknown>): Promise<void> {
  const held = new Set<number>();
  const seen = new Set<number>();
  const worker = async (): Promise<void> => {
    const connection = await pool.borrow();
    const id = await pool.processIdOf(connection);
    if (held.has(id)) throw new Error('Wrong result: a session was lent to two borrowers at once.');
    held.add(id);
    seen.add(id);
    await nextTurn();
    held.delete(id);
    pool.giveBack(connection);
  };
  await Promise.all(Array.from({ length: WORKERS }, worker));
  mustBe(seen.size, POOL_SIZE);
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
