import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { TransactionEndedError, UsageError } from '../../lib/errors/use-errors.js';
import { Cursor, type CursorOptions } from '../../lib/cursor/cursor.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { sql } from '../../lib/sql/sql.js';
import { Decimal } from '../../lib/util/decimal.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { openWireTap, type WireTap } from './wire-tap.js';

let database: TestDatabase;
let tap: WireTap;
let pool: ConnectionPool;

beforeAll(async () => {
  database = await createTestDatabase('cursor');
  tap = await openWireTap(database.url);
  pool = new ConnectionPool();
  await onServer('CREATE TABLE notes (id int PRIMARY KEY, text varchar(20))');
  await onServer('CREATE TABLE ranked (id int, UNIQUE (id) DEFERRABLE INITIALLY DEFERRED)');
});
beforeEach(() => onServer('TRUNCATE notes, ranked'));
afterEach(() => expect.poll(() => pool.stats().borrowed).toBe(0));
afterAll(async () => {
  await pool.end({ timeout: 0 });
  await tap.close();
  await database.drop();
});

function open(options: Partial<CursorOptions> = {}): Cursor {
  return new Cursor({ pool, target: { url: database.url }, ...options });
}

async function onServer(text: string, values: readonly unknown[] = []): Promise<Record<string, unknown>[]> {
  await using connection = await pool.borrow({ url: database.url });
  return (await connection.query(text, values)).rows;
}

const ids = async (): Promise<unknown[]> =>
  (await onServer('SELECT id FROM notes ORDER BY id')).map((row) => row['id']);
const insert = (cursor: Cursor, id: number): Promise<unknown> =>
  cursor.send({ text: 'INSERT INTO notes VALUES ($1)', values: [id], origin: 'write' });

describe('a cursor', () => {
  it('borrows and begins with its first statement, in one write, REPEATABLE READ by default', async () => {
    await using cursor = open({ target: { url: tap.url } });
    expect(pool.stats().borrowed).toBe(0);
    await cursor.execute('SELECT 1');
    await cursor.rollback();
    await pool.borrow({ url: tap.url }).then((lease) => pool.giveBack(lease));
    tap.reset();
    const rows = await cursor.execute("SELECT current_setting('transaction_isolation') AS level, $1::int AS n", [7]);
    expect(rows).toEqual([{ level: 'repeatable read', n: 7 }]);
    expect(tap.writes()).toBe(1);
    expect(cursor.stats()).toMatchObject({ statements: 2, roundTrips: 2, rows: 2 });
    await cursor.commit();
    expect(tap.writes()).toBe(2);
    expect(cursor.stats()).toMatchObject({ statements: 2, roundTrips: 3 });
  });

  it('gives rows for a fragment, for text with values, and with the types of the package', async () => {
    await using cursor = open();
    expect(await cursor.execute(sql`SELECT ${1}::int8 AS a, ${'1.10'}::numeric AS b`)).toEqual([
      { a: 1n, b: new Decimal('1.10') },
    ]);
    expect(await cursor.execute('SELECT 1 AS a; SELECT 2 AS b')).toEqual([{ b: 2 }]);
  });
  it('gives decimals whose sums keep every digit, whatever the application does to its own', async () => {
    await using cursor = open();
    const [row] = await cursor.execute('SELECT 1234567890123456789012345.25 AS sum');
    expect((row?.['sum'] as Decimal).plus('0.25').toFixed()).toBe('1234567890123456789012345.5');
    expect(String(row?.['sum'])).toBe('1234567890123456789012345.25');
  });

  it('refuses values that are not an array before any SQL', async () => {
    await using cursor = open();
    await expect(cursor.execute('SELECT $1', 7 as never)).rejects.toBeInstanceOf(UsageError);
    await expect(cursor.execute(sql`SELECT 1`, [7])).rejects.toBeInstanceOf(UsageError);
    await expect(cursor.execute('SELECT $1', [() => 1])).rejects.toBeInstanceOf(UsageError);
    expect(await cursor.execute('SELECT 1 AS one')).toEqual([{ one: 1 }]);
    expect(cursor.stats().statements).toBe(1);
  });

  it('keeps statements that were sent together in order, in one round trip', async () => {
    await using cursor = open();
    const rows = await Promise.all(
      [1, 2, 3].map((n) => cursor.send({ text: `SELECT ${n}`, origin: 'read', columns: [Number] })),
    );
    expect(rows.map((result) => result.rows)).toEqual([[[1]], [[2]], [[3]]]);
    expect(cursor.stats()).toMatchObject({ statements: 3, roundTrips: 1 });
    await cursor.commit();
  });

  it('rolls back and gives back when it leaves its scope, and refuses use after close; closing twice is harmless', async () => {
    const cursor = open();
    await insert(cursor, 1);
    await Promise.all([cursor.close(), cursor.close()]);
    expect(cursor.state).toBe('closed');
    await expect(cursor.execute('SELECT 1')).rejects.toBeInstanceOf(TransactionEndedError);
    await expect(cursor.commit()).rejects.toBeInstanceOf(TransactionEndedError);
    await cursor.rollback();
    expect(await ids()).toEqual([]);
  });

  it('begins anew after a commit', async () => {
    await using cursor = open();
    await insert(cursor, 1);
    await cursor.commit();
    expect(cursor.state).toBe('committed');
    await insert(cursor, 2);
    await cursor.rollback();
    expect(cursor.state).toBe('rolled back');
    await insert(cursor, 3);
    await cursor.commit();
    expect(await ids()).toEqual([1, 3]);
  });

  it('leaves a clean connection when its first statement fails', async () => {
    const cursor = open();
    await expect(cursor.execute('SELEC')).rejects.toMatchObject({ code: 'DATABASE', sqlState: '42601' });
    await expect(cursor.send({ text: 'SELECT 1/0', origin: 'read' })).rejects.toMatchObject({
      code: 'TRANSACTION_ABORTED',
      cause: { sqlState: '42601' },
    });
    await cursor.close();
    await using connection = await pool.borrow({ url: database.url });
    expect(connection.transactionStatus).toBe('I');
  });

  it('never shows SQL, values or data in a message', async () => {
    await using cursor = open();
    await cursor.execute('INSERT INTO notes VALUES ($1, $2)', [1, 'secret']);
    const error = await cursor
      .execute('INSERT INTO notes VALUES ($1, $2)', [1, 'secret'])
      .catch((e: unknown) => e as Error);
    expect(error).toMatchObject({
      code: 'CONSTRAINT_VIOLATION',
      kind: 'unique',
      sqlState: '23505',
      constraint: 'notes_pkey',
      table: 'notes',
    });
    expect((error as Error).message).not.toMatch(/secret|INSERT|\(1\)/);
  });
});

