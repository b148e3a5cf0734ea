import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it, vi } from 'vitest';
import { PoolConnectionLostError } from '../../lib/errors/pool-errors.js';
import type { ConnectionLease } from '../../lib/pool/connection-lease.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import type { PoolOptions } from '../../lib/pool/pool-options.js';
import { SeededRandom } from '../support/seeded-random.js';
import { useRig } from './support/rig.js';
import { timed, uncaughtDuring } from './support/timed.js';

const rig = useRig();

function open(options: PoolOptions): void {
  rig.pool = new ConnectionPool(options);
}

const borrow = (): Promise<ConnectionLease> => rig.pool.borrow({ url: rig.server.url });

/** Kills a session and waits until the server has none of that number. */
async function kill(pid: number | null): Promise<void> {
  await rig.server.terminate(pid!);
  await vi.waitFor(async () => expect((await rig.server.sessions()).map((session) => session.pid)).not.toContain(pid));
}

describe('a session that is killed while it is idle', () => {
  it('is replaced before the next borrower, and its place is free', async () => {
    open({ max: 1 });
    const uncaught = await uncaughtDuring(async () => {
      const first = await borrow();
      const pid = first.processId;
      rig.pool.giveBack(first);
      await kill(pid);
      await vi.waitFor(() => expect(rig.pool.stats().total).toBe(0), 500);

      const next = await borrow();
      expect(next.processId).not.toBe(pid);
      expect((await next.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      rig.pool.giveBack(next);
    });
    expect(uncaught).toEqual([]);
    expect(rig.pool.stats()).toMatchObject({ total: 1, idle: 1 });
  });

  it('is never lent again, and neither is any other that was killed with it', async () => {
    open({ max: 5, checkAfter: 60_000 });
    const uncaught = await uncaughtDuring(async () => {
      const leases = await Promise.all(Array.from({ length: 5 }, borrow));
      for (const lease of leases) rig.pool.giveBack(lease);
      await rig.server.terminateAll();
      await vi.waitFor(async () => expect(await rig.server.sessions()).toEqual([]));
      // The news may come through the other sockets a moment later.
      await sleep(20);
      const again = await Promise.all(Array.from({ length: 5 }, borrow));
      for (const lease of again) expect((await lease.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      for (const lease of again) rig.pool.giveBack(lease);
    });
    expect(uncaught).toEqual([]);
  });
});

describe('a session that is killed while it is borrowed', () => {
  it('tells its borrower at the next statement, takes no harm from being given back, and frees its place', async () => {
    open({ max: 1 });
    const uncaught = await uncaughtDuring(async () => {
      const lease = await borrow();
      const waiting = borrow();
      await kill(lease.processId);
      await expect(lease.query('SELECT 1')).rejects.toBeInstanceOf(PoolConnectionLostError);
      await expect(lease.query('SELECT 1')).rejects.toBeInstanceOf(PoolConnectionLostError);
      await lease[Symbol.asyncDispose]();

      const next = await waiting;
      expect((await next.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      rig.pool.giveBack(next);
    });
    expect(uncaught).toEqual([]);
    expect(rig.pool.stats()).toMatchObject({ total: 1, idle: 1, borrowed: 0, waiting: 0 });
  });

  it('fails the statement under way and all behind it at once, with the reason of the server', async () => {
    open({ max: 1 });
    const uncaught = await uncaughtDuring(async () => {
      const lease = await borrow();
      const { processId } = lease;
      const sent = [
        timed(lease.query('SELECT pg_sleep(30)')),
        ...Array.from({ length: 5 }, () => timed(lease.query('SELECT 1'))),
      ];
      await sleep(100);
      const killedMs = performance.now();
      await rig.server.terminate(processId!);
      const ends = await Promise.all(sent);
      expect(performance.now() - killedMs).toBeLessThan(500);
      for (const { error } of ends) expect(error).toBeInstanceOf(PoolConnectionLostError);
      expect(ends[0]!.error).toMatchObject({ sqlState: '57P01', message: expect.stringContaining('57P01') as string });
      await lease[Symbol.asyncDispose]();
    });
    expect(uncaught).toEqual([]);
    rig.pool.giveBack(await borrow());
  });

  it('leaves nothing of its transaction', async () => {
    open({ max: 2 });
    await rig.server.query('CREATE TABLE IF NOT EXISTS public.half (value int); GRANT ALL ON public.half TO subject');
    const lease = await borrow();
    await lease.query('BEGIN');
    await lease.query('INSERT INTO half VALUES (1)');
    await kill(lease.processId);
    await expect(lease.query('COMMIT')).rejects.toBeInstanceOf(PoolConnectionLostError);
    await lease[Symbol.asyncDispose]();
    expect(await rig.server.query('SELECT FROM public.half')).toEqual([]);
  });
});

describe('a session that is killed while it is cleaned', () => {
  it('does not reach the next borrower', async () => {
    open({ max: 1 });
    const uncaught = await uncaughtDuring(async () => {
      for (let turn = 0; turn < 20; turn++) {
        const lease = await borrow();
        const { processId } = lease;
        await lease.query('SET statement_timeout = 1000');
        rig.pool.giveBack(lease);
        const killed = kill(processId);
        if (turn % 2 === 0) await killed;
        const next = await timed(borrow());
        expect(next.error).toBeUndefined();
        // It may have been killed just after it was lent: then its borrower is told so.
        const { value, error } = await timed(next.value!.query('SHOW statement_timeout'));
        if (error === undefined) expect(value!.rows).toEqual([{ statement_timeout: '0' }]);
        else expect(error).toBeInstanceOf(PoolConnectionLostError);
        await killed;
        await next.value![Symbol.asyncDispose]();
      }
    });
    expect(uncaught).toEqual([]);
    rig.pool.giveBack(await borrow());
    expect(rig.pool.stats()).toMatchObject({ total: 1, borrowed: 0 });
  });
});

describe('sessions that are killed one after the other under 32 workers on 8 connections', () => {
  it('cost one borrower each at most, and nobody a wrong answer or a place', { timeout: 30_000 }, async () => {
    open({ max: 8, borrowTimeout: 10_000 });
    const errors: unknown[] = [];
    let kills = 0;
    let isOver = false;
    const served = Array<number>(32).fill(0);
    const uncaught = await uncaughtDuring(async () => {
      const workers = served.map(async (_, worker) => {
        for (let turn = 0; !isOver; turn++) {
          const lease = await borrow();
          try {
            const { rows } = await lease.query('SELECT $1::int AS worker, $2::int AS turn FROM pg_sleep(0.005)', [
              worker,
              turn,
            ]);
            expect(rows).toEqual([{ worker, turn }]);
            served[worker]! += 1;
          } catch (error) {
            errors.push(error);
          } finally {
            await lease[Symbol.asyncDispose]();
          }
        }
      });
      const random = new SeededRandom(5);
      for (const endMs = performance.now() + 2_500; performance.now() < endMs; await sleep(40)) {
        const sessions = await rig.server.sessions();
        if (sessions.length === 0) continue;
        await rig.server.terminate(random.pick(sessions).pid);
        kills++;
      }
      isOver = true;
      await Promise.all(workers);
    });
    expect(uncaught).toEqual([]);
    expect(kills).toBeGreaterThan(10);
    expect(errors.length).toBeLessThanOrEqual(kills);
    for (const error of errors) expect(error).toBeInstanceOf(PoolConnectionLostError);
    expect(Math.min(...served)).toBeGreaterThan(0);

    const all = await Promise.all(Array.from({ length: 8 }, borrow));
    await Promise.all(all.map((lease) => lease.query('SELECT 1')));
    expect(rig.pool.stats()).toMatchObject({ borrowed: 8, idle: 0, connecting: 0, waiting: 0 });
    for (const lease of all) rig.pool.giveBack(lease);
  });
});
