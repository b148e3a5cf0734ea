import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { PoolConnectError } from '../../lib/errors/pool-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import type { Clock } from '../../lib/pool/clock.js';
import type { ConnectionReport } from '../../lib/pool/pool-events.js';
import type { PoolOptions } from '../../lib/pool/pool-options.js';
import { SeededRandom } from '../support/seeded-random.js';
import { openFaultyLine, type FaultyLine } from './support/faulty-line.js';
import { reachableBytes } from './support/heap.js';
import { useRig } from './support/rig.js';
import { timed, uncaughtDuring } from './support/timed.js';
import { WatchedClock } from './support/watched-clock.js';

const databaseCount = 10;

let urls: readonly string[];

const rig = useRig();
beforeAll(async () => {
  const made: string[] = [];
  for (let index = 0; index < databaseCount; index++) made.push(await rig.server.createDatabase(`many_${index}`));
  urls = made;
});

function open(options: PoolOptions, clock?: Clock): void {
  rig.pool = new ConnectionPool(options, clock);
}

const nameOf = (url: string): string => new URL(url).pathname.slice(1);

/** Borrows, asks the server something and gives back. */
async function visit(url: string, seconds = 0): Promise<number | null> {
  await using lease = await rig.pool.borrow({ url });
  const { rows } = await lease.query('SELECT current_database() AS name FROM pg_sleep($1)', [seconds]);
  expect(rows).toEqual([{ name: nameOf(url) }]);
  return lease.processId;
}

/** Looks how many sessions the server has, in all and in the database that has most, until `work` is done. */
async function watchSessions(work: Promise<unknown>): Promise<{ total: number; ofOne: number; looks: number }> {
  const most = { total: 0, ofOne: 0, looks: 0 };
  let isOver = false;
  void work.finally(() => (isOver = true)).catch(() => undefined); // Told by the await below.
  while (!isOver) {
    const counts = new Map<string, number>();
    for (const { database } of await rig.server.sessions()) counts.set(database, (counts.get(database) ?? 0) + 1);
    const ofEach = [...counts.values()];
    most.total = Math.max(
      most.total,
      ofEach.reduce((sum, count) => sum + count, 0),
    );
    most.ofOne = Math.max(most.ofOne, ...ofEach);
    most.looks++;
  }
  await work;
  return most;
}

