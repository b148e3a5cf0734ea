import { afterEach, describe, expect, it } from 'vitest';
import { DatabaseError } from '../../lib/errors/database-errors.js';
import { UsageError } from '../../lib/errors/use-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { serverUrl } from '../support/database.js';

const target = { url: serverUrl() };
let pool: ConnectionPool | undefined;

afterEach(() => pool?.end({ timeout: 0 }));

describe('a statement that the server cannot take', () => {
  it.each([
    ['too many values', 'SELECT $1::int', [1, 2]],
    ['too few values', 'SELECT $1::int, $2::int', [1]],
    ['values for no text at all', '', [1]],
    ['a NUL in its text', 'SELECT 1\0', undefined],
  ] as const)('is no lost connection: %s', async (_, text, values) => {
    pool = new ConnectionPool({ max: 1 });
    const lease = await pool.borrow(target);
    const { processId } = lease;
    const failed = await lease.query(text, values).catch((error: unknown) => error);
    expect(failed).toBeInstanceOf(DatabaseError);
    expect(failed).toMatchObject({ sqlState: '08P01' });
    expect((await lease.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
    pool.giveBack(lease);
    await using next = await pool.borrow(target);
    expect(next.processId).toBe(processId);
  });

  it('is refused before it is sent when it has more values than the protocol can count', async () => {
    pool = new ConnectionPool({ max: 1 });
    await using lease = await pool.borrow(target);
    const values = Array.from({ length: 65_536 }, () => 1);
    await expect(lease.query('SELECT $1::int', values)).rejects.toBeInstanceOf(UsageError);
    const most = Array.from({ length: 65_535 }, (_, index) => index);
    const text = `SELECT cardinality(ARRAY[${most.map((index) => `$${index + 1}::int`).join()}]) AS many`;
    expect((await lease.query(text, most)).rows).toEqual([{ many: 65_535 }]);
  });

  it('ends, whatever it is', async () => {
    pool = new ConnectionPool({ max: 1 });
    await using lease = await pool.borrow(target);
    expect(await lease.query('')).toEqual({ rows: [], rowCount: 0, command: '' });
    expect(await lease.query('COPY pg_am TO STDOUT')).toMatchObject({ rows: [], command: 'COPY' });
    await expect(lease.query('SELECT $1::int; SELECT 2', [1])).rejects.toMatchObject({ sqlState: '42601' });
    // What is sent behind a COPY that expects data is taken for data, and costs the session.
    await lease.query('CREATE TEMP TABLE kept (id int)');
    const ends = await Promise.allSettled([lease.query('COPY kept FROM STDIN'), lease.query('SELECT 1')]);
    expect(ends.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    expect(lease.isUsable).toBe(false);
  });
});

describe('a request for a connection', () => {
  it.each([Number.NaN, -1, '50', null])('is refused with a time-out of %s', async (timeout) => {
    pool = new ConnectionPool({ max: 1 });
    await expect(pool.borrow(target, { timeout: timeout as number })).rejects.toBeInstanceOf(UsageError);
    pool.giveBack(await pool.borrow(target, { timeout: Number.POSITIVE_INFINITY }));
  });

  it('is refused with a NUL, which would end the name and begin another setting of the session', async () => {
    pool = new ConnectionPool({ max: 1 });
    const crooked = [
      { url: `${target.url}%00user%00somebody` },
      { host: '127.0.0.1', user: 'postgres', database: 'postgres\0user\0somebody' },
      { host: '127.0.0.1', user: 'postgres\0options\0-c role=somebody', database: 'postgres' },
    ];
    for (const one of crooked) {
      await expect(pool.borrow(one)).rejects.toMatchObject({
        code: 'POOL_CONNECT',
        message: 'The connection target cannot be read.',
      });
    }
    expect(pool.stats()).toMatchObject({ total: 0, targets: [] });
  });

  it('of thousands may share one signal', async () => {
    pool = new ConnectionPool({ max: 1 });
    const lease = await pool.borrow(target);
    const abort = new AbortController();
    let startMs = performance.now();
    const waiting = Array.from({ length: 10_000 }, () => pool!.borrow(target, { signal: abort.signal }));
    // Were each to look along all the others, it would be many seconds.
    expect(performance.now() - startMs).toBeLessThan(1_000);
    startMs = performance.now();
    abort.abort(new Error('all of them'));
    const ends = await Promise.allSettled(waiting);
    expect(performance.now() - startMs).toBeLessThan(1_000);
    expect(ends.every((end) => end.status === 'rejected' && (end.reason as Error).message === 'all of them')).toBe(
      true,
    );
    pool.giveBack(lease);
    expect(pool.stats()).toMatchObject({ waiting: 0, idle: 1 });
  });
});

describe('time-outs that the server keeps', () => {
  it.each([Number.POSITIVE_INFINITY, 3e9, Number.NaN])('cannot be %s: it would let nobody in', (statementTimeout) => {
    expect(() => new ConnectionPool({ statementTimeout })).toThrow(UsageError);
  });
});
