import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PoolError, StaleLeaseError } from '../../lib/errors/pool-errors.js';
import { ConnectionLease } from '../../lib/pool/connection-lease.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import type { LeakReport } from '../../lib/pool/pool-events.js';
import type { PoolOptions } from '../../lib/pool/pool-options.js';
import { startFaultServer, type FaultServer } from './support/fault-server.js';
import { collectGarbage } from './support/heap.js';
import { timed, uncaughtDuring } from './support/timed.js';

let server: FaultServer;
const pools: ConnectionPool[] = [];

beforeAll(async () => {
  server = await startFaultServer();
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end({ timeout: 0 })));
});
afterAll(() => server?.dispose());

interface Opened {
  readonly pool: ConnectionPool;
  readonly leaks: LeakReport[];
  borrow(): Promise<ConnectionLease>;
}

function open(options: PoolOptions = {}): Opened {
  const pool = new ConnectionPool(options);
  pools.push(pool);
  const leaks: LeakReport[] = [];
  pool.on('leak', (report) => leaks.push(report));
  return { pool, leaks, borrow: () => pool.borrow({ url: server.url }) };
}

/** A lease that was given back, and the one that has the same session now. */
async function staleAndCurrent({ pool, borrow }: Opened): Promise<[stale: ConnectionLease, current: ConnectionLease]> {
  const stale = await borrow();
  const { processId } = stale;
  pool.giveBack(stale);
  const current = await borrow();
  expect(current.processId).toBe(processId);
  return [stale, current];
}

const refusal = (message: string, hint: RegExp): Error =>
  expect.objectContaining({ code: 'STALE_LEASE', message, hint: expect.stringMatching(hint) as string }) as Error;
const isRefused = refusal('This connection was given back already.', /Give a connection back once/);
const isForeign = refusal('This connection was not borrowed from this pool.', /to the pool that lent it/);
const isClosed = refusal('The pool has ended, and has closed this connection.', /before `end` runs into its time-out/);

describe('a stale lease', () => {
  it('can neither query nor send, and the server sees nothing of it', async () => {
    const opened = open({ max: 1 });
    const [stale, current] = await staleAndCurrent(opened);
    await current.query('CREATE TEMP TABLE seen (id int)');
    await expect(stale.query('INSERT INTO seen VALUES (1)')).rejects.toEqual(isRefused);
    await expect(stale.send({ text: 'INSERT INTO seen VALUES (2)' })).rejects.toEqual(isRefused);
    const { signal } = new AbortController();
    await expect(stale.query('INSERT INTO seen VALUES (3)', [], { signal })).rejects.toBeInstanceOf(StaleLeaseError);
    expect((await current.query('SELECT * FROM seen')).rows).toEqual([]);
    opened.pool.giveBack(current);
  });

  it('cannot cancel what the next holder of its session runs', async () => {
    const opened = open({ max: 1 });
    const [stale, current] = await staleAndCurrent(opened);
    const running = timed(current.query("SELECT 'done' AS said FROM pg_sleep(0.3)"));
    await sleep(50);
    stale.cancel(new Error('not mine any more'));
    expect(await running).toMatchObject({ value: { rows: [{ said: 'done' }] } });
    opened.pool.giveBack(current);
    expect(opened.pool.stats()).toMatchObject({ total: 1, idle: 1 });
  });

  it('cannot cancel by a signal that is aborted only after it was given back', async () => {
    const { pool, borrow } = open({ max: 1 });
    const controller = new AbortController();
    const first = await borrow();
    const { processId } = first;
    await first.query('SELECT 1', [], { signal: controller.signal });
    pool.giveBack(first);
    const current = await borrow();
    expect(current.processId).toBe(processId);
    const running = timed(current.query("SELECT 'done' AS said FROM pg_sleep(0.2)"));
    controller.abort();
    expect(await running).toMatchObject({ value: { rows: [{ said: 'done' }] } });
    pool.giveBack(current);
  });

  it('cannot read or change the state of its session', async () => {
    const opened = open({ max: 1 });
    const [stale, current] = await staleAndCurrent(opened);
    await current.query('BEGIN');
    expect(() => stale.processId).toThrow(isRefused);
    expect(() => stale.transactionStatus).toThrow(isRefused);
    expect(() => stale.batch).toThrow(isRefused);
    expect(() => stale.commitLater()).toThrow(isRefused);
    expect(stale).toMatchObject({ isStale: true, isUsable: false });
    expect(stale.lossError()).toEqual(isRefused);
    expect(current.transactionStatus).toBe('T');
    await current.query('COMMIT');
    opened.pool.giveBack(current);
  });
});