describe('a failed statement', () => {
  it('is the cause of all that follow, in the pipeline and after', async () => {
    await using cursor = open();
    const sent = [insert(cursor, 1), insert(cursor, 1), insert(cursor, 2), insert(cursor, 3)];
    const outcomes = await Promise.allSettled(sent);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'rejected', 'rejected']);
    for (const outcome of outcomes.slice(2)) {
      expect(outcome).toMatchObject({
        reason: { code: 'TRANSACTION_ABORTED', cause: { code: 'CONSTRAINT_VIOLATION' } },
      });
    }
    await expect(cursor.commit()).rejects.toMatchObject({
      code: 'TRANSACTION_ABORTED',
      cause: { constraint: 'notes_pkey' },
    });
    expect(cursor.state).toBe('rolled back');
    expect(await ids()).toEqual([]);
    expect(cursor.stats()).toMatchObject({ statements: 4, failed: 3 });
  });

  it('makes a commit that was sent behind it fail: COMMIT answered by ROLLBACK is no success', async () => {
    await using cursor = open();
    await insert(cursor, 1);
    const failing = insert(cursor, 1);
    const commit = cursor.commit();
    await expect(commit).rejects.toMatchObject({
      code: 'TRANSACTION_ABORTED',
      cause: { code: 'CONSTRAINT_VIOLATION' },
    });
    await expect(failing).rejects.toMatchObject({ code: 'CONSTRAINT_VIOLATION' });
    expect(await ids()).toEqual([]);
  });

  it('is told when COMMIT itself refuses: a deferred constraint', async () => {
    await using cursor = open();
    await cursor.execute('INSERT INTO ranked VALUES (1), (1)');
    await expect(cursor.commit()).rejects.toMatchObject({ code: 'CONSTRAINT_VIOLATION', kind: 'unique' });
    expect(cursor.state).toBe('rolled back');
  });

  it('may be one that nobody awaits', async () => {
    const cursor = open();
    void insert(cursor, 1);
    void insert(cursor, 1);
    void cursor.execute('SELECT 1').catch(() => undefined);
    await cursor.close();
    expect(pool.stats().borrowed).toBe(0);
  });
});

