import { afterEach, describe, expect, it } from 'vitest';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import type { ConnectionLease } from '../../lib/pool/connection-lease.js';
import type { PoolOptions } from '../../lib/pool/pool-options.js';
import { serverUrl } from '../support/database.js';

const pools: ConnectionPool[] = [];
const target = { url: serverUrl() };

afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end({ timeout: 0 })));
});

function open(options: PoolOptions = {}): ConnectionPool {
  const pool = new ConnectionPool(options);
  pools.push(pool);
  return pool;
}

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('who listens to a pool', () => {
  it('may abort the borrower that it is told of: the connection has its owner already', async () => {
    const pool = open({ max: 1 });
    const held = await pool.borrow(target);
    const abort = new AbortController();
    pool.on('borrow', () => abort.abort(new Error('too late')));
    const waiting = pool.borrow(target, { signal: abort.signal });
    pool.giveBack(held);
    pool.giveBack(await waiting);
    expect(pool.stats()).toMatchObject({ borrowed: 0, idle: 1 });
  });

  it('may give another connection back: the next borrower gets it, not the same one again', async () => {
    const pool = open({ max: 2 });
    const [one, other] = await Promise.all([pool.borrow(target), pool.borrow(target)]);
    const waiting = [pool.borrow(target), pool.borrow(target)];
    let hasHeard = false;
    pool.on('borrow', () => {
      if (hasHeard) return;
      hasHeard = true;
      pool.giveBack(other);
    });
    pool.giveBack(one);
    const leases = await Promise.all(waiting);
    expect(new Set(leases.map(({ processId }) => processId)).size).toBe(2);
    for (const lease of leases) pool.giveBack(lease);
    expect(pool.stats()).toMatchObject({ borrowed: 0, idle: 2 });
  });

  it('may borrow when it is told of a new connection: that one has its place already', async () => {
    const pool = open({ max: 1 });
    const nested: Promise<ConnectionLease>[] = [];
    pool.on('connect', () => {
      if (nested.length === 0) nested.push(pool.borrow(target));
    });
    const first = await pool.borrow(target);
    await pause(200);
    expect(pool.stats()).toMatchObject({ total: 1, borrowed: 1, waiting: 1 });
    pool.giveBack(first);
    pool.giveBack((await nested[0])!);
  });

  it('may close the new connection that it is told of', async () => {
    const pool = open({ max: 1 });
    const closing: Promise<void>[] = [];
    pool.on('connect', () => {
      if (closing.length === 0) closing.push(pool.closeAll(target));
    });
    pool.giveBack(await pool.borrow(target));
    await Promise.all(closing);
    expect(pool.stats()).toMatchObject({ total: 1, idle: 1 });
  });

  it('may give back what has leaked: what else has is told all the same', async () => {
    const pool = open({ max: 4, leakThreshold: 50 });
    const leases = await Promise.all(Array.from({ length: 4 }, () => pool.borrow(target)));
    const told: string[] = [];
    pool.on('leak', (report) => {
      told.push(report.target);
      if (told.length === 1) for (const lease of [1, 2]) pool.giveBack(leases[lease]!);
    });
    await pause(400);
    expect(told).toEqual([expect.stringContaining(' on '), expect.stringContaining(' on ')]);
    for (const lease of [0, 3]) pool.giveBack(leases[lease]!);
  });

  it('hears of no outage when the pool itself closed what was being connected', async () => {
    const pool = open();
    const outages: unknown[] = [];
    pool.on('outage', (report) => outages.push(report));
    const waiting = pool.borrow(target);
    await pool.closeAll(target);
    pool.giveBack(await waiting);
    const refused = expect(pool.borrow({ ...target, url: `${target.url}_other` })).rejects.toMatchObject({
      code: 'POOL_CLOSED',
    });
    await pool.end();
    await refused;
    await pause(50);
    expect(outages).toEqual([]);
  });
});
