import { readFile } from 'node:fs/promises';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { DatabaseError } from '../../lib/errors/database-errors.js';
import { PoolConnectionLostError } from '../../lib/errors/pool-errors.js';
import type { ConnectionLease } from '../../lib/pool/connection-lease.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import type { Clock } from '../../lib/pool/clock.js';
import type { PoolOptions } from '../../lib/pool/pool-options.js';
import { SeededRandom } from '../support/seeded-random.js';
import { FakeClock } from './support/fake-clock.js';
import { useRig } from './support/rig.js';
import { timed, uncaughtDuring } from './support/timed.js';

const rig = useRig();

function open(options: PoolOptions, clock?: Clock): void {
  rig.pool = new ConnectionPool(options, clock);
}

const borrow = (): Promise<ConnectionLease> => rig.pool.borrow({ url: rig.server.url });
const sessionCount = async (): Promise<number> => (await rig.server.sessions()).length;

/** Makes so many connections, all idle. */
async function fill(count: number): Promise<void> {
  const leases = await Promise.all(Array.from({ length: count }, borrow));
  for (const lease of leases) rig.pool.giveBack(lease);
  expect(rig.pool.stats().idle).toBe(count);
}

/** At which times of the clock the connections go that are idle now. */
async function timesOfClosing(clock: FakeClock, { stepMs }: { readonly stepMs: number }): Promise<readonly number[]> {
  const times: number[] = [];
  for (let steps = 0, { total } = rig.pool.stats(); total > 0 && steps < 400; steps++) {
    clock.advance(stepMs);
    const now = rig.pool.stats().total;
    for (let gone = total - now; gone > 0; gone--) times.push(clock.now());
    total = now;
  }
  await expect.poll(sessionCount).toBe(0);
  return times;
}

describe('the maximum lifetime', () => {
  it('is spread by at least 5 %, so that connections made together do not go together', async () => {
    const clock = new FakeClock(new SeededRandom(7));
    open({ max: 40, maxLifetime: 100_000, idleTimeout: 1e9 }, clock);
    await fill(40);
    const times = await timesOfClosing(clock, { stepMs: 1_000 });
    expect(times).toHaveLength(40);
    expect(Math.max(...times)).toBeLessThanOrEqual(101_000);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(80_000);
    expect(Math.max(...times) - Math.min(...times)).toBeGreaterThanOrEqual(5_000);
    // Not two lumps at its ends either.
    const mostAtOnce = Math.max(...times.map((time) => times.filter((other) => other === time).length));
    expect(mostAtOnce).toBeLessThanOrEqual(10);
  });

  it('never cuts a borrowed connection: it goes when it is given back', async () => {
    open({ max: 1, maxLifetime: 150 });
    const lease = await borrow();
    const { processId } = lease;
    await lease.query('BEGIN');
    await lease.query('CREATE TEMP TABLE kept ON COMMIT DROP AS SELECT 1 AS one');
    expect((await lease.query('SELECT one FROM kept, pg_sleep(0.4)')).rows).toEqual([{ one: 1 }]);
    await sleep(200);
    expect((await lease.query('SELECT one FROM kept')).rows).toEqual([{ one: 1 }]);
    await lease.query('COMMIT');
    rig.pool.giveBack(lease);
    expect(rig.pool.stats().total).toBe(0);
    await using next = await borrow();
    expect(next.processId).not.toBe(processId);
  });

  it('ends also a connection that is never idle', async () => {
    open({ max: 1, maxLifetime: 300 });
    const pids = new Set<number | null>();
    for (const endMs = performance.now() + 1_000; performance.now() < endMs;) {
      await using lease = await borrow();
      pids.add(lease.processId);
      await lease.send({ text: 'SELECT', origin: 'read' });
    }
    expect(pids.size).toBeGreaterThanOrEqual(3);
  });
});

