import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { Cursor } from '../../lib/cursor/cursor.js';
import type { PendingWork } from '../../lib/cursor/pending-work.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

let database: TestDatabase;
let pool: ConnectionPool;
let cursor: Cursor;

beforeAll(async () => {
  database = await createTestDatabase('savepoint');
  pool = new ConnectionPool();
  await using connection = await pool.borrow({ url: database.url });
  await connection.query('CREATE TABLE notes (id int PRIMARY KEY)');
});
beforeEach(async () => {
  await using connection = await pool.borrow({ url: database.url });
  await connection.query('TRUNCATE notes');
  cursor = new Cursor({ pool, target: { url: database.url } });
});
afterEach(async () => {
  await cursor.close();
  expect(pool.stats().borrowed).toBe(0);
});
afterAll(async () => {
  await pool.end({ timeout: 0 });
  await database.drop();
});

const insert = (id: number): Promise<unknown> =>
  cursor.send({ text: 'INSERT INTO notes VALUES ($1)', values: [id], origin: 'write' });
const ids = async (): Promise<unknown[]> =>
  (await cursor.send({ text: 'SELECT id FROM notes ORDER BY id', origin: 'read', columns: [Number] })).rows.map(
    (row) => (row as unknown[])[0],
  );
const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

class Notes implements PendingWork {
  readonly isIdle = false;
  readonly ran: string[] = [];
  flush(): Promise<void> {
    this.ran.push('flush');
    return Promise.resolve();
  }
  mark(): unknown {
    this.ran.push('mark');
    return 'here';
  }
  undo(mark: unknown): void {
    this.ran.push(`undo ${String(mark)}`);
  }
  release(mark: unknown): void {
    this.ran.push(`release ${String(mark)}`);
  }
  committed(): void {
    this.ran.push('committed');
  }
  clear(): void {
    this.ran.push('clear');
  }
}

describe('a savepoint', () => {
  it('passes its result through and keeps what it did', async () => {
    expect(await cursor.savepoint(async () => (await insert(1), 'done'))).toBe('done');
    await cursor.commit();
    expect(await ids()).toEqual([1]);
  });

  it('undoes what it did alone when it fails, and passes the error through', async () => {
    await insert(1);
    const failure = new Error('no');
    await expect(cursor.savepoint(async () => (await insert(2), Promise.reject(failure)))).rejects.toBe(failure);
    await insert(3);
    expect(await ids()).toEqual([1, 3]);
  });

  it('makes the transaction usable again after a refused statement', async () => {
    await insert(1);
    await expect(cursor.savepoint(() => insert(1))).rejects.toMatchObject({ code: 'CONSTRAINT_VIOLATION' });
    expect(await ids()).toEqual([1]);
    await cursor.commit();
  });

  it('fails when its body swallowed the error of a statement', async () => {
    await insert(1);
    await expect(cursor.savepoint(() => insert(1).catch(() => 'swallowed'))).rejects.toMatchObject({
      code: 'CONSTRAINT_VIOLATION',
    });
    expect(await ids()).toEqual([1]);
  });

  it('fails when a statement that it did not await fails', async () => {
    await insert(1);
    const saved = cursor.savepoint(async () => {
      void insert(1);
      return Promise.resolve();
    });
    await expect(saved).rejects.toMatchObject({ code: 'CONSTRAINT_VIOLATION' });
    expect(await ids()).toEqual([1]);
  });

  it('sends nothing without a statement inside, and costs no round trip with one', async () => {
    await insert(1);
    await cursor.savepoint(() => Promise.resolve());
    await cursor.savepoint(() => Promise.reject(new Error('no'))).catch(() => undefined);
    expect(cursor.stats()).toMatchObject({ statements: 1, roundTrips: 1 });
    await cursor.savepoint(() => insert(2));
    await cursor.savepoint(() => insert(3));
    expect(cursor.stats()).toMatchObject({ statements: 3, roundTrips: 3 });
    await cursor.commit();
    expect(cursor.stats()).toMatchObject({ roundTrips: 4 });
  });

  it('nests, each part undone alone', async () => {
    await cursor.savepoint(async () => {
      await insert(1);
      await cursor.savepoint(() => insert(2));
      await cursor.savepoint(async () => (await insert(3), Promise.reject(new Error('no')))).catch(() => undefined);
      await insert(4);
    });
    await cursor
      .savepoint(async () => {
        await cursor.savepoint(() => insert(5));
        throw new Error('no');
      })
      .catch(() => undefined);
    await cursor.commit();
    expect(await ids()).toEqual([1, 2, 4]);
  });

  it('flushes, marks, runs, flushes and releases; or undoes to its mark', async () => {
    const notes = new Notes();
    cursor.attach(notes);
    await cursor.savepoint(() => Promise.resolve(notes.ran.push('body')));
    expect(notes.ran.splice(0)).toEqual(['flush', 'mark', 'body', 'flush', 'release here']);
    await cursor.savepoint(() => Promise.reject(new Error('no'))).catch(() => undefined);
    expect(notes.ran.splice(0)).toEqual(['flush', 'mark', 'undo here']);
    await cursor.rollback();
    expect(notes.ran).toEqual(['clear']);
  });

  it('counts a failing flush at its end as its own failure', async () => {
    const notes = new Notes();
    let flushes = 0;
    notes.flush = () => (++flushes === 2 ? insert(1).then(() => undefined) : Promise.resolve());
    await insert(1);
    cursor.attach(notes);
    await expect(cursor.savepoint(() => insert(2))).rejects.toMatchObject({ code: 'CONSTRAINT_VIOLATION' });
    expect(notes.ran).toEqual(['mark', 'undo here']);
    expect(await ids()).toEqual([1]);
  });
});

