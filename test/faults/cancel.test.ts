import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { Cursor } from '../../lib/cursor/cursor.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { startFaultServer, type FaultServer } from './support/fault-server.js';
import { timed } from './support/timed.js';

let server: FaultServer;
let pool: ConnectionPool;

beforeAll(async () => {
  server = await startFaultServer();
});
afterEach(() => pool?.end({ timeout: 0 }));
afterAll(() => server?.dispose());

const runningStatements = async (): Promise<number> =>
  (await server.sessions()).filter(({ state, query }) => state === 'active' && query.includes('pg_sleep')).length;

/** How long it takes until nothing runs on the server, in ms. */
async function untilStopped(): Promise<number> {
  const startMs = performance.now();
  while ((await runningStatements()) > 0 && performance.now() - startMs < 5_000) await sleep(5);
  return performance.now() - startMs;
}

describe('an abort signal', () => {
  it('frees those who wait within 50 ms, and what comes free goes to others', async () => {
    pool = new ConnectionPool({ max: 1 });
    const lease = await pool.borrow(server);
    const controller = new AbortController();
    const leaving = Array.from({ length: 100 }, () => timed(pool.borrow(server, { signal: controller.signal })));
    const staying = pool.borrow(server);
    const abortedMs = performance.now();
    controller.abort(new Error('no longer wanted'));
    for (const { error } of await Promise.all(leaving)) expect(error).toBe(controller.signal.reason);
    expect(performance.now() - abortedMs).toBeLessThan(50);
    expect(pool.stats().waiting).toBe(1);
    pool.giveBack(lease);
    pool.giveBack(await staying);
  });

  it('stops a running statement on the server within 500 ms, and its session is never lent again', async () => {
    pool = new ConnectionPool({ max: 1 });
    const controller = new AbortController();
    const lease = await pool.borrow(server);
    const { processId } = lease;
    const query = timed(lease.query('SELECT pg_sleep(30)', [], { signal: controller.signal }));
    await expect.poll(runningStatements).toBe(1);
    controller.abort(new Error('no longer wanted'));
    expect((await query).error).toBe(controller.signal.reason);
    expect(await untilStopped()).toBeLessThan(500);
    pool.giveBack(lease);
    await using next = await pool.borrow(server);
    expect(next.processId).not.toBe(processId);
  });

  it('stops the statement of a unit of work, whose transaction is rolled back', async () => {
    pool = new ConnectionPool({ max: 1 });
    const controller = new AbortController();
    const cursor = new Cursor({ pool, target: server, signal: controller.signal });
    await cursor.execute('CREATE TABLE IF NOT EXISTS undone (id int)');
    const query = timed(cursor.execute('SELECT pg_sleep(30)'));
    await expect.poll(runningStatements).toBe(1);
    controller.abort(new Error('no longer wanted'));
    expect((await query).error).toBe(controller.signal.reason);
    expect(await untilStopped()).toBeLessThan(500);
    await cursor.close();
    expect(pool.stats()).toMatchObject({ borrowed: 0 });
    expect(await server.query("SELECT to_regclass('undone') AS found")).toEqual([{ found: null }]);
  });
});