describe('idle connections', () => {
  it('are closed after `idleTimeout`, not all in one moment', async () => {
    const clock = new FakeClock(new SeededRandom(8));
    open({ max: 20, idleTimeout: 10_000 }, clock);
    await fill(20);
    const times = await timesOfClosing(clock, { stepMs: 100 });
    expect(times).toHaveLength(20);
    expect(Math.max(...times)).toBeLessThanOrEqual(10_100);
    expect(Math.min(...times)).toBeGreaterThanOrEqual(8_000);
    expect(new Set(times).size).toBeGreaterThan(3);
  });

  it('stay as long as they are used', async () => {
    open({ max: 2, idleTimeout: 300 });
    await fill(2);
    const newest = await borrow();
    const { processId } = newest;
    rig.pool.giveBack(newest);
    for (let round = 0; round < 8; round++) {
      await sleep(60);
      await using lease = await borrow();
      expect(lease.processId).toBe(processId);
    }
    expect(rig.pool.stats().total).toBe(1);
    await expect.poll(sessionCount, { timeout: 2_000 }).toBe(0);
  });

  it('take nothing along when their goodbye takes long', async () => {
    open({ max: 2, idleTimeout: 150 });
    const viaLine = (): Promise<ConnectionLease> => rig.pool.borrow({ url: rig.line.url });
    rig.pool.giveBack(await viaLine());
    rig.line.forOpen('black-hole');
    await expect.poll(() => rig.pool.stats().total).toBe(0);
    const next = await viaLine();
    await sleep(1_200); // By now the first has given up saying goodbye.
    expect(rig.pool.stats()).toMatchObject({ total: 1, borrowed: 1 });
    rig.pool.giveBack(next);
    expect(rig.pool.stats()).toMatchObject({ total: 1, idle: 1 });
    rig.line.heal();
    await rig.pool.end({ timeout: 500 });
    await expect.poll(sessionCount, { timeout: 3_000 }).toBe(0);
  });
});

describe('`minIdle`', () => {
  it('is kept: as many are open after a loss, after `idleTimeout` and after `maxLifetime`', async () => {
    open({ max: 6, minIdle: 3, idleTimeout: 200, maxLifetime: 1_500 });
    rig.pool.giveBack(await borrow());
    await expect.poll(() => rig.pool.stats().idle, { timeout: 3_000 }).toBe(3);
    const uncaught = await uncaughtDuring(async () => {
      const first = (await rig.server.sessions()).map(({ pid }) => pid);
      expect(await rig.server.terminateAll()).toBe(3);
      await expect.poll(sessionCount, { timeout: 4_000 }).toBe(3);
      const second = (await rig.server.sessions()).map(({ pid }) => pid);
      expect(second.filter((pid) => first.includes(pid))).toEqual([]);
      await sleep(500);
      expect(await sessionCount()).toBe(3);
      await expect
        .poll(async () => (await rig.server.sessions()).filter(({ pid }) => second.includes(pid)), { timeout: 5_000 })
        .toEqual([]);
      await expect.poll(() => rig.pool.stats().idle, { timeout: 3_000 }).toBe(3);
    });
    expect(uncaught).toEqual([]);
  });

  it('never makes more than `max`, nor more than the limit of a database', async () => {
    open({ max: 4, maxPerDatabase: 3, minIdle: 3 });
    const other = await rig.server.createDatabase('min_idle');
    const held = [await borrow(), await borrow()];
    rig.pool.giveBack(await rig.pool.borrow({ url: other }));
    let most = 0;
    for (let look = 0; look < 40; look++) {
      await sleep(50);
      const sessions = await rig.server.sessions();
      most = Math.max(most, sessions.length);
      expect(sessions.filter(({ database }) => database === 'subject').length).toBeLessThanOrEqual(3);
    }
    expect(most).toBe(4);
    // Those who want something come before what is only kept.
    expect((await timed(Promise.all([rig.pool.borrow({ url: other }), borrow()]))).error).toBeUndefined();
    for (const lease of held) rig.pool.giveBack(lease);
  });

  it('is not kept for a database after `closeAll`, which can be dropped at once', async () => {
    open({ max: 8, minIdle: 3 });
    for (let round = 0; round < 3; round++) {
      const url = await rig.server.createDatabase(`dropped_${round}`);
      const leases = await Promise.all(Array.from({ length: 3 }, () => rig.pool.borrow({ url })));
      const held = leases.pop()!;
      const running = timed(held.query('SELECT pg_sleep(30)'));
      for (const lease of leases) rig.pool.giveBack(lease);
      await rig.pool.closeAll({ url });
      await rig.server.query(`DROP DATABASE dropped_${round}`);
      expect((await running).error).toBeInstanceOf(PoolConnectionLostError);
      rig.pool.giveBack(held);
    }
    await sleep(1_300); // Longer than it takes until what is missing is made again.
    expect(rig.pool.stats()).toMatchObject({ total: 0, targets: [] });
    expect(await sessionCount()).toBe(0);
  });

  it('comes to nothing when `closeAll` meets it while it is being made', async () => {
    open({ max: 8, minIdle: 4 });
    for (let round = 0; round < 8; round++) {
      const name = `half_made_${round}`;
      const url = await rig.server.createDatabase(name);
      rig.pool.giveBack(await rig.pool.borrow({ url }));
      await sleep(round * 4);
      await rig.pool.closeAll({ url });
      await expect(rig.server.query(`DROP DATABASE ${name}`)).resolves.toEqual([]);
    }
    await expect.poll(() => rig.pool.stats(), { timeout: 3_000 }).toMatchObject({ total: 0, targets: [] });
  });
});

