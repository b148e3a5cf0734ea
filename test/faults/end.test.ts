import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PoolClosedError, PoolConnectionLostError } from '../../lib/errors/pool-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { useRig } from './support/rig.js';
import { timed } from './support/timed.js';

const rig = useRig();

describe('the end of a pool', () => {
  it('lets running work finish, which may send more, and settles as soon as that is done', async () => {
    rig.pool = new ConnectionPool({ max: 2 });
    const [busy, idle] = await Promise.all([rig.pool.borrow(rig.server), rig.pool.borrow(rig.server)]);
    rig.pool.giveBack(idle);
    const work = async (): Promise<unknown> => {
      await busy.query('SELECT pg_sleep(0.2)');
      const { rows } = await busy.query("SELECT 'and on' AS said");
      rig.pool.giveBack(busy);
      return rows;
    };
    const running = timed(work());
    const ended = timed(rig.pool.end({ timeout: 5_000 }));
    expect((await timed(rig.pool.borrow(rig.server))).error).toBeInstanceOf(PoolClosedError);
    expect(await running).toMatchObject({ value: [{ said: 'and on' }] });
    expect((await ended).ms).toBeLessThan(1_000);
    expect(await rig.server.sessions()).toEqual([]);
  });

  it('tells those who wait at once', async () => {
    rig.pool = new ConnectionPool({ max: 1 });
    const lease = await rig.pool.borrow(rig.server);
    const waiters = Array.from({ length: 10 }, () => timed(rig.pool.borrow(rig.server)));
    await sleep(20);
    const askedMs = performance.now();
    const ended = rig.pool.end({ timeout: 300 });
    for (const { error } of await Promise.all(waiters)) expect(error).toBeInstanceOf(PoolClosedError);
    expect(performance.now() - askedMs).toBeLessThan(50);
    rig.pool.giveBack(lease);
    await ended;
  });

  it.each([0, 500])(
    'stops on the server what runs on after %d ms, and leaves no session 250 ms later',
    async (timeout) => {
      rig.pool = new ConnectionPool({ max: 4 });
      const leases = await Promise.all(Array.from({ length: 4 }, () => rig.pool.borrow(rig.server)));
      await leases[1]!.query('BEGIN; CREATE TABLE IF NOT EXISTS half_done (id int)');
      const running = leases.slice(2).map((lease) => timed(lease.query('SELECT pg_sleep(30)')));
      await sleep(50);
      const { ms } = await timed(rig.pool.end({ timeout }));
      expect(ms).toBeGreaterThanOrEqual(timeout - 2);
      expect(ms).toBeLessThan(timeout + 250);
      expect(await rig.server.sessions()).toEqual([]);
      for (const { error } of await Promise.all(running)) expect(error).toBeInstanceOf(PoolConnectionLostError);
      expect(rig.pool.stats()).toMatchObject({ total: 0, waiting: 0 });
      for (const lease of leases) {
        expect(() => rig.pool.giveBack(lease)).toThrow('The pool has ended, and has closed this connection.');
        expect(() => rig.pool.giveBack(lease)).toThrow('given back already');
        await lease[Symbol.asyncDispose]();
      }
      expect(await timed(rig.pool.end())).toMatchObject({ value: undefined });
    },
  );

  it('opens no session afterwards, though the pool was about to ask the server what a silent one does', async () => {
    rig.pool = new ConnectionPool({ max: 4, checkAfter: 1_000 });
    const lease = await rig.pool.borrow({ url: rig.line.url });
    const running = timed(lease.query('SELECT pg_sleep(30)'));
    await sleep(100);
    rig.line.delayAnswers(600);
    // The server is asked for a sign of life after a second, and answers when the pool has ended.
    await sleep(1_000);
    await rig.pool.end({ timeout: 0 });
    expect((await running).error).toBeInstanceOf(PoolConnectionLostError);
    await sleep(2_500);
    expect(await rig.server.sessions()).toEqual([]);
    expect(rig.pool.stats()).toMatchObject({ total: 0 });
  });
});
