import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { ConflictError, ConstraintViolationError } from '../../lib/errors/database-errors.js';
import { Cursor, type Isolation } from '../../lib/cursor/cursor.js';
import { retryOnConflict } from '../../lib/cursor/retry.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let pool: ConnectionPool;

beforeAll(async () => {
  database = await createTestDatabase('retry');
  pool = new ConnectionPool();
  await run(async (cursor) => {
    await cursor.execute('CREATE TABLE counters (id int PRIMARY KEY, n int NOT NULL, CHECK (n < 1000))');
  });
});
beforeEach(() =>
  run(async (cursor) => {
    await cursor.execute('TRUNCATE counters');
    await cursor.execute('INSERT INTO counters VALUES (1, 0), (2, 0)');
  }),
);
afterAll(async () => {
  await pool.end({ timeout: 0 });
  await database.drop();
});

async function run<T>(work: (cursor: Cursor) => Promise<T>, isolation: Isolation = 'repeatable read'): Promise<T> {
  await using cursor = new Cursor({ pool, target: { url: database.url }, isolation });
  const result = await work(cursor);
  await cursor.commit();
  return result;
}

async function increment(cursor: Cursor, id: number): Promise<void> {
  const [row] = await cursor.execute('SELECT n FROM counters WHERE id = $1', [id]);
  await cursor.execute('UPDATE counters SET n = $2 WHERE id = $1', [id, (row?.['n'] as number) + 1]);
}

const total = (): Promise<unknown> =>
  run(async (cursor) => (await cursor.execute('SELECT sum(n)::int AS n FROM counters'))[0]?.['n']);

describe('a retried unit of work', () => {
  it('loses no update, however many run at once', async () => {
    const attempts: number[] = [];
    let readers = 0;
    let goOn = (): void => undefined;
    const allHaveRead = new Promise<void>((resolve) => (goOn = resolve));
    await Promise.all(
      Array.from({ length: 12 }, () =>
        retryOnConflict(
          (attempt) => {
            attempts.push(attempt);
            return run(async (cursor) => {
              await cursor.execute('SELECT 1');
              if (++readers === 12) goOn();
              await allHaveRead;
              await increment(cursor, 1);
            });
          },
          { within: 20_000 },
        ),
      ),
    );
    expect(await total()).toBe(12);
    expect(Math.max(...attempts)).toBeGreaterThan(1);
    expect(pool.stats().borrowed).toBe(0);
  });

  it('runs again after a deadlock, and after a conflict that only COMMIT finds', async () => {
    const crossed = (first: number, second: number): Promise<number> =>
      retryOnConflict(
        (attempt) =>
          run(async (cursor) => {
            await cursor.execute('UPDATE counters SET n = n + 1 WHERE id = $1', [first]);
            await new Promise((resolve) => setTimeout(resolve, 50));
            await cursor.execute('UPDATE counters SET n = n + 1 WHERE id = $1', [second]);
            return attempt;
          }, 'read committed'),
        { within: 10_000 },
      );
    const attempts = await Promise.all([crossed(1, 2), crossed(2, 1)]);
    expect(Math.max(...attempts)).toBeGreaterThan(1);
    const skewed = (id: number): Promise<number> =>
      retryOnConflict(
        (attempt) =>
          run(async (cursor) => {
            await cursor.execute('SELECT sum(n) FROM counters');
            await new Promise((resolve) => setTimeout(resolve, 20));
            await cursor.execute('UPDATE counters SET n = n + 1 WHERE id = $1', [id]);
            await new Promise((resolve) => setTimeout(resolve, 20));
            return attempt;
          }, 'serializable'),
        { within: 10_000 },
      );
    expect(Math.max(...(await Promise.all([skewed(1), skewed(2)])))).toBeGreaterThan(1);
    expect(await total()).toBe(6);
  });

  it('ends with a ConflictError that tells attempts and cause when its time is over', async () => {
    let clockMs = 0;
    const waits: number[] = [];
    const failed = retryOnConflict(
      () =>
        run(async (cursor) => {
          await cursor.execute('SELECT 1 FROM counters');
          await run((other) => increment(other, 1));
          await increment(cursor, 1);
        }),
      {
        within: 600,
        random: () => 0.9,
        now: () => clockMs,
        sleep: (ms) => {
          waits.push(ms);
          clockMs += ms;
          return Promise.resolve();
        },
      },
    );
    await expect(failed).rejects.toMatchObject({ code: 'CONFLICT', attempts: 3, cause: { code: 'SERIALIZATION' } });
    await expect(failed).rejects.toBeInstanceOf(ConflictError);
    expect(waits).toEqual([225, 225]);
  });

  it('is not run again after anything else', async () => {
    let attempts = 0;
    const failed = retryOnConflict(
      () => {
        attempts++;
        return run((cursor) => cursor.execute('UPDATE counters SET n = 1000'));
      },
      { within: 5_000 },
    );
    await expect(failed).rejects.toBeInstanceOf(ConstraintViolationError);
    expect(attempts).toBe(1);
  });

  it('runs again when a table changed under its prepared statement', async () => {
    const statement = { text: 'SELECT * FROM counters ORDER BY id', name: 'counters', origin: 'read' } as const;
    const read = (cursor: Cursor): Promise<unknown> => cursor.send(statement);
    await run(read);
    await run((cursor) => cursor.execute('ALTER TABLE counters ADD note text'));
    // The reset after raw SQL forgets names; a session that kept its own does not.
    await run(read);
    await pool.borrow({ url: database.url }).then(async (reader) => {
      await using changer = await pool.borrow({ url: database.url });
      await changer.query('ALTER TABLE counters DROP note');
      pool.giveBack(reader);
    });
    expect(await retryOnConflict(() => run(read), { within: 5_000 })).toMatchObject({ rowCount: 2 });
  });

  it('stops waiting when its signal is aborted', async () => {
    const controller = new AbortController();
    const failed = retryOnConflict(
      async () => {
        controller.abort(new Error('gone'));
        await run(async (cursor) => {
          await cursor.execute('SELECT 1 FROM counters');
          await run((other) => increment(other, 1));
          await increment(cursor, 1);
        });
      },
      { within: 60_000, signal: controller.signal, random: () => 0.99 },
    );
    await expect(failed).rejects.toThrow('gone');
  });
});