describe('giving back', () => {
  /** What was refused must have harmed nobody: whoever holds the session goes on in his transaction. */
  async function expectHarmless(
    { pool }: Opened,
    { current, wrong, why = isRefused }: { current: ConnectionLease; wrong: () => void; why?: Error },
  ): Promise<void> {
    await current.query('BEGIN');
    await current.query('CREATE TEMP TABLE mine ON COMMIT DROP AS SELECT 7 AS value');
    const running = timed(current.query('SELECT value FROM mine, pg_sleep(0.05)'));
    const before = pool.stats();
    expect(wrong).toThrow(why);
    expect(wrong).toThrow(StaleLeaseError);
    expect(pool.stats()).toMatchObject({ total: before.total, borrowed: before.borrowed, idle: before.idle });
    expect(await running).toMatchObject({ value: { rows: [{ value: 7 }] } });
    await current.query('COMMIT');
    pool.giveBack(current);
    expect(pool.stats()).toMatchObject({ borrowed: 0 });
  }

  it('twice is refused with the reason and harms nobody', async () => {
    const opened = open({ max: 1 });
    const [stale, current] = await staleAndCurrent(opened);
    await expectHarmless(opened, { current, wrong: () => opened.pool.giveBack(stale) });
  });

  it('twice with an error does not destroy the session of its next holder', async () => {
    const opened = open({ max: 1 });
    const [stale, current] = await staleAndCurrent(opened);
    await expectHarmless(opened, { current, wrong: () => opened.pool.giveBack(stale, new Error('broken')) });
  });

  it('to another pool is refused with the reason, and the right one still takes it', async () => {
    const [opened, other] = [open({ max: 1 }), open({ max: 1 })];
    const current = await opened.borrow();
    const theirs = await other.borrow();
    await expectHarmless(opened, { current, wrong: () => other.pool.giveBack(current), why: isForeign });
    expect((await theirs.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    expect(other.pool.stats()).toMatchObject({ borrowed: 1, total: 1 });
    other.pool.giveBack(theirs);
  });

  it('something that is no lease is refused with the reason', async () => {
    const opened = open({ max: 1 });
    const current = await opened.borrow();
    const forged = Object.create(ConnectionLease.prototype) as ConnectionLease;
    await expectHarmless(opened, { current, wrong: () => opened.pool.giveBack(forged), why: isForeign });
  });

  it('after `end` is refused with the reason and harms nobody', async () => {
    const { pool, borrow } = open({ max: 3 });
    const [cut, other, stale] = [await borrow(), await borrow(), await borrow()];
    pool.giveBack(stale);
    await pool.end({ timeout: 0 });
    expect(() => pool.giveBack(stale)).toThrow(isRefused);
    expect(cut.isUsable).toBe(false);
    await expect(cut.query('SELECT 1')).rejects.toBeInstanceOf(PoolError);
    // `await using` hides no error of the work by one of its own.
    await other[Symbol.asyncDispose]();
    for (const lease of [cut, other]) {
      expect(() => pool.giveBack(lease)).toThrow(isClosed);
      expect(() => pool.giveBack(lease)).toThrow(isRefused);
    }
    expect(pool.stats()).toMatchObject({ total: 0, borrowed: 0 });
  });

  it('while the pool ends is what it waits for', async () => {
    const { pool, borrow } = open({ max: 1 });
    const lease = await borrow();
    const ended = timed(pool.end({ timeout: 5_000 }));
    expect((await lease.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    pool.giveBack(lease);
    expect((await ended).ms).toBeLessThan(1_000);
    expect(() => pool.giveBack(lease)).toThrow(isRefused);
  });
});

describe('a leak', () => {
  const leakThreshold = 150;

  it('is reported at its threshold with the stack of the borrower, once', async () => {
    const { pool, leaks } = open({ max: 2, leakThreshold });
    async function forgetToGiveBack(): Promise<ConnectionLease> {
      return await pool.borrow({ url: server.url });
    }
    const lease = await forgetToGiveBack();
    const borrowedMs = performance.now();
    await expect.poll(() => leaks.length, { interval: 5 }).toBe(1);
    expect(performance.now() - borrowedMs).toBeGreaterThan(leakThreshold - 5);
    expect(performance.now() - borrowedMs).toBeLessThan(leakThreshold + 250);
    expect(leaks[0]!.stack).toContain('forgetToGiveBack');
    expect(leaks[0]!.stack).toContain('leases.test.ts');
    expect(leaks[0]!.heldMs).toBeGreaterThanOrEqual(leakThreshold);
    expect(leaks[0]!.heldMs).toBeLessThan(leakThreshold + 250);
    expect(JSON.stringify(leaks)).not.toContain(new URL(server.url).password);
    // Reported, not taken away: it may only be slow.
    expect((await lease.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    await sleep(3 * leakThreshold);
    pool.giveBack(lease);
    await sleep(leakThreshold + 50);
    expect(leaks).toHaveLength(1);
  });

  it('is told of one who had to wait, with where he borrowed, and his waiting does not count', async () => {
    const { pool, leaks, borrow } = open({ max: 1, leakThreshold: 300 });
    const first = await borrow();
    async function waitAndForget(): Promise<ConnectionLease> {
      return await pool.borrow({ url: server.url });
    }
    const waiting = waitAndForget();
    await sleep(200);
    pool.giveBack(first);
    const lease = await waiting;
    await sleep(150);
    expect(leaks).toEqual([]);
    await expect.poll(() => leaks.length).toBe(1);
    expect(leaks[0]!.stack).toContain('waitAndForget');
    pool.giveBack(lease);
  });

  it('is not what was given back in time, however often the session goes out', async () => {
    const { pool, leaks, borrow } = open({ max: 1, leakThreshold });
    for (let round = 0; round < 8; round++) {
      const lease = await borrow();
      await sleep(leakThreshold / 3);
      pool.giveBack(lease);
    }
    expect(leaks).toEqual([]);
  });
});

describe('a lease that was garbage collected', () => {
  /** Borrows so many and forgets them, with a statement under way or none. */
  async function borrowAndForget({ borrow }: Opened, count: number, text?: string): Promise<void> {
    const leases = await Promise.all(Array.from({ length: count }, () => borrow()));
    if (text !== undefined) for (const lease of leases) void timed(lease.query(text));
  }

  /** Collects until nothing counts as borrowed. */
  async function untilReclaimed({ pool }: Opened): Promise<void> {
    const borrowed = async (): Promise<number> => {
      await collectGarbage();
      return pool.stats().borrowed;
    };
    await expect.poll(borrowed, { timeout: 5_000 }).toBe(0);
  }

  it('gives its slot to those who wait, and is reported with its stack, once', { timeout: 20_000 }, async () => {
    const opened = open({ max: 4, leakThreshold: 60_000, borrowTimeout: 15_000 });
    const { pool, leaks, borrow } = opened;
    const kept = await borrow();
    const uncaught = await uncaughtDuring(async () => {
      await borrowAndForget(opened, 3);
      const waiting = Array.from({ length: 6 }, async () => {
        await using lease = await borrow();
        return (await lease.query('SELECT 1 AS one')).rows[0];
      });
      await sleep(1_100); // Only what is out for a second is watched.
      const collecting = setInterval(() => void collectGarbage(), 20);
      expect(await Promise.all(waiting).finally(() => clearInterval(collecting))).toEqual(Array(6).fill({ one: 1 }));
    });
    expect(uncaught).toEqual([]);
    expect(leaks).toHaveLength(3);
    for (const { stack, heldMs } of leaks) {
      expect(stack).toContain('borrowAndForget');
      expect(heldMs).toBeGreaterThan(900);
    }
    // What somebody can still reach stays his.
    expect((await kept.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    pool.giveBack(kept);
    expect(pool.stats()).toMatchObject({ borrowed: 0, waiting: 0 });
  });

  it('has the statement stopped that it had under way, once nobody waits for the answer either', async () => {
    const opened = open({ max: 1, borrowTimeout: 10_000 });
    await borrowAndForget(opened, 1, 'SELECT pg_sleep(1.5)');
    await sleep(1_100);
    await untilReclaimed(opened);
    await expect.poll(async () => (await server.sessions()).filter(({ state }) => state === 'active')).toEqual([]);
    opened.pool.giveBack(await opened.borrow());
  });

  it('was reported already when it was out for too long, and is not reported again', async () => {
    const opened = open({ max: 1, leakThreshold: 100 });
    await borrowAndForget(opened, 1);
    await sleep(1_100);
    expect(opened.leaks).toHaveLength(1);
    await untilReclaimed(opened);
    expect(opened.leaks).toHaveLength(1);
  });
});
