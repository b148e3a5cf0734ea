import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PoolConnectError, PoolConnectionLostError } from '../../lib/errors/pool-errors.js';
import { ConnectionLease } from '../../lib/pool/connection-lease.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import type { PoolOptions } from '../../lib/pool/pool-options.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openWireTap, type WireTap } from '../cursor/wire-tap.js';

let database: TestDatabase;
let tap: WireTap;
const pools: ConnectionPool[] = [];

beforeAll(async () => {
  database = await createTestDatabase('outage');
  tap = await openWireTap(database.url);
});
afterEach(async () => {
  tap.up();
  await Promise.all(pools.splice(0).map((pool) => pool.end({ timeout: 0 })));
});
afterAll(async () => {
  await tap.close();
  await database.drop();
});

function open(options: PoolOptions = {}): ConnectionPool {
  const pool = new ConnectionPool(options);
  pools.push(pool);
  return pool;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('a target that cannot be reached', () => {
  it('costs those in flight their statement and nobody else anything: all wait until it is back', async () => {
    const pool = open({ max: 20, borrowTimeout: 20_000 });
    const errors: unknown[] = [];
    let served = 0;
    let isOver = false;
    const workers = Array.from({ length: 64 }, async () => {
      while (!isOver) {
        try {
          await using connection = await pool.borrow({ url: tap.url });
          await connection.query('SELECT pg_sleep(0.002)');
          served++;
        } catch (error) {
          errors.push(error);
        }
      }
    });
    await pause(200);
    tap.down();
    await pause(2_000);
    expect(pool.stats()).toMatchObject({ borrowed: 0, waiting: 64 });
    const before = served;
    const attempts = tap.up();
    await pause(1_000);
    isOver = true;
    await Promise.all(workers);
    expect(served - before).toBeGreaterThanOrEqual(64);
    expect(errors.length).toBeLessThanOrEqual(20);
    for (const error of errors) expect(error).toBeInstanceOf(PoolConnectionLostError);
    // At most one for each place at the beginning, and then one at a time with growing waits.
    expect(attempts).toBeGreaterThan(3);
    expect(attempts).toBeLessThanOrEqual(40);
  });

  it('is told with its reason to those whose time is over', async () => {
    const pool = open({ max: 2 });
    tap.down();
    const failed = await pool.borrow({ url: tap.url }, { timeout: 300 }).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(PoolConnectError);
    expect(failed).toMatchObject({ figures: { max: 2, borrowed: 0 } });
    expect((failed as Error).message).toMatch(/^Cannot connect to .* tried again for 300 ms\.$/);
    expect((failed as Error).cause).toBeInstanceOf(Error);
  });

  it('fails those at once who would not wait', async () => {
    const pool = open();
    tap.down();
    const patient = pool.borrow({ url: tap.url }, { timeout: 5_000 });
    for (let time = 0; time < 2; time++) {
      await expect(pool.borrow({ url: tap.url }, { timeout: 0 })).rejects.toMatchObject({ code: 'POOL_CONNECT' });
    }
    tap.up();
    pool.giveBack(await patient);
  });

  it('keeps no place from other targets, and nobody waiting who has left', async () => {
    const pool = open({ max: 1 });
    tap.down();
    const leaving = new AbortController();
    const gone = pool.borrow({ url: tap.url }, { signal: leaving.signal });
    await pause(120);
    const other = await pool.borrow({ url: database.url }, { timeout: 8_000 }).catch((error: unknown) => error);
    expect(other, JSON.stringify(pool.stats())).toBeInstanceOf(ConnectionLease);
    pool.giveBack(other as ConnectionLease);
    leaving.abort(new Error('left'));
    await expect(gone).rejects.toThrow('left');
    await pause(600);
    expect(tap.up()).toBeLessThan(10);
    expect(pool.stats().targets.filter(({ target }) => target.endsWith(new URL(tap.url).port))).toEqual([]);
  });

  it('keeps the process alive for those who wait, and no longer', async () => {
    const pool = open();
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const mostTimers = async (withinMs: number): Promise<number> => {
      let most = 0;
      for (const startMs = performance.now(); performance.now() - startMs < withinMs;) {
        await new Promise((resolve) => setImmediate(resolve));
        most = Math.max(most, timers());
      }
      return most;
    };
    const before = timers();
    tap.down();
    const leaving = new AbortController();
    const refused = expect(pool.borrow({ url: tap.url }, { signal: leaving.signal })).rejects.toThrow('left');
    expect(await mostTimers(200)).toBeGreaterThan(before);
    leaving.abort(new Error('left'));
    await refused;
    await pause(500);
    expect(timers()).toBeLessThanOrEqual(before);
  });

  it('ends with the pool', async () => {
    const pool = open();
    tap.down();
    const waiting = pool.borrow({ url: tap.url });
    const refused = expect(waiting).rejects.toMatchObject({ code: 'POOL_CLOSED' });
    await pause(100);
    await pool.end();
    await refused;
  });
});