describe('a commit', () => {
  it('is not waited for after nothing but own SELECTs, and travels with what the session is asked next', async () => {
    const target = { url: tap.url };
    await using first = open({ target });
    await read(first);
    tap.reset();
    await first.commit();
    expect([first.state, pool.stats().borrowed]).toEqual(['committed', 0]);
    await using second = open({ target });
    await read(second);
    expect(tap.writes()).toBe(1);
    expect(await second.execute('SELECT pg_current_xact_id_if_assigned() AS written')).toEqual([{ written: null }]);
  });

  it('leaves soon by itself when the session is asked nothing, idle or lent', async () => {
    const target = { url: `${database.url}?application_name=late` };
    const inTransaction = async (): Promise<unknown> => {
      await using cursor = open();
      const text = "SELECT count(*)::int FROM pg_stat_activity WHERE application_name = 'late' AND state <> 'idle'";
      const [row] = await cursor.execute(text);
      return row?.['count'];
    };
    for (const isLent of [false, true]) {
      await using cursor = open({ target });
      await read(cursor);
      expect(await inTransaction()).toBe(1);
      await cursor.commit();
      const lease = isLent ? await pool.borrow(target) : undefined;
      expect(lease?.transactionStatus ?? 'I').toBe('I');
      await expect.poll(inTransaction).toBe(0);
      if (lease !== undefined) pool.giveBack(lease);
    }
  });

  it('that has yet to leave keeps its own write before a statement that bears no company', async () => {
    await using cursor = open();
    await read(cursor);
    await cursor.commit();
    await using lease = await pool.borrow({ url: database.url });
    await lease.query('VACUUM notes');
    expect(lease.transactionStatus).toBe('I');
  });

  it.each([
    ['raw SQL', {}, (cursor: Cursor) => cursor.execute('SELECT 1')],
    ['a write', {}, (cursor: Cursor) => insert(cursor, 1)],
    ['a read under SERIALIZABLE', { isolation: 'serializable' }, read],
    ['a read with a hook', {}, async (cursor: Cursor) => (cursor.beforeCommit(() => undefined), read(cursor))],
  ] as const)('is waited for after %s', async (_, options, work) => {
    const cursor = open(options);
    await work(cursor);
    await cursor.commit();
    expect(pool.stats().borrowed).toBe(0);
  });

  it('in a read-only transaction never writes', async () => {
    await using cursor = open({ readOnly: true });
    await expect(insert(cursor, 1)).rejects.toMatchObject({ code: 'READ_ONLY_TRANSACTION' });
    expect(cursor.stats().statements).toBe(0);
    await expect(cursor.execute('INSERT INTO notes VALUES (1)')).rejects.toMatchObject({
      code: 'READ_ONLY_TRANSACTION',
      sqlState: '25006',
    });
    await cursor.rollback();
    await read(cursor);
    await expect(cursor.execute("SELECT current_setting('transaction_read_only') AS only")).resolves.toEqual([
      { only: 'on' },
    ]);
  });

  it('sends nothing when nothing was borrowed', async () => {
    await using cursor = open();
    const ran: string[] = [];
    cursor.afterCommit(() => void ran.push('after'));
    await cursor.commit();
    expect([ran, cursor.stats().roundTrips]).toEqual([['after'], 0]);
  });
});

function read(cursor: Cursor): Promise<unknown> {
  return cursor.send({ text: 'SELECT 1', origin: 'read', columns: [Number] });
}

describe('hooks', () => {
  it('run flush → beforeCommit → flush → COMMIT → afterCommit, each once, in order, and may add hooks', async () => {
    const ran: string[] = [];
    const cursor = open();
    cursor.attach({
      isIdle: false,
      flush: async () => void ran.push('flush'),
      mark: () => undefined,
      undo: () => undefined,
      release: () => undefined,
      committed: () => ran.push('committed'),
      clear: () => ran.push('clear'),
    });
    cursor.beforeCommit(async () => {
      ran.push('before');
      await insert(cursor, 1);
      cursor.beforeCommit(() => void ran.push('before, added'));
    });
    cursor.afterCommit(async () => {
      ran.push(`after, stored ${(await ids()).length}`);
      cursor.afterCommit(() => void ran.push('after, added'));
    });
    cursor.afterRollback(() => void ran.push('never'));
    await cursor.commit();
    expect(ran).toEqual(['flush', 'before', 'before, added', 'flush', 'committed', 'after, stored 1', 'after, added']);
    await cursor.commit();
    expect(ran.slice(7)).toEqual(['flush', 'committed']);
    await cursor.close();
  });

  it('of afterCommit are reported when they fail, the others still run, the commit stays a success', async () => {
    const reported: unknown[] = [];
    const ran: string[] = [];
    await using cursor = open({ report: (error) => reported.push(error) });
    const failure = new Error('mail');
    cursor.afterCommit(() => Promise.reject(failure));
    cursor.afterCommit(() => void ran.push('second'));
    await cursor.commit();
    expect([reported, ran, cursor.state]).toEqual([[failure], ['second'], 'committed']);
  });

  it('of beforeCommit roll back when they fail', async () => {
    const ran: string[] = [];
    await using cursor = open();
    await insert(cursor, 1);
    cursor.beforeCommit(() => Promise.reject(new Error('no')));
    cursor.afterCommit(() => void ran.push('committed'));
    cursor.afterRollback(() => void ran.push('rolled back'));
    await expect(cursor.commit()).rejects.toThrow('no');
    expect([ran, cursor.state, await ids()]).toEqual([['rolled back'], 'rolled back', []]);
  });

  it('cannot commit themselves', async () => {
    await using cursor = open();
    cursor.beforeCommit(() => cursor.commit());
    await expect(cursor.commit()).rejects.toBeInstanceOf(UsageError);
  });

  it('of a rolled back savepoint never run, those of its surroundings do', async () => {
    const ran: string[] = [];
    await using cursor = open();
    await cursor
      .savepoint(async () => {
        cursor.afterCommit(() => void ran.push('inner'));
        await insert(cursor, 1);
        throw new Error('undo');
      })
      .catch(() => cursor.afterCommit(() => void ran.push('outer')));
    await cursor.commit();
    expect(ran).toEqual(['outer']);
  });

  it('of afterRollback run on rollback and on close', async () => {
    const ran: string[] = [];
    const cursor = open();
    cursor.afterRollback(() => void ran.push('one'));
    await cursor.rollback();
    cursor.afterRollback(() => void ran.push('two'));
    await insert(cursor, 1);
    await cursor.close();
    expect(ran).toEqual(['one', 'two']);
  });
});

