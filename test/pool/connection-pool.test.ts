import { afterAll, beforeAll, afterEach, describe, expect, it } from 'vitest';
import { Decimal } from '../../lib/util/decimal.js';
import { PoolClosedError, PoolConnectError, PoolTimeoutError, StaleLeaseError } from '../../lib/errors/pool-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import type { ConnectionLease } from '../../lib/pool/connection-lease.js';
import type { PoolOptions } from '../../lib/pool/pool-options.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let first: TestDatabase;
let second: TestDatabase;
const pools: ConnectionPool[] = [];

beforeAll(async () => {
  [first, second] = await Promise.all([createTestDatabase('pool_a'), createTestDatabase('pool_b')]);
});
afterEach(async () => {
  await Promise.all(pools.splice(0).map((pool) => pool.end({ timeout: 0 })));
});
afterAll(async () => {
  await Promise.all([first.drop(), second.drop()]);
});

function open(options: PoolOptions = {}): ConnectionPool {
  const pool = new ConnectionPool(options);
  pools.push(pool);
  return pool;
}

async function pidOf(connection: ConnectionLease): Promise<unknown> {
  const { rows } = await connection.query('SELECT pg_backend_pid() AS pid');
  return rows[0]?.['pid'];
}

async function sessionsOf(pool: ConnectionPool, database: TestDatabase): Promise<number> {
  await using connection = await pool.borrow({ url: second.url });
  const { rows } = await connection.query('SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = $1', [
    database.name,
  ]);
  return rows[0]?.['n'] as number;
}

