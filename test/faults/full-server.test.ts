import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PoolConnectError } from '../../lib/errors/pool-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { useRig } from './support/rig.js';
import { timed, uncaughtDuring } from './support/timed.js';

/** Sessions that the server has to give. */
const SESSIONS = 5;

let others: pg.Client[] = [];

const rig = useRig({ maxConnections: SESSIONS });
afterEach(() => Promise.all(others.splice(0).map((client) => client.end())));

/** Somebody else takes sessions of the server. */
async function takeByOthers(count: number): Promise<void> {
  others = Array.from({ length: count }, () => new pg.Client({ connectionString: rig.server.url }));
  await Promise.all(others.map((client) => client.connect()));
}

describe('a server with fewer sessions than the pool may have', () => {
  it('serves all who wait, with the sessions it has, and is not asked for more all the time', async () => {
    rig.pool = new ConnectionPool({ max: 20, borrowTimeout: 15_000 });
    let most = 0;
    const uncaught = await uncaughtDuring(async () => {
      const working = Promise.all(
        Array.from({ length: 800 }, (_, index) =>
          timed(
            (async () => {
              await using lease = await rig.pool.borrow({ url: rig.line.url });
              most = Math.max(most, rig.pool.stats().borrowed);
              return (await lease.query('SELECT $1::int AS index FROM pg_sleep(0.02)', [index])).rows;
            })(),
          ),
        ),
      );
      // The first attempts are many, since nothing is known of the server yet.
      await vi.waitFor(() => expect(rig.pool.stats()).toMatchObject({ borrowed: SESSIONS, connecting: 0 }), 5_000);
      rig.line.takeAttempts();
      await sleep(1_000);
      // One at a time, after waits of 50 ms to 313 ms.
      expect(rig.line.takeAttempts()).toBeLessThanOrEqual(10);
      const done = await working;
      done.forEach(({ value, error }, index) => {
        expect(error).toBeUndefined();
        expect(value).toEqual([{ index }]);
      });
    });
    expect(uncaught).toEqual([]);
    expect(most).toBe(SESSIONS);
    expect(rig.pool.stats()).toMatchObject({ borrowed: 0, waiting: 0 });
  });

  it('keeps the order in which borrowers came', async () => {
    rig.pool = new ConnectionPool({ max: 20, borrowTimeout: 15_000 });
    const held = await Promise.all(Array.from({ length: SESSIONS }, () => rig.pool.borrow({ url: rig.line.url })));
    const order: number[] = [];
    const waiting = Array.from({ length: 20 }, async (_, index) => {
      await using lease = await rig.pool.borrow({ url: rig.line.url });
      order.push(index);
      await lease.send({ text: 'SELECT 1', origin: 'read' });
    });
    await sleep(300);
    for (const lease of held) rig.pool.giveBack(lease);
    await Promise.all(waiting);
    expect(order).toEqual(order.toSorted((a, b) => a - b));
  });
});

describe('a server whose sessions others have', () => {
  it('is waited for until the time is over, and then told with its reason', async () => {
    rig.pool = new ConnectionPool({ max: 20 });
    await takeByOthers(SESSIONS);
    const { error, ms } = await timed(rig.pool.borrow({ url: rig.server.url }, { timeout: 600 }));
    expect(error).toBeInstanceOf(PoolConnectError);
    expect(error).toMatchObject({ sqlState: '53300', figures: { max: 20, borrowed: 0, total: 0 } });
    expect((error as PoolConnectError).message).toMatch(/no session left.*600 ms/);
    expect((error as PoolConnectError).hint).toContain('max_connections');
    expect(String((error as Error).message)).not.toContain(new URL(rig.server.url).password);
    expect(ms).toBeGreaterThanOrEqual(590);
    expect(ms).toBeLessThan(900);
  });

  it('serves those who wait as soon as one of the others leaves', async () => {
    rig.pool = new ConnectionPool({ max: 20, borrowTimeout: 10_000 });
    await takeByOthers(SESSIONS);
    const waiting = Array.from({ length: 8 }, async () => {
      await using lease = await rig.pool.borrow({ url: rig.server.url });
      return (await lease.query('SELECT 1 AS one')).rows;
    });
    await sleep(700);
    expect(rig.pool.stats()).toMatchObject({ borrowed: 0, waiting: 8 });
    await others.pop()!.end();
    const leftMs = performance.now();
    for (const rows of await Promise.all(waiting)) expect(rows).toEqual([{ one: 1 }]);
    expect(performance.now() - leftMs).toBeLessThan(1_000);
  });

  it('tells those at once who would not wait', async () => {
    rig.pool = new ConnectionPool({ max: 20 });
    await takeByOthers(SESSIONS);
    const { error, ms } = await timed(rig.pool.borrow({ url: rig.server.url }, { timeout: 0 }));
    expect(error).toMatchObject({ code: 'POOL_CONNECT', sqlState: '53300' });
    expect(ms).toBeLessThan(500);
  });
});
