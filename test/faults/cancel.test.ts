import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { Cursor } from '../../lib/cursor/cursor.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { useRig } from './support/rig.js';
import { timed } from './support/timed.js';

const rig = useRig();

const runningStatements = async (): Promise<number> =>
  (await rig.server.sessions()).filter(({ state, query }) => state === 'active' && query.includes('pg_sleep')).length;

/** How long it takes until nothing runs on the server, in ms. */
async function untilStopped(): Promise<number> {
  const startMs = performance.now();
  while ((await runningStatements()) > 0 && performance.now() - startMs < 5_000) await sleep(5);
  return performance.now() - startMs;
}

describe('an abort signal', () => {
  it('frees those who wait within 50 ms, and what comes free goes to others', async () => {
    rig.pool = new ConnectionPool({ max: 1 });
    const lease = await rig.pool.borrow(rig.server);
    const controller = new AbortController();
    const leaving = Array.from({ length: 100 }, () =>
      timed(rig.pool.borrow(rig.server, { signal: controller.signal })),
    );
    const staying = rig.pool.borrow(rig.server);
    const abortedMs = performance.now();
    controller.abort(new Error('no longer wanted'));
    for (const { error } of await Promise.all(leaving)) expect(error).toBe(controller.signal.reason);
    expect(performance.now() - abortedMs).toBeLessThan(50);
    expect(rig.pool.stats().waiting).toBe(1);
    rig.pool.giveBack(lease);
    rig.pool.giveBack(await staying);
  });

  it('may be shared by a crowd, which Node takes for no leak', async () => {
    const warnings: Error[] = [];
    const note = (warning: Error): void => void warnings.push(warning);
    process.on('warning', note);
    rig.pool = new ConnectionPool({ max: 1 });
    const { signal } = new AbortController();
    const lease = await rig.pool.borrow(rig.server);
    const waiting = Array.from({ length: 20 }, () => rig.pool.borrow(rig.server, { signal }));
    await Promise.all(Array.from({ length: 20 }, () => lease.query('SELECT', [], { signal })));
    rig.pool.giveBack(lease);
    for (const next of waiting) rig.pool.giveBack(await next);
    await sleep(0);
    process.off('warning', note);
    expect(warnings).toEqual([]);
  });

  it('stops a running statement on the server within 500 ms, and its session is never lent again', async () => {
    rig.pool = new ConnectionPool({ max: 1 });
    const controller = new AbortController();
    const lease = await rig.pool.borrow(rig.server);
    const { processId } = lease;
    const query = timed(lease.query('SELECT pg_sleep(30)', [], { signal: controller.signal }));
    await expect.poll(runningStatements).toBe(1);
    controller.abort(new Error('no longer wanted'));
    expect((await query).error).toBe(controller.signal.reason);
    expect(await untilStopped()).toBeLessThan(500);
    rig.pool.giveBack(lease);
    await using next = await rig.pool.borrow(rig.server);
    expect(next.processId).not.toBe(processId);
  });

  it('stops the statement of a unit of work, whose transaction is rolled back', async () => {
    rig.pool = new ConnectionPool({ max: 1 });
    const controller = new AbortController();
    const cursor = new Cursor({ pool: rig.pool, target: rig.server, signal: controller.signal });
    await cursor.execute('CREATE TABLE IF NOT EXISTS undone (id int)');
    const query = timed(cursor.execute('SELECT pg_sleep(30)'));
    await expect.poll(runningStatements).toBe(1);
    controller.abort(new Error('no longer wanted'));
    expect((await query).error).toBe(controller.signal.reason);
    expect(await untilStopped()).toBeLessThan(500);
    await cursor.close();
    expect(rig.pool.stats()).toMatchObject({ borrowed: 0 });
    expect(await rig.server.query("SELECT to_regclass('undone') AS found")).toEqual([{ found: null }]);
  });

  it('gives up at once a statement that waits for the reset of its session, and never sends it', async () => {
    rig.pool = new ConnectionPool({ max: 1 });
    const target = { url: rig.line.url };
    const dirty = await rig.pool.borrow(target);
    await dirty.query('CREATE TABLE IF NOT EXISTS never (id int); SET work_mem = 12345');
    rig.pool.giveBack(dirty);
    const lease = await rig.pool.borrow(target);
    rig.line.forOpen('black-hole');
    const controller = new AbortController();
    const waiting = timed(lease.query('INSERT INTO never VALUES (1)', [], { signal: controller.signal }));
    await sleep(50);
    const askedMs = performance.now();
    controller.abort(new Error('no longer wanted'));
    expect((await waiting).error).toBe(controller.signal.reason);
    expect(performance.now() - askedMs).toBeLessThan(50);
    rig.line.heal();
    rig.pool.giveBack(lease);
    await expect.poll(() => rig.pool.stats().total).toBe(0);
    expect(await rig.server.query('SELECT id FROM never')).toEqual([]);
  });
});