describe('one maximum over all databases', () => {
  it('is never passed on the server while 200 borrowers want 10 databases, nor the limit of a database', async () => {
    open({ max: 8, maxPerDatabase: 3, borrowTimeout: 30_000 });
    const random = new SeededRandom(4);
    const crowd = Promise.all(Array.from({ length: 200 }, () => visit(random.pick(urls), random.below(10) / 1_000)));
    const { total, ofOne, looks } = await watchSessions(crowd);
    expect(looks).toBeGreaterThan(20);
    expect(total).toBeLessThanOrEqual(8);
    expect(total).toBeGreaterThan(4);
    expect(ofOne).toBeLessThanOrEqual(3);
    expect(rig.pool.stats()).toMatchObject({ borrowed: 0, waiting: 0, connecting: 0 });
    expect((await rig.server.sessions()).length).toBe(rig.pool.stats().total);
  });

  it('leaves what the limit of one database keeps free to the others at once', async () => {
    open({ max: 4, maxPerDatabase: 2 });
    const held = await Promise.all([rig.pool.borrow({ url: urls[0]! }), rig.pool.borrow({ url: urls[0]! })]);
    const waiting = Array.from({ length: 10 }, () => visit(urls[0]!));
    const others = await timed(Promise.all([visit(urls[1]!), visit(urls[2]!)]));
    expect(others.error).toBeUndefined();
    expect(others.ms).toBeLessThan(1_000);
    expect(rig.pool.stats()).toMatchObject({ borrowed: 2, waiting: 10 });
    for (const lease of held) rig.pool.giveBack(lease);
    await Promise.all(waiting);
  });

  it('makes room by closing the idle connection that was used least recently, whatever its database', async () => {
    open({ max: 3 });
    const closed: ConnectionReport[] = [];
    rig.pool.on('close', (report) => closed.push(report));
    const [a, b, c, d, e, f] = urls as [string, string, string, string, string, string];
    const pids = new Map<string, number | null>();
    for (const url of [a, b, c]) pids.set(url, await visit(url));
    // Used again: now b is the one that was used least recently, then c, then a.
    expect(await visit(a)).toBe(pids.get(a));
    for (const url of [d, e, f]) await visit(url);
    expect(closed.map(({ processId }) => processId)).toEqual([b, c, a].map((url) => pids.get(url)));
    expect(closed.map(({ target }) => target.split(' ')[0])).toEqual([b, c, a].map(nameOf));
    expect(rig.pool.stats().targets.map(({ target }) => target.split(' ')[0])).toEqual([d, e, f].map(nameOf));
  });

  it('closes no more than is needed, and nothing that somebody holds', async () => {
    open({ max: 3 });
    const held = await rig.pool.borrow({ url: urls[0]! });
    await Promise.all([visit(urls[1]!), visit(urls[2]!)]);
    await visit(urls[3]!);
    expect(rig.pool.stats()).toMatchObject({ total: 3, borrowed: 1, idle: 2 });
    expect((await held.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    rig.pool.giveBack(held);
  });
});

describe('a busy database', () => {
  it('does not starve others: theirs wait for those who came before them and for nobody else', async () => {
    open({ max: 4, borrowTimeout: 20_000 });
    let isOver = false;
    let served = 0;
    const busy = Array.from({ length: 32 }, async () => {
      while (!isOver) {
        await visit(urls[0]!, 0.01);
        served++;
      }
    });
    const quiet = Promise.all(
      urls.slice(1, 6).map(async (url) => {
        const overtakenBy: number[] = [];
        for (let round = 0; round < 6; round++) {
          const before = { served, waiting: rig.pool.stats().waiting };
          await visit(url);
          overtakenBy.push(served - before.served - before.waiting);
        }
        return Math.max(...overtakenBy);
      }),
    );
    const overtaken = await quiet.finally(() => (isOver = true));
    await Promise.all(busy);
    // Those who had a connection already when it came, and those served on other places while its own was made.
    expect(Math.max(...overtaken)).toBeLessThanOrEqual(100);
    expect(rig.pool.stats()).toMatchObject({ borrowed: 0, waiting: 0 });
  });
});

describe('names of databases that do not exist', () => {
  let line: FaultyLine;
  beforeAll(async () => {
    line = await openFaultyLine(rig.server.url);
  });
  afterAll(() => line?.close());

  /** Each must be refused within so many ms, also when it has to wait for others. */
  async function askForUnknown(names: readonly string[], withinMs: number): Promise<void> {
    const url = new URL(line.url);
    for (let index = 0; index < names.length; index += 20) {
      const ends = names.slice(index, index + 20).map((name) => {
        url.pathname = `/${name}`;
        return timed(rig.pool.borrow({ url: url.href }));
      });
      for (const { error, ms } of await Promise.all(ends)) {
        expect(error).toBeInstanceOf(PoolConnectError);
        expect(error).toMatchObject({ code: 'POOL_CONNECT', sqlState: '3D000' });
        expect(ms).toBeLessThan(withinMs);
      }
    }
  }

  it('fail at once, and 1,000 of them leave nothing behind', { timeout: 60_000 }, async () => {
    const clock = new WatchedClock();
    open({ max: 20, minIdle: 2, borrowTimeout: 3_000 }, clock);
    const namesOf = (from: number, count: number): string[] =>
      Array.from({ length: count }, (_, index) => `unknown_${from + index}_${'x'.repeat(40)}`);
    const uncaught = await uncaughtDuring(async () => {
      await askForUnknown(namesOf(0, 60), 2_500); // What is made once is made by the first.
      await expect.poll(() => line.open).toBe(0);
      const beforeBytes = await reachableBytes();
      await askForUnknown(namesOf(100, 1_000), 2_500);
      await expect.poll(() => line.open).toBe(0);
      expect(rig.pool.stats()).toMatchObject({ total: 0, waiting: 0, targets: [] });
      expect(await rig.server.sessions()).toEqual([]);
      await expect.poll(() => clock.pending, { timeout: 4_000, interval: 100 }).toBe(0);
      const leftBytes = (await reachableBytes()) - beforeBytes;
      if (process.env['SHOW_FIGURES']) process.stdout.write(`1,000 unknown names left ${leftBytes} bytes\n`);
      expect(leftBytes).toBeLessThan(1_048_576);
    });
    expect(uncaught).toEqual([]);
    await visit(urls[0]!);
  });

  it('take no place from those who want a database that is there', async () => {
    open({ max: 4, borrowTimeout: 10_000 });
    const unknown = askForUnknown(
      Array.from({ length: 40 }, (_, index) => `unknown_${index}`),
      10_000,
    );
    const served = await timed(Promise.all(Array.from({ length: 60 }, (_, index) => visit(urls[index % 3]!))));
    expect(served.error).toBeUndefined();
    await unknown;
    await expect.poll(() => rig.pool.stats()).toMatchObject({ borrowed: 0, connecting: 0, waiting: 0 });
    expect(rig.pool.stats().targets.length).toBeLessThanOrEqual(3);
  });
});
