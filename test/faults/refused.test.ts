import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, describe, expect, it, vi } from 'vitest';
import { PoolConnectError } from '../../lib/errors/pool-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { useRig } from './support/rig.js';
import { timed, uncaughtDuring } from './support/timed.js';

// Cancels of what was still being cleaned are attempts, too: they come before the next test counts.
afterEach(() => sleep(50));
const rig = useRig();

describe('a server that refuses new connections', () => {
  it('goes on serving on those that are open', async () => {
    rig.pool = new ConnectionPool({ max: 20, borrowTimeout: 10_000 });
    const open = await Promise.all(Array.from({ length: 3 }, () => rig.pool.borrow({ url: rig.line.url })));
    rig.line.forNew('refuse');
    for (const lease of open) rig.pool.giveBack(lease);
    const answers = await Promise.all(
      Array.from({ length: 60 }, async (_, index) => {
        await using lease = await rig.pool.borrow({ url: rig.line.url });
        return (await lease.query('SELECT $1::int AS index FROM pg_sleep(0.005)', [index])).rows[0]?.['index'];
      }),
    );
    expect(answers).toEqual(answers.map((_, index) => index));
    expect(rig.pool.stats()).toMatchObject({ borrowed: 0, waiting: 0, idle: 3 });
  });

  it('is asked by one attempt at a time, after growing waits, and serves all when it is back', async () => {
    rig.pool = new ConnectionPool({ max: 20, borrowTimeout: 10_000 });
    rig.line.forNew('refuse');
    rig.line.takeAttempts();
    const uncaught = await uncaughtDuring(async () => {
      const waiting = Array.from({ length: 64 }, async () => {
        await using lease = await rig.pool.borrow({ url: rig.line.url });
        return (await lease.query('SELECT 1 AS one')).rows;
      });
      await sleep(300);
      // Up to `max` that were begun before the first was refused.
      expect(rig.line.takeAttempts()).toBeLessThanOrEqual(20 + 4);
      await sleep(2_000);
      const attempts = rig.line.takeAttempts();
      expect(attempts).toBeGreaterThanOrEqual(3);
      expect(attempts).toBeLessThanOrEqual(10);
      rig.line.heal();
      const healedMs = performance.now();
      for (const rows of await Promise.all(waiting)) expect(rows).toEqual([{ one: 1 }]);
      expect(performance.now() - healedMs).toBeLessThan(1_500);
    });
    expect(uncaught).toEqual([]);
    expect(rig.pool.stats()).toMatchObject({ borrowed: 0, waiting: 0 });
    // One more may have been under way for a waiter who was then served by another that came back.
    await expect.poll(() => rig.pool.stats().connecting).toBe(0);
  });

  it('is told with its reason to those whose time is over, and to those at once who would not wait', async () => {
    rig.pool = new ConnectionPool({ max: 4 });
    rig.line.forNew('refuse');
    const patient = timed(rig.pool.borrow({ url: rig.line.url }, { timeout: 500 }));
    const impatient = await timed(rig.pool.borrow({ url: rig.line.url }, { timeout: 0 }));
    expect(impatient.error).toBeInstanceOf(PoolConnectError);
    expect(impatient.ms).toBeLessThan(300);
    const { error, ms } = await patient;
    expect(error).toBeInstanceOf(PoolConnectError);
    expect(error).toMatchObject({ cause: { code: 'ECONNRESET' }, figures: { max: 4, borrowed: 0 } });
    expect(ms).toBeGreaterThanOrEqual(490);
    expect(ms).toBeLessThan(800);
    const told = `${String(error)} ${JSON.stringify(error)}`;
    expect(told).not.toContain(new URL(rig.server.url).password);
    expect(told).not.toContain('postgres://');
  });

  it('leaves nothing behind for a target that nobody wants any more', async () => {
    rig.pool = new ConnectionPool({ max: 4 });
    rig.line.forNew('refuse');
    await timed(rig.pool.borrow({ url: rig.line.url }, { timeout: 100 }));
    await sleep(600);
    rig.line.takeAttempts();
    await sleep(600);
    expect(rig.line.takeAttempts()).toBe(0);
    await vi.waitFor(() => expect(rig.pool.stats()).toMatchObject({ total: 0, waiting: 0, targets: [] }));
  });
});

describe('a server that is not there', () => {
  it('is told as such, and found again when it is', async () => {
    rig.pool = new ConnectionPool({ max: 4, borrowTimeout: 10_000 });
    await rig.server.stop('fast');
    const refused = await timed(rig.pool.borrow({ url: rig.server.url }, { timeout: 300 }));
    expect(refused.error).toMatchObject({ code: 'POOL_CONNECT', cause: { code: 'ECONNREFUSED' } });
    expect((refused.error as Error).message).toContain('nothing listens there');
    const waiting = rig.pool.borrow({ url: rig.server.url });
    const readyMs = await rig.server.start();
    const lease = await waiting;
    expect(performance.now() - readyMs).toBeLessThan(1_000);
    rig.pool.giveBack(lease);
  });
});

describe('a server that answers, but not to this user or for this database', () => {
  it.each([
    ['a wrong password', '28P01', (url: URL): void => void (url.password = 'wrong')],
    ['an unknown user', '28P01', (url: URL): void => void (url.username = 'nobody-of-that-name')],
    ['an unknown database', '3D000', (url: URL): void => void (url.pathname = '/no-such-database')],
  ] as const)('tells of %s at once', async (_, sqlState, change) => {
    rig.pool = new ConnectionPool({ max: 4, borrowTimeout: 10_000 });
    const url = new URL(rig.server.url);
    change(url);
    const failed = await Promise.all(Array.from({ length: 8 }, () => timed(rig.pool.borrow({ url: url.href }))));
    for (const { error, ms } of failed) {
      expect(error).toBeInstanceOf(PoolConnectError);
      expect(error).toMatchObject({ sqlState });
      expect(ms).toBeLessThan(2_000);
    }
    await vi.waitFor(() => expect(rig.pool.stats()).toMatchObject({ total: 0, waiting: 0, targets: [] }));
  });
});
