import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PoolTimeoutError } from '../../lib/errors/pool-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { useRig } from './support/rig.js';
import { timed, uncaughtDuring } from './support/timed.js';

// Cancels of what was still being cleaned are attempts, too: they come before the next test counts.
afterEach(() => sleep(50));
const rig = useRig();

describe('a server whose answers come late', () => {
  it('gives everybody the answer to his own question', async () => {
    rig.pool = new ConnectionPool({ max: 4, borrowTimeout: 15_000 });
    rig.line.delayAnswers(60);
    const uncaught = await uncaughtDuring(async () => {
      const answers = await Promise.all(
        Array.from({ length: 24 }, async (_, index) => {
          await using lease = await rig.pool.borrow({ url: rig.line.url });
          const sent = [0, 1, 2].map((part) => lease.query('SELECT $1::int AS index, $2::int AS part', [index, part]));
          return (await Promise.all(sent)).map(({ rows }) => rows[0]);
        }),
      );
      answers.forEach((rows, index) => expect(rows).toEqual([0, 1, 2].map((part) => ({ index, part }))));
    });
    expect(uncaught).toEqual([]);
    expect(rig.pool.stats()).toMatchObject({ borrowed: 0, waiting: 0 });
  });

  it('keeps no borrower beyond his time, and what was being made for him serves the next', async () => {
    rig.pool = new ConnectionPool({ max: 1, borrowTimeout: 10_000 });
    rig.line.delayAnswers(250);
    rig.line.takeAttempts();
    const { error, ms } = await timed(rig.pool.borrow({ url: rig.line.url }, { timeout: 200 }));
    expect(error).toBeInstanceOf(PoolTimeoutError);
    expect(error).toMatchObject({ timeoutMs: 200, figures: { connecting: 1, max: 1 } });
    expect(ms).toBeGreaterThanOrEqual(190);
    expect(ms).toBeLessThan(400);
    const lease = await rig.pool.borrow({ url: rig.line.url });
    expect(rig.line.takeAttempts()).toBe(1);
    rig.pool.giveBack(lease);
    expect(rig.pool.stats()).toMatchObject({ total: 1, connecting: 0 });
  });

  it('fails an attempt to connect that takes longer than `connectTimeout`, and frees its place', async () => {
    rig.pool = new ConnectionPool({ max: 1, connectTimeout: 200, borrowTimeout: 10_000 });
    rig.line.delayAnswers(600);
    const failed = await timed(rig.pool.borrow({ url: rig.line.url }, { timeout: 800 }));
    expect(failed.error).toMatchObject({ code: 'POOL_CONNECT' });
    expect((failed.error as Error).message).toContain('no answer within 200 ms');
    expect(failed.ms).toBeLessThan(1_100);
    rig.line.heal();
    const { error, ms, value } = await timed(rig.pool.borrow({ url: rig.line.url }));
    expect(error).toBeUndefined();
    expect(ms).toBeLessThan(1_500);
    rig.pool.giveBack(value!);
    await vi.waitFor(async () => expect(await rig.server.sessions()).toHaveLength(1), 2_000);
  });

  it('keeps no borrower waiting for the cleaning of a session while there is room for another', async () => {
    rig.pool = new ConnectionPool({ max: 2, borrowTimeout: 10_000 });
    const lease = await rig.pool.borrow({ url: rig.line.url });
    const { processId } = lease;
    await lease.query("SET work_mem = '1MB'");
    rig.line.delayAnswers(1_500);
    rig.pool.giveBack(lease);
    await sleep(20);
    rig.line.delayAnswers(0);
    const next = await timed(rig.pool.borrow({ url: rig.line.url }));
    expect(next.error).toBeUndefined();
    expect(next.value!.processId).not.toBe(processId);
    expect(next.ms).toBeLessThan(1_000);
    rig.pool.giveBack(next.value!);
    // The late one is clean when it is lent again.
    await vi.waitFor(() => expect(rig.pool.stats()).toMatchObject({ idle: 2 }), 3_000);
    await sleep(1_600);
    const both = await Promise.all([rig.pool.borrow({ url: rig.line.url }), rig.pool.borrow({ url: rig.line.url })]);
    for (const one of both) {
      expect((await one.query('SHOW work_mem')).rows).toEqual([{ work_mem: '4MB' }]);
      rig.pool.giveBack(one);
    }
  });

  it('does not hold up the end of the pool', async () => {
    rig.pool = new ConnectionPool({ max: 4 });
    const leases = await Promise.all(Array.from({ length: 4 }, () => rig.pool.borrow({ url: rig.line.url })));
    rig.line.delayAnswers(3_000);
    const sent = timed(leases[0]!.query('SELECT 1'));
    for (const lease of leases.slice(1)) rig.pool.giveBack(lease);
    const { ms } = await timed(rig.pool.end({ timeout: 500 }));
    expect(ms).toBeLessThan(750 + 100);
    expect((await sent).error).toBeDefined();
    await vi.waitFor(async () => expect(await rig.server.sessions()).toEqual([]), 2_000);
  });
});
