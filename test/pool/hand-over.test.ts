import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PoolConnectionLostError } from '../../lib/errors/pool-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import type { ConnectionLease } from '../../lib/pool/connection-lease.js';
import type { PoolOptions } from '../../lib/pool/pool-options.js';
import { openWireTap, type WireTap } from '../cursor/wire-tap.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let tap: WireTap;
let pool: ConnectionPool;

beforeAll(async () => {
  database = await createTestDatabase('hand_over');
  tap = await openWireTap(database.url);
  await once(database.url, async (connection) => {
    await connection.query('CREATE ROLE hand_over_other').catch(() => undefined);
    await connection.query('CREATE TABLE item (id int)');
  });
});
afterEach(() => pool?.end({ timeout: 0 }));
afterAll(async () => {
  await tap.close();
  await database.drop();
});

async function once<T>(url: string, work: (connection: ConnectionLease) => Promise<T>): Promise<T> {
  const own = new ConnectionPool({ max: 1 });
  try {
    await using connection = await own.borrow({ url });
    return await work(connection);
  } finally {
    await own.end();
  }
}

/** A pool of one connection: whoever borrows next gets the session of the last one. */
function openPool(options: PoolOptions = {}): void {
  pool = new ConnectionPool({ max: 1, ...options });
}

async function visit<T>(work: (connection: ConnectionLease) => Promise<T>): Promise<T> {
  await using connection = await pool.borrow({ url: tap.url });
  return await work(connection);
}

const ask = (sql: string): Promise<unknown> =>
  visit(async (connection) => Object.values((await connection.query(sql)).rows[0] ?? {})[0]);

const sessionId = (): Promise<unknown> => visit((connection) => Promise.resolve(connection.processId));

describe('the next borrower of a session', () => {
  it.each([
    ['open transaction', ['BEGIN', 'INSERT INTO item VALUES (1)'], 'SELECT count(*)::int FROM item', 0],
    ['failed transaction', ['BEGIN', 'SELECT 1/0'], 'SELECT count(*)::int FROM item', 0],
    ['setting', ["SET work_mem = '12345kB'"], "SELECT current_setting('work_mem')", '4MB'],
    ['setting behind an open transaction', ["SET work_mem = '12345kB'", 'BEGIN'], 'SHOW work_mem', '4MB'],
    ['setting made by a function', ["SELECT set_config('work_mem', '12345kB', false)"], 'SHOW work_mem', '4MB'],
    ['search path', ['SET search_path TO pg_catalog'], 'SHOW search_path', '"$user", public'],
    ['role', ['SET ROLE hand_over_other'], 'SELECT current_user::text', 'postgres'],
    ['session user', ['SET SESSION AUTHORIZATION hand_over_other'], 'SELECT session_user::text', 'postgres'],
    [
      'isolation of its transactions',
      ['SET SESSION CHARACTERISTICS AS TRANSACTION ISOLATION LEVEL SERIALIZABLE'],
      'SHOW default_transaction_isolation',
      'read committed',
    ],
    ['ban on writing', ['SET default_transaction_read_only = on'], 'SHOW transaction_read_only', 'off'],
    ['time-out', ["SET statement_timeout = '1ms'"], 'SHOW statement_timeout', '0'],
    ['temporary table', ['CREATE TEMP TABLE kept (id int)'], "SELECT to_regclass('pg_temp.kept')", null],
    [
      'advisory lock',
      ['SELECT pg_advisory_lock(42)'],
      "SELECT count(*)::int FROM pg_locks WHERE locktype = 'advisory' AND pid = pg_backend_pid()",
      0,
    ],
    ['LISTEN', ['LISTEN news'], 'SELECT count(*)::int FROM pg_listening_channels()', 0],
    [
      'holdable cursor',
      ['DECLARE kept CURSOR WITH HOLD FOR SELECT 1'],
      'SELECT count(*)::int FROM pg_cursors WHERE is_holdable',
      0,
    ],
    [
      'name prepared by hand',
      ['PREPARE mine AS SELECT 1'],
      'SELECT count(*)::int FROM pg_prepared_statements WHERE from_sql',
      0,
    ],
    [
      'name prepared inside a block',
      ["DO $$ BEGIN EXECUTE 'PREPARE mine AS SELECT 1'; END $$"],
      'SELECT count(*)::int FROM pg_prepared_statements WHERE from_sql',
      0,
    ],
  ])('sees no %s of the last one', async (_, statements, question, answer) => {
    openPool();
    const before = await sessionId();
    await visit(async (connection) => {
      for (const statement of statements) await connection.query(statement).catch(() => undefined);
    });
    expect(await ask(question)).toEqual(answer);
    expect(await sessionId()).toBe(before);
  });

  it('gets another session while the last one’s query is still running, and that is stopped', async () => {
    openPool();
    const lease = await pool.borrow({ url: tap.url });
    const { processId } = lease;
    const sleeping = lease.query('SELECT pg_sleep(30)');
    pool.giveBack(lease);
    await expect(sleeping).rejects.toThrow();
    expect(await sessionId()).not.toBe(processId);
    await expect
      .poll(() => ask(`SELECT count(*)::int FROM pg_stat_activity WHERE pid = ${processId}`), { timeout: 5_000 })
      .toBe(0);
  });
});

