import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PoolClosedError, PoolConnectionLostError } from '../../lib/errors/pool-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { startFaultServer, type FaultServer } from './support/fault-server.js';
import { timed } from './support/timed.js';

let server: FaultServer;
let pool: ConnectionPool;

beforeAll(async () => {
  server = await startFaultServer();
});
afterEach(() => pool?.end());
afterAll(() => server?.dispose());

describe('the end of a pool', () => {
  it('lets running work finish, which may send more, and settles as soon as that is done', async () => {
    pool = new ConnectionPool({ max: 2 });
    const [busy, idle] = await Promise.all([pool.borrow(server), pool.borrow(server)]);
    pool.giveBack(idle);
    const work = async (): Promise<unknown> => {
      await busy.query('SELECT pg_sleep(0.2)');
      const { rows } = await busy.query("SELECT 'and on' AS said");
      pool.giveBack(busy);
      return rows;
    };
    const running = timed(work());
    const ended = timed(pool.end({ timeout: 5_000 }));
    expect((await timed(pool.borrow(server))).error).toBeInstanceOf(PoolClosedError);
    expect(await running).toMatchObject({ value: [{ said: 'and on' }] });
    expect((await ended).ms).toBeLessThan(1_000);
    expect(await server.sessions()).toEqual([]);
  });

  it('tells those who wait at once', async () => {
    pool = new ConnectionPool({ max: 1 });
    const lease = await pool.borrow(server);
    const waiters = Array.from({ length: 10 }, () => timed(pool.borrow(server)));
    await sleep(20);
    const askedMs = performance.now();
    const ended = pool.end({ timeout: 300 });
    for (const { error } of await Promise.all(waiters)) expect(error).toBeInstanceOf(PoolClosedError);
    expect(performance.now() - askedMs).toBeLessThan(50);
    pool.giveBack(lease);
    await ended;
  });

  it.each([0, 500])(
    'stops on the server what runs on after %d ms, and leaves no session 250 ms later',
    async (timeout) => {
      pool = new ConnectionPool({ max: 4 });
      const leases = await Promise.all(Array.from({ length: 4 }, () => pool.borrow(server)));
      await leases[1]!.query('BEGIN; CREATE TABLE IF NOT EXISTS half_done (id int)');
      const running = leases.slice(2).map((lease) => timed(lease.query('SELECT pg_sleep(30)')));
      await sleep(50);
      const { ms } = await timed(pool.end({ timeout }));
      expect(ms).toBeGreaterThanOrEqual(timeout - 2);
      expect(ms).toBeLessThan(timeout + 250);
      expect(await server.sessions()).toEqual([]);
      for (const { error } of await Promise.all(running)) expect(error).toBeInstanceOf(PoolConnectionLostError);
      expect(pool.stats()).toMatchObject({ total: 0, waiting: 0 });
      for (const lease of leases) expect(() => pool.giveBack(lease)).not.toThrow();
      expect(() => pool.giveBack(leases[0]!)).toThrow(/given back already/);
      expect(await timed(pool.end())).toMatchObject({ value: undefined });
    },
  );
});