describe('a lost connection', () => {
  const kill = (pid: unknown): Promise<unknown> => onServer('SELECT pg_terminate_backend($1, 5000)', [pid]);

  it('before COMMIT is told as lost, which may be retried', async () => {
    await using cursor = open();
    const [row] = await cursor.execute('SELECT pg_backend_pid() AS pid');
    await kill(row?.['pid']);
    await expect(cursor.execute('SELECT 1')).rejects.toMatchObject({ code: 'POOL_CONNECTION_LOST' });
    await expect(cursor.commit()).rejects.toMatchObject({ code: 'POOL_CONNECTION_LOST' });
  });

  it('between a statement and COMMIT leaves no doubt either, once it is known', async () => {
    await using cursor = open();
    const [row] = await cursor.execute('SELECT pg_backend_pid() AS pid');
    await kill(row?.['pid']);
    await expect.poll(() => pool.stats().borrowed).toBe(0);
    await expect(cursor.commit()).rejects.toMatchObject({ code: 'POOL_CONNECTION_LOST' });
  });

  it.each([true, false])('in COMMIT has an unknown outcome (COMMIT delivered: %s)', async (deliver) => {
    const ran: string[] = [];
    await using cursor = open({ target: { url: tap.url } });
    cursor.afterCommit(() => void ran.push('committed'));
    cursor.afterRollback(() => void ran.push('rolled back'));
    await insert(cursor, 1);
    tap.cutAt('COMMIT', { deliver });
    await expect(cursor.commit()).rejects.toMatchObject({ code: 'COMMIT_OUTCOME_UNKNOWN' });
    expect([cursor.state, ran]).toEqual(['outcome unknown', []]);
    await expect.poll(ids).toEqual(deliver ? [1] : []);
  });

  it('before a COMMIT that nobody waits for costs nobody anything', async () => {
    const target = { url: tap.url };
    await using cursor = open({ target });
    await read(cursor);
    tap.cutAt('COMMIT', { deliver: false });
    await cursor.commit();
    await expect
      .poll(() => pool.stats().targets.find((one) => one.target.endsWith(new URL(tap.url).port)))
      .toBe(undefined);
    await using next = open({ target });
    await read(next);
  });
});

describe('a signal', () => {
  it('stops the statement on the server and fails the transaction', async () => {
    await using cursor = open();
    const controller = new AbortController();
    setTimeout(() => controller.abort(new Error('enough')), 20);
    await expect(cursor.execute('SELECT pg_sleep(30)', [], { signal: controller.signal })).rejects.toThrow('enough');
    await expect(cursor.execute('SELECT 1')).rejects.toMatchObject({
      code: 'TRANSACTION_ABORTED',
      cause: { message: 'enough' },
    });
    await cursor.rollback();
    await expect
      .poll(() =>
        onServer("SELECT 1 FROM pg_stat_activity WHERE query LIKE '%pg_sleep(30)%' AND pid <> pg_backend_pid()"),
      )
      .toEqual([]);
  });

  it('of the cursor refuses what comes after it', async () => {
    const controller = new AbortController();
    await using cursor = open({ signal: controller.signal });
    await read(cursor);
    controller.abort(new Error('gone'));
    await expect(read(cursor)).rejects.toThrow('gone');
  });

  it('is not needed for a rollback to stop what still runs', async () => {
    const cursor = open();
    await read(cursor);
    const sleeping = cursor.execute('SELECT pg_sleep(30)').catch((error: unknown) => error);
    await cursor.close();
    expect(await sleeping).toBeInstanceOf(Error);
  }, 5_000);
});