describe('a reset', () => {
  const named = { text: 'SELECT 7 AS n', name: 'seven', origin: 'read', columns: [Number] } as const;

  it('keeps the names of statements that are ours', async () => {
    openPool();
    await visit((connection) => connection.send(named));
    await visit((connection) => connection.query('SET ROLE hand_over_other'));
    expect(await ask("SELECT count(*)::int FROM pg_prepared_statements WHERE name = 'seven'")).toBe(1);
    expect(await visit((connection) => connection.send(named))).toMatchObject({ rows: [[7]] });
  });

  it('knows again which names are ours when it had to drop them all', async () => {
    openPool();
    await visit((connection) => connection.send(named));
    await visit((connection) => connection.query('PREPARE seven_more AS SELECT 1'));
    expect(await visit((connection) => connection.send(named))).toMatchObject({ rows: [[7]] });
  });

  it('is one round trip, after the connection came back, if nobody borrows it', async () => {
    openPool();
    await visit((connection) => connection.send(named));
    tap.reset();
    await visit((connection) => connection.query('SET work_mem = 12345; CREATE TEMP TABLE kept (id int)'));
    await expect.poll(() => tap.writes()).toBe(2);
    await sessionId();
    expect(tap.writes()).toBe(2);
  });

  it('costs no round trip when somebody does: it travels with what begins the next transaction', async () => {
    openPool();
    await visit((connection) => connection.send(named, { before: ['BEGIN ISOLATION LEVEL READ COMMITTED'] }));
    await visit((connection) => connection.query('SET work_mem = 12345'));
    tap.reset();
    const [first, second, third] = await visit(async (connection) => {
      const sent = [
        connection.send(
          { ...named, text: 'SELECT 8 AS n', name: 'eight' },
          { before: ['BEGIN ISOLATION LEVEL READ COMMITTED'] },
        ),
        connection.send({ text: "SELECT current_setting('work_mem')", origin: 'read', columns: [null] }),
        connection.send({ text: 'COMMIT', origin: 'write', columns: [] }),
      ];
      return Promise.all(sent);
    });
    expect([first?.rows, second?.rows, third?.command]).toEqual([[[8]], [['4MB']], 'COMMIT']);
    // The COMMIT had to wait: until then nothing of this can be kept, should the reset fail.
    expect(tap.writes()).toBe(2);
  });

  it('holds back what could not be undone, in order', async () => {
    openPool();
    await visit((connection) => connection.query('SET work_mem = 12345'));
    const answers = await visit((connection) =>
      Promise.all(['SHOW work_mem', 'SELECT 1 AS n', 'SELECT 2 AS n'].map((text) => connection.query(text))),
    );
    expect(answers.map(({ rows }) => rows[0])).toEqual([{ work_mem: '4MB' }, { n: 1 }, { n: 2 }]);
  });

  it('is not made after generated SQL, nor after SQL that surely leaves nothing', async () => {
    openPool();
    await visit((connection) => connection.send(named));
    tap.reset();
    await visit((connection) => connection.send(named));
    await visit((connection) => connection.query('SELECT count(*) FROM item WHERE id = $1', [1]));
    await sessionId();
    expect(tap.writes()).toBe(2);
  });

  it('can be left to transactions, or switched off, behind a pooler that does it', async () => {
    for (const reset of ['transaction', 'off'] as const) {
      openPool({ reset });
      const before = await sessionId();
      await visit((connection) => connection.query('SET work_mem = 12345'));
      expect(await ask('SHOW work_mem')).toBe('12345kB');
      await visit((connection) => connection.query('BEGIN; INSERT INTO item VALUES (1)'));
      expect(await ask('SELECT count(*)::int FROM item')).toBe(0);
      expect((await sessionId()) === before).toBe(reset === 'transaction');
      await pool.end();
    }
  });

  it('that fails costs the session, and nothing seen or done behind it counts', async () => {
    openPool();
    const begin = ['BEGIN ISOLATION LEVEL READ COMMITTED'];
    await visit((connection) => connection.send(named, { before: begin }));
    const before = await sessionId();
    await visit((connection) => connection.query("SELECT set_config('my.secret', 'of the last one', false)"));
    tap.garble('RESET ALL', 'RESET A?L');
    const behind = visit((connection) =>
      Promise.allSettled([
        connection.send(
          { text: "SELECT current_setting('my.secret')", origin: 'read', columns: [null] },
          { before: begin },
        ),
        connection.send({ text: 'INSERT INTO item VALUES (7)', origin: 'write', columns: [] }),
        connection.send({ text: 'COMMIT', origin: 'write', columns: [] }),
      ]),
    );
    for (const end of await behind) {
      expect(end).toMatchObject({ status: 'rejected', reason: expect.any(PoolConnectionLostError) as unknown });
    }
    expect(await sessionId()).not.toBe(before);
    expect(await ask('SELECT count(*)::int FROM item WHERE id = 7')).toBe(0);
  });

  it('that the connection does not survive costs who came for it nothing but another try', async () => {
    openPool();
    await visit((connection) => connection.query('SET work_mem = 12345'));
    tap.cutAt('RESET ALL', { deliver: false });
    await expect(ask('SHOW work_mem')).rejects.toBeInstanceOf(PoolConnectionLostError);
    expect(await ask('SHOW work_mem')).toBe('4MB');
  });
});