describe('borrowing', () => {
  it('reuses the newest idle connection of the same target, however it is written', async () => {
    const pool = open();
    const url = new URL(first.url);
    const parts = {
      database: first.name,
      host: url.hostname,
      port: Number(url.port),
      user: decodeURIComponent(url.username),
      ...(url.password === '' ? {} : { password: decodeURIComponent(url.password) }),
    };
    const [one, two] = [await pool.borrow({ url: first.url }), await pool.borrow({ url: first.url })];
    const pids = [await pidOf(one), await pidOf(two)];
    pool.giveBack(one);
    pool.giveBack(two);
    const again = await pool.borrow(parts);
    expect(await pidOf(again)).toBe(pids[1]);
    pool.giveBack(again);
    expect(pool.stats()).toMatchObject({ total: 2, idle: 2, borrowed: 0 });
  });

  it('never lends more than max at a time, and no session twice', async () => {
    const pool = open({ max: 5 });
    const held = new Set<unknown>();
    let most = 0;
    const visit = async (index: number): Promise<void> => {
      await using connection = await pool.borrow(
        { url: index % 2 === 0 ? first.url : second.url },
        { timeout: 30_000 },
      );
      const pid = await pidOf(connection);
      expect(held.has(pid)).toBe(false);
      held.add(pid);
      most = Math.max(most, held.size);
      const { rows } = await connection.query(
        'SELECT count(*)::int AS n FROM pg_stat_activity WHERE datname = ANY($1)',
        [[first.name, second.name]],
      );
      expect(rows[0]?.['n']).toBeLessThanOrEqual(5);
      held.delete(pid);
    };
    await Promise.all(Array.from({ length: 200 }, (_, index) => visit(index)));
    expect(most).toBeLessThanOrEqual(5);
    await expect.poll(() => pool.stats()).toMatchObject({ borrowed: 0, waiting: 0, connecting: 0 });
  });

  it('serves waiters in order of arrival', async () => {
    const pool = open({ max: 1 });
    const holder = await pool.borrow({ url: first.url });
    const order: number[] = [];
    const waiters = [1, 2, 3, 4].map(async (number) => {
      await using _ = await pool.borrow({ url: number % 2 === 0 ? second.url : first.url });
      order.push(number);
    });
    expect(pool.stats().waiting).toBe(4);
    pool.giveBack(holder);
    await Promise.all(waiters);
    expect(order).toEqual([1, 2, 3, 4]);
  });

  it('tells the figures when the time is over, and gives the place of a timed-out waiter to the next in line', async () => {
    const pool = open({ max: 1 });
    const holder = await pool.borrow({ url: first.url });
    const late = pool.borrow({ url: first.url }, { timeout: 30 });
    const next = pool.borrow({ url: first.url });
    const error = await late.then(
      () => undefined,
      (reason: unknown) => reason,
    );
    expect(error).toBeInstanceOf(PoolTimeoutError);
    expect((error as PoolTimeoutError).message).toMatch(/within 30 ms \(1 borrowed, 0 idle, 2 waiting\)/);
    pool.giveBack(holder);
    pool.giveBack(await next);
    expect(pool.stats()).toMatchObject({ idle: 1, borrowed: 0, waiting: 0 });
  });

  it('fails at once with a timeout of 0 when full, and connects when not', async () => {
    const pool = open({ max: 1 });
    const holder = await pool.borrow({ url: first.url }, { timeout: 0 });
    await expect(pool.borrow({ url: first.url }, { timeout: 0 })).rejects.toBeInstanceOf(PoolTimeoutError);
    pool.giveBack(holder);
  });

  it('rejects with the reason of an aborted signal and hands nothing to that waiter later', async () => {
    const pool = open({ max: 1 });
    const holder = await pool.borrow({ url: first.url });
    const controller = new AbortController();
    const waiting = pool.borrow({ url: first.url }, { signal: controller.signal });
    controller.abort('gone');
    await expect(waiting).rejects.toBe('gone');
    pool.giveBack(holder);
    expect(pool.stats()).toMatchObject({ idle: 1, borrowed: 0 });
  });

  it('closes the oldest idle connection of another target to make room', async () => {
    const pool = open({ max: 1 });
    pool.giveBack(await pool.borrow({ url: first.url }));
    const other = await pool.borrow({ url: second.url });
    expect(pool.stats()).toMatchObject({ total: 1, borrowed: 1, idle: 0 });
    pool.giveBack(other);
  });

  it('frees the place of a connection that could not be made, and says why', async () => {
    const pool = open({ max: 1 });
    const missing = new URL(first.url);
    missing.pathname = '/there_is_no_such_database';
    await expect(pool.borrow({ url: missing.href })).rejects.toMatchObject({ code: 'POOL_CONNECT', sqlState: '3D000' });
    const refusing = { host: '127.0.0.1', port: 1, user: 'x' };
    await expect(pool.borrow(refusing, { timeout: 0 })).rejects.toBeInstanceOf(PoolConnectError);
    pool.giveBack(await pool.borrow({ url: first.url }));
  });

  it('never shows a password', async () => {
    const pool = open();
    const refusing = { url: 'postgres://x:geheim@127.0.0.1:1/y' };
    const failed = await pool.borrow(refusing, { timeout: 100 }).catch((error: unknown) => error);
    const unreadable = await pool
      .borrow({ url: 'postgres://x:geheim@127.0.0.1:nan/y' })
      .catch((error: unknown) => error);
    const { inspect } = await import('node:util');
    expect(inspect([failed, unreadable, pool, pool.stats()], { depth: 20, showHidden: false })).not.toContain('geheim');
  });
});

describe('giving back', () => {
  it('refuses a lease that was given back already, or that is foreign', async () => {
    const [pool, other] = [open(), open()];
    const lease = await pool.borrow({ url: first.url });
    expect(() => other.giveBack(lease)).toThrow(StaleLeaseError);
    pool.giveBack(lease);
    const next = await pool.borrow({ url: first.url });
    expect(() => pool.giveBack(lease)).toThrow(StaleLeaseError);
    await expect(lease.query('SELECT 1')).rejects.toBeInstanceOf(StaleLeaseError);
    await lease[Symbol.asyncDispose]();
    expect(pool.stats().borrowed).toBe(1);
    pool.giveBack(next);
  });

  it('destroys a connection that comes back with an error', async () => {
    const pool = open();
    const lease = await pool.borrow({ url: first.url });
    pool.giveBack(lease, new Error('broken'));
    expect(pool.stats()).toMatchObject({ total: 0 });
  });

  it('destroys a connection with a statement under way, and stops the statement', async () => {
    const pool = open();
    const lease = await pool.borrow({ url: first.url });
    const sleeping = lease.query('SELECT pg_sleep(30)');
    pool.giveBack(lease);
    await expect(sleeping).rejects.toThrow();
    expect(pool.stats().total).toBe(0);
  });
});

