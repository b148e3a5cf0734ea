import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PoolExhaustedError, PoolTimeoutError } from '../../lib/errors/pool-errors.js';
import { UsageError } from '../../lib/errors/use-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import type { Clock } from '../../lib/pool/clock.js';
import type { PoolOptions } from '../../lib/pool/pool-options.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openWireTap, type WireTap } from '../cursor/wire-tap.js';

let first: TestDatabase;
let second: TestDatabase;
let tap: WireTap;
const pools: ConnectionPool[] = [];

beforeAll(async () => {
  [first, second] = await Promise.all([createTestDatabase('limit_a'), createTestDatabase('limit_b')]);
  tap = await openWireTap(first.url);
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end({ timeout: 0 })));
});
afterAll(async () => {
  await tap.close();
  await Promise.all([first.drop(), second.drop()]);
});

function open(options: PoolOptions = {}, clock?: Clock): ConnectionPool {
  const pool = new ConnectionPool(options, clock);
  pools.push(pool);
  return pool;
}

/** A clock that stands still until it is moved. */
class HandClock implements Clock {
  #nowMs = 0;
  readonly #tasks = new Set<{ readonly dueMs: number; readonly task: () => void }>();

  now(): number {
    return this.#nowMs;
  }
  random(): number {
    return 0;
  }
  after(delayMs: number, task: () => void): () => void {
    const entry = { dueMs: this.#nowMs + delayMs, task };
    this.#tasks.add(entry);
    return () => this.#tasks.delete(entry);
  }
  advance(ms: number): void {
    this.#nowMs += ms;
    for (const entry of [...this.#tasks].sort((a, b) => a.dueMs - b.dueMs)) {
      if (entry.dueMs <= this.#nowMs && this.#tasks.delete(entry)) entry.task();
    }
  }
}

describe('limits', () => {
  it('refuse options that cannot be', () => {
    expect(() => new ConnectionPool({ max: 0 })).toThrow(UsageError);
    expect(() => new ConnectionPool({ idleTimeout: -1 })).toThrow(/idleTimeout/);
    expect(() => new ConnectionPool({ reset: 'none' as never })).toThrow(/reset/);
  });

  it('of one database leave room for others, whose borrowers do not wait behind it', async () => {
    const pool = open({ max: 2, maxPerDatabase: 1 });
    const held = await pool.borrow({ url: first.url });
    const waiting = pool.borrow({ url: first.url });
    const other = await pool.borrow({ url: second.url }, { timeout: 2_000 });
    expect(pool.stats()).toMatchObject({ borrowed: 2, waiting: 1 });
    pool.giveBack(held);
    pool.giveBack(await waiting);
    pool.giveBack(other);
  });

  it('of waiters refuse the next one', async () => {
    const pool = open({ max: 1, maxWaiting: 1 });
    const held = await pool.borrow({ url: first.url });
    const waiting = pool.borrow({ url: first.url });
    await expect(pool.borrow({ url: first.url })).rejects.toBeInstanceOf(PoolExhaustedError);
    pool.giveBack(held);
    pool.giveBack(await waiting);
  });

  it('let no busy database starve another', async () => {
    const pool = open({ max: 2 });
    let isOver = false;
    const busy = Array.from({ length: 8 }, async () => {
      while (!isOver) {
        await using connection = await pool.borrow({ url: first.url }, { timeout: 20_000 });
        await connection.send({ text: 'SELECT 1', origin: 'read' });
      }
    });
    for (let round = 0; round < 5; round++) {
      await using connection = await pool.borrow({ url: second.url }, { timeout: 3_000 });
      await connection.send({ text: 'SELECT 1', origin: 'read' });
    }
    isOver = true;
    await Promise.all(busy);
  });

  it('keep the deadline while a server does not answer, and hand the hint of the borrower on', async () => {
    const { createServer } = await import('node:net');
    const silent = createServer(() => undefined);
    await new Promise<void>((resolve) => silent.listen(0, '127.0.0.1', resolve));
    const { port } = silent.address() as { readonly port: number };
    const pool = open({ connectTimeout: 300 });
    const target = { host: '127.0.0.1', port, user: 'x', database: 'x' };
    const error = await pool.borrow(target, { timeout: 50, hint: 'Nested.' }).catch((reason: unknown) => reason);
    expect(error).toBeInstanceOf(PoolTimeoutError);
    expect(error).toMatchObject({ hint: 'Nested.', figures: { connecting: 1 } });
    await expect(pool.borrow(target, { timeout: 0 })).rejects.toMatchObject({ code: 'POOL_CONNECT' });
    await pool.end({ timeout: 0 });
    silent.close();
  });
});

describe('age', () => {
  it('is looked at when a connection comes back, never while it is out', async () => {
    const clock = new HandClock();
    const pool = open({ maxLifetime: 1_000, idleTimeout: 100_000 }, clock);
    const lease = await pool.borrow({ url: first.url });
    clock.advance(5_000);
    expect((await lease.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    pool.giveBack(lease);
    expect(pool.stats().total).toBe(0);
  });

  it('leaves minIdle connections open, and closes idle ones that are too old', async () => {
    const clock = new HandClock();
    const pool = open({ minIdle: 1, idleTimeout: 100, maxLifetime: 10_000 }, clock);
    const leases = [await pool.borrow({ url: first.url }), await pool.borrow({ url: first.url })];
    for (const lease of leases) pool.giveBack(lease);
    clock.advance(200);
    expect(pool.stats().idle).toBe(1);
    clock.advance(20_000);
    expect(pool.stats().idle).toBe(0);
  });

  it('makes a connection that was idle for long be checked before it is lent', async () => {
    const clock = new HandClock();
    const pool = open({ checkAfter: 1_000, idleTimeout: 1_000_000 }, clock);
    const lease = await pool.borrow({ url: tap.url });
    pool.giveBack(lease);
    tap.reset();
    pool.giveBack(await pool.borrow({ url: tap.url }));
    expect(tap.writes()).toBe(0);
    clock.advance(2_000);
    pool.giveBack(await pool.borrow({ url: tap.url }));
    expect(tap.writes()).toBe(1);
  });
});

describe('faults', () => {
  it('take all idle connections at once, and the next borrowers get good ones', async () => {
    const pool = open();
    const leases = await Promise.all(Array.from({ length: 5 }, () => pool.borrow({ url: tap.url })));
    for (const lease of leases) pool.giveBack(lease);
    tap.cut();
    // The first sign of one loss is enough: the others are checked before they are lent.
    await expect.poll(() => pool.stats().idle, { interval: 1 }).toBeLessThan(5);
    await Promise.all(
      Array.from({ length: 10 }, async () => {
        await using connection = await pool.borrow({ url: tap.url });
        expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      }),
    );
    expect(pool.stats()).toMatchObject({ borrowed: 0, waiting: 0 });
  });

  it('under load lose neither a place nor a waiter', async () => {
    const pool = open({ max: 4 });
    let cuts = 0;
    const cutter = setInterval(() => (cuts++ < 5 ? tap.cut() : undefined), 30);
    const outcomes = await Promise.allSettled(
      Array.from({ length: 100 }, async () => {
        await using connection = await pool.borrow({ url: tap.url }, { timeout: 15_000 });
        await connection.query('SELECT pg_sleep(0.005)');
      }),
    );
    clearInterval(cutter);
    for (const outcome of outcomes) {
      if (outcome.status === 'rejected') {
        expect(outcome.reason).toMatchObject({ code: expect.stringMatching(/^POOL_CONNECT/) as string });
      }
    }
    await expect.poll(() => pool.stats()).toMatchObject({ borrowed: 0, waiting: 0, connecting: 0 });
    await using connection = await pool.borrow({ url: tap.url });
    expect((await connection.query('SELECT 1 AS one')).rowCount).toBe(1);
  });

  it('take back a connection whose lease was forgotten', async () => {
    const { setFlagsFromString } = await import('node:v8');
    const { runInNewContext } = await import('node:vm');
    setFlagsFromString('--expose-gc');
    const collect = runInNewContext('gc') as () => void;
    const pool = open({ max: 1 });
    const reports: unknown[] = [];
    pool.on('leak', (report) => reports.push(report));
    await (async () => {
      await pool.borrow({ url: first.url });
    })();
    await expect
      .poll(
        () => {
          collect();
          return pool.stats().borrowed;
        },
        { timeout: 5_000 },
      )
      .toBe(0);
    expect(reports).toHaveLength(1);
    pool.giveBack(await pool.borrow({ url: first.url }));
  });
});