describe('operations around a savepoint', () => {
  it('from outside wait until it ends, and are not undone with it', async () => {
    const order: string[] = [];
    const saved = cursor.savepoint(async () => {
      await insert(1);
      await pause(20);
      order.push('inside');
      throw new Error('no');
    });
    await pause(5);
    const outside = insert(2).then(() => order.push('outside'));
    await expect(saved).rejects.toThrow('no');
    await outside;
    expect(order).toEqual(['inside', 'outside']);
    expect(await ids()).toEqual([2]);
  });

  it('queue when several savepoints are started together', async () => {
    const order: string[] = [];
    const run = (number: number): Promise<unknown> =>
      cursor.savepoint(async () => {
        order.push(`+${number}`);
        await insert(number);
        await pause(2);
        order.push(`-${number}`);
        if (number === 2) throw new Error('no');
      });
    const outcomes = await Promise.allSettled([run(1), run(2), run(3)]);
    expect(outcomes.map((outcome) => outcome.status)).toEqual(['fulfilled', 'rejected', 'fulfilled']);
    expect(order).toEqual(['+1', '-1', '+2', '-2', '+3', '-3']);
    expect(await ids()).toEqual([1, 3]);
  });

  it('inside its own body nest, also started together, and do not deadlock', async () => {
    await cursor.savepoint(async () => {
      await Promise.all([1, 2, 3].map((id) => cursor.savepoint(() => insert(id))));
    });
    expect(await ids()).toEqual([1, 2, 3]);
  });

  it('wait for it with a commit, too, and refuse one inside', async () => {
    const saved = cursor.savepoint(async () => {
      await insert(1);
      await pause(10);
      await expect(cursor.commit()).rejects.toMatchObject({ code: 'USAGE' });
    });
    await pause(2);
    await cursor.commit();
    await saved;
    expect(await ids()).toEqual([1]);
  });

  it('are refused when the whole transaction is rolled back meanwhile', async () => {
    const saved = cursor.savepoint(async () => {
      await insert(1);
      await pause(20);
      await insert(2);
    });
    await pause(5);
    const outside = insert(3);
    await cursor.close();
    await expect(outside).rejects.toMatchObject({ code: 'TRANSACTION_ENDED' });
    await expect(saved).rejects.toMatchObject({ code: 'TRANSACTION_ENDED' });
  });
});