describe('lost sessions', () => {
  async function kill(pool: ConnectionPool, pid: unknown): Promise<void> {
    await using killer = await pool.borrow({ url: second.url });
    await killer.query('SELECT pg_terminate_backend($1, 5000)', [pid]);
  }

  it('tells the holder that its connection was lost, and frees the place', async () => {
    const pool = open();
    const lease = await pool.borrow({ url: first.url });
    const sleeping = lease.query('SELECT pg_sleep(30)');
    const behind = lease.query('SELECT 1');
    const outcomes = Promise.allSettled([sleeping, behind]);
    await kill(pool, lease.processId);
    for (const outcome of await outcomes) {
      expect(outcome).toMatchObject({ status: 'rejected', reason: { code: 'POOL_CONNECTION_LOST' } });
    }
    await expect(lease.query('SELECT 1')).rejects.toMatchObject({ code: 'POOL_CONNECTION_LOST' });
    pool.giveBack(lease);
    expect(pool.stats()).toMatchObject({ borrowed: 0 });
  });

  it('never lends an idle connection that was killed', async () => {
    const pool = open({ max: 3 });
    for (let round = 0; round < 10; round++) {
      const lease = await pool.borrow({ url: first.url });
      const pid = lease.processId;
      pool.giveBack(lease);
      await kill(pool, pid);
      await using fresh = await pool.borrow({ url: first.url });
      expect((await fresh.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    }
  });
});

describe('statements', () => {
  it('gives values their own types and never touches the driver’s global parsers', async () => {
    const pool = open();
    await using connection = await pool.borrow({ url: first.url });
    const { rows, rowCount, command } = await connection.query(`
      SELECT 1::int8 AS big, 1.50::numeric AS exact, '2026-02-03'::date AS day, '2026-02-03 04:05:06.5+02'::timestamptz AS moment,
             '2026-02-03 04:05:06'::timestamp AS local, '{"a":[1]}'::jsonb AS json, '\\x00ff'::bytea AS bytes, true AS yes, 1.5::float8 AS float,
             ARRAY[1,2]::int8[] AS bigs, ARRAY['a,"b"\\c', NULL, 'NULL'] AS texts, ARRAY[[1,2],[3,4]] AS nested, NULL::int8 AS none, 'infinity'::timestamptz AS never`);
    expect(rows[0]).toEqual({
      big: 1n,
      exact: new Decimal('1.50'),
      day: '2026-02-03',
      moment: new Date('2026-02-03T02:05:06.500Z'),
      local: '2026-02-03 04:05:06',
      json: { a: [1] },
      bytes: Buffer.from([0, 255]),
      yes: true,
      float: 1.5,
      bigs: [1n, 2n],
      texts: ['a,"b"\\c', null, 'NULL'],
      nested: [
        [1, 2],
        [3, 4],
      ],
      none: null,
      never: 'infinity',
    });
    expect([rowCount, command]).toEqual([1, 'SELECT']);
  });

  it('sends values as they are meant', async () => {
    const pool = open();
    await using connection = await pool.borrow({ url: first.url });
    const values = [
      12n,
      new Decimal('1.50'),
      new Date('2026-02-03T02:05:06.500Z'),
      Buffer.from([1, 2]),
      { a: 1 },
      ['x"\\', null],
      [new Decimal('1.5')],
      [Buffer.from([9])],
      true,
    ];
    const { rows } = await connection.query(
      'SELECT $1::int8 a, $2::numeric b, $3::timestamptz c, $4::bytea d, $5::jsonb e, $6::text[] f, $7::numeric[] g, $8::bytea[] h, $9::bool i',
      values,
    );
    expect(Object.values(rows[0] ?? {})).toEqual(values);
  });

  it('parses the columns in place and keeps what is past the list', async () => {
    const pool = open();
    await using connection = await pool.borrow({ url: first.url });
    const { rows } = await connection.send({
      text: "SELECT 1, 'a', 2, NULL",
      origin: 'read',
      columns: [Number, null],
    });
    expect(rows).toEqual([[1, 'a', '2', null]]);
  });

  it('lets a parser that throws fail its own statement only', async () => {
    const pool = open();
    await using connection = await pool.borrow({ url: first.url });
    const bad = connection.send({
      text: 'SELECT 1 UNION ALL SELECT 2',
      columns: [
        () => {
          throw new RangeError('no');
        },
      ],
    });
    const good = connection.query('SELECT 2 AS two');
    await expect(bad).rejects.toBeInstanceOf(RangeError);
    expect((await good).rows).toEqual([{ two: 2 }]);
  });

  it('stops an aborted statement on the server and never lends that session again', async () => {
    const pool = open();
    const lease = await pool.borrow({ url: first.url });
    const pid = lease.processId;
    const controller = new AbortController();
    const sleeping = lease.query('SELECT pg_sleep(30)', undefined, { signal: controller.signal });
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(sleeping).rejects.toThrow('enough');
    pool.giveBack(lease);
    await using other = await pool.borrow({ url: first.url });
    expect(other.processId).not.toBe(pid);
    await expect
      .poll(async () => (await other.query('SELECT 1 FROM pg_stat_activity WHERE pid = $1', [pid])).rowCount)
      .toBe(0);
  });

  it('forgets a named statement whose parse failed or whose plan no longer fits', async () => {
    const pool = open();
    await using connection = await pool.borrow({ url: first.url });
    const statement = { text: 'SELECT * FROM changing', name: 'changing', origin: 'read' } as const;
    await expect(connection.send(statement)).rejects.toMatchObject({ code: '42P01' });
    await connection.query('CREATE TABLE changing (a int)');
    expect((await connection.send(statement)).rows).toEqual([]);
    {
      await using other = await pool.borrow({ url: first.url });
      await other.query('ALTER TABLE changing ADD b int');
    }
    await expect(connection.send(statement)).rejects.toMatchObject({ code: '0A000' });
    expect((await connection.send(statement)).rows).toEqual([]);
    await connection.query('ALTER TABLE changing ADD c int');
    expect((await connection.send(statement)).rows).toEqual([]);
    for (const text of ['DEALLOCATE changing', 'DEALLOCATE ALL', 'DISCARD ALL']) {
      await connection.query(text);
      expect((await connection.send(statement)).rows).toEqual([]);
    }
  });

  it('knows which names a session still has when the server skipped what should have dropped them', async () => {
    const pool = open();
    await using connection = await pool.borrow({ url: first.url });
    const named = (index: number, text = `SELECT ${index} AS n`): Promise<unknown> =>
      connection.send({ text, name: `name_${index}`, origin: 'read', columns: [Number] });
    await Promise.all(Array.from({ length: 500 }, (_, index) => named(index)));
    // Each of these takes the place of the longest unused, whose Close the server skips behind a failed statement.
    await Promise.allSettled(
      [500, 501, 502].map((index) =>
        connection.send(
          {
            text: `SELECT ${index} AS n`,
            name: `name_${index}`,
            origin: 'read',
            columns: [Number],
          },
          { before: ['SELECT 1/0'] },
        ),
      ),
    );
    for (let index = 0; index < 503; index++) expect(await named(index)).toMatchObject({ rows: [[index]] });
  });

  it('keeps a session that comes back unused while the COMMIT of its last reader is under way', async () => {
    const pool = open({ max: 1 });
    const ids = new Set<number | null>();
    for (let round = 0; round < 40; round++) {
      const reader = await pool.borrow({ url: first.url });
      await reader.send({ text: 'SELECT 1', origin: 'read', columns: [Number] }, { before: ['BEGIN'] });
      ids.add(reader.processId);
      reader.commitLater();
      pool.giveBack(reader);
      await new Promise((resolve) => setTimeout(resolve, round % 5));
      const unused = await pool.borrow({ url: first.url });
      expect(unused.transactionStatus).toBe('I');
      pool.giveBack(unused);
    }
    expect(ids.size).toBe(1);
  });

  it('refuses COPY FROM STDIN without losing its place in the pipeline', async () => {
    const pool = open();
    await using connection = await pool.borrow({ url: first.url });
    await connection.query('CREATE TABLE copied (a int)');
    await expect(connection.query('COPY copied FROM STDIN')).rejects.toMatchObject({ code: 'DATABASE' });
    await expect(connection.send({ text: 'COPY copied FROM STDIN', origin: 'write' })).rejects.toThrow();
    expect((await connection.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});

describe('ending', () => {
  it('closeAll closes idle and cuts borrowed connections of that target only', async () => {
    const pool = open();
    pool.giveBack(await pool.borrow({ url: first.url }));
    const [held, other] = [await pool.borrow({ url: first.url }), await pool.borrow({ url: second.url })];
    const running = held.query('SELECT pg_sleep(30)').catch((error: unknown) => error);
    await pool.closeAll({ url: first.url });
    expect(await running).toMatchObject({ code: expect.stringMatching(/POOL_CONNECTION_LOST|DATABASE/) as string });
    await expect(held.query('SELECT 1')).rejects.toMatchObject({ code: 'POOL_CONNECTION_LOST' });
    pool.giveBack(held);
    expect((await other.query('SELECT 1 AS one')).rowCount).toBe(1);
    pool.giveBack(other);
    await expect.poll(() => sessionsOf(pool, first)).toBe(0);
  });

  it('end refuses waiters and new borrowers, waits for holders, then cuts them; twice is once', async () => {
    const pool = open({ max: 2 });
    const [one, two] = [await pool.borrow({ url: first.url }), await pool.borrow({ url: first.url })];
    const waiter = pool.borrow({ url: first.url });
    const ended = pool.end({ timeout: 100 });
    expect(pool.end()).toBe(ended);
    await expect(waiter).rejects.toBeInstanceOf(PoolClosedError);
    await expect(pool.borrow({ url: first.url })).rejects.toBeInstanceOf(PoolClosedError);
    pool.giveBack(one);
    await ended;
    await expect(two.query('SELECT 1')).rejects.toThrow();
    expect(() => pool.giveBack(two)).toThrow(StaleLeaseError);
    expect(pool.stats().total).toBe(0);
  });
});

describe('housekeeping', () => {
  it('closes idle connections after their time', async () => {
    const pool = open({ idleTimeout: 60 });
    pool.giveBack(await pool.borrow({ url: first.url }));
    expect(pool.stats().idle).toBe(1);
    await expect.poll(() => pool.stats().total, { timeout: 2_000 }).toBe(0);
  });

  it('reports a connection that is out for too long once, with the place where it was borrowed', async () => {
    const pool = open({ leakThreshold: 20 });
    const reports: { readonly stack: string; readonly heldMs: number }[] = [];
    pool.on('leak', (report) => reports.push(report));
    const lease = await pool.borrow({ url: first.url });
    await new Promise((resolve) => setTimeout(resolve, 150));
    expect(reports).toHaveLength(1);
    expect(reports[0]?.stack).toContain('connection-pool.test');
    pool.giveBack(lease);
  });
});