describe('keep-alive', () => {
  /** Whether a timer of the kernel probes the line of this session; `undefined` where the kernel does not tell. */
  async function isProbed(processId: number | null): Promise<boolean | undefined> {
    const [session] = await rig.server.query<{ port: number }>(
      'SELECT client_port AS port FROM pg_stat_activity WHERE pid = $1',
      [processId],
    );
    const ends = [session!.port, rig.server.port].map((port) => `:${port.toString(16).toUpperCase().padStart(4, '0')}`);
    const table = await readFile('/proc/self/net/tcp', 'utf8').catch(() => '');
    const rows = table.split('\n').map((text) => text.trim().split(/\s+/));
    const row = rows.find(([, local, remote]) => local?.endsWith(ends[0]!) && remote?.endsWith(ends[1]!));
    return row?.[5]?.startsWith('02');
  }

  it('probes idle lines, unless it is switched off', async (context) => {
    for (const keepAlive of [true, false]) {
      open({ max: 1, keepAlive });
      const lease = await borrow();
      if ((await isProbed(lease.processId)) === undefined) {
        rig.pool.giveBack(lease);
        return context.skip('this kernel does not tell the timers of its sockets');
      }
      // What the last answer set going, such as its acknowledgement, has timers of its own at first.
      await sleep(250);
      await expect.poll(() => isProbed(lease.processId), { timeout: 3_000 }).toBe(keepAlive);
      rig.pool.giveBack(lease);
      await rig.pool.end({ timeout: 0 });
    }
  });
});

describe('time-outs of the server', () => {
  it('`statementTimeout` ends a statement, and its session is used again', async () => {
    open({ max: 1, statementTimeout: 150 });
    const lease = await borrow();
    const { processId } = lease;
    const { error, ms } = await timed(lease.query('SELECT pg_sleep(30)'));
    expect(error).toBeInstanceOf(DatabaseError);
    expect(error).toMatchObject({ sqlState: '57014' });
    expect(ms).toBeLessThan(1_000);
    expect((await lease.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    // Whoever lifts it does so for himself alone.
    await lease.query('SET statement_timeout = 0');
    rig.pool.giveBack(lease);
    await using next = await borrow();
    expect(next.processId).toBe(processId);
    expect((await next.query('SHOW statement_timeout')).rows).toEqual([{ statement_timeout: '150ms' }]);
    await expect(next.query('SELECT pg_sleep(30)')).rejects.toMatchObject({ sqlState: '57014' });
  });

  it('`idleInTransactionTimeout` ends a session that its holder forgot, and frees the place', async () => {
    open({ max: 1, idleInTransactionTimeout: 150 });
    const uncaught = await uncaughtDuring(async () => {
      const lease = await borrow();
      const { processId } = lease;
      await lease.query('BEGIN');
      const waiting = borrow();
      const next = await timed(waiting);
      expect(next.ms).toBeLessThan(1_500);
      const { error } = await timed(lease.query('SELECT 1'));
      expect(error).toBeInstanceOf(PoolConnectionLostError);
      expect(error).toMatchObject({ sqlState: '25P03', hint: expect.any(String) as string });
      rig.pool.giveBack(lease);
      expect(next.value!.processId).not.toBe(processId);
      expect((await next.value!.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      // Outside a transaction one may be idle as long as one likes.
      await sleep(300);
      expect((await next.value!.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
      rig.pool.giveBack(next.value!);
    });
    expect(uncaught).toEqual([]);
    expect(rig.pool.stats()).toMatchObject({ total: 1, idle: 1, waiting: 0 });
  });
});

describe('`application_name`', () => {
  it.each([
    ['nest-registry', undefined],
    ['till 7', 'till 7'],
    ['till '.repeat(9), 'till '.repeat(60)],
    ['Syst', 'Système de caisse nº 7 de l’avenue des Champs-Élysées'],
  ])('names the application and the process: %s', async (start, applicationName) => {
    open({ max: 1, applicationName });
    const lease = await borrow();
    const [session] = await rig.server.query<{ name: string }>(
      'SELECT application_name AS name FROM pg_stat_activity WHERE pid = $1',
      [lease.processId],
    );
    rig.pool.giveBack(lease);
    expect(session!.name.startsWith(start)).toBe(true);
    expect(session!.name.endsWith(`[${process.pid}]`)).toBe(true);
    expect(Buffer.byteLength(session!.name)).toBeLessThanOrEqual(63);
  });
});