describe('without prepared statements', () => {
  it('no name is left in a session', async () => {
    openPool({ preparedStatements: false });
    const statement = { text: 'SELECT 7 AS n', name: 'seven', origin: 'read', columns: [Number] } as const;
    for (let round = 0; round < 2; round++) {
      expect(
        await visit((connection) => connection.send(statement, { before: ['BEGIN ISOLATION LEVEL REPEATABLE READ'] })),
      ).toMatchObject({
        rows: [[7]],
      });
      await visit((connection) => connection.send({ text: 'COMMIT', origin: 'write', columns: [] }));
    }
    expect(await ask('SELECT count(*)::int FROM pg_prepared_statements')).toBe(0);
  });
});

describe('a connection that comes back with statements that wait for its reset', () => {
  it('is destroyed: they must not run for the next borrower', async () => {
    openPool();
    await visit((connection) => connection.query('SET work_mem = 12345'));
    const lease = await pool.borrow({ url: tap.url });
    const { processId } = lease;
    const left = Promise.allSettled(['BEGIN', 'CREATE TABLE left_over (id int)'].map((text) => lease.query(text)));
    pool.giveBack(lease);
    for (const { status } of await left) expect(status).toBe('rejected');
    expect(await sessionId()).not.toBe(processId);
    expect(await ask("SELECT to_regclass('left_over')")).toBe(null);
  });
});
