import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PoolConnectionLostError } from '../../lib/errors/pool-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { SeededRandom } from '../support/seeded-random.js';
import { useRig } from './support/rig.js';
import { timed, uncaughtDuring } from './support/timed.js';

const ROWS = 2_000;
const manyRows = `SELECT i, repeat('x', 100) AS text FROM generate_series(1, ${ROWS}) AS i`;

const rig = useRig();

describe('a wire that is cut in the middle of an answer', () => {
  it.each([1, 5, 6, 40, 1_000, 65_536, 200_000])(
    'gives its borrower no part of it, and the next a whole one (after %i bytes)',
    async (bytes) => {
      rig.pool = new ConnectionPool({ max: 1 });
      const uncaught = await uncaughtDuring(async () => {
        const lease = await rig.pool.borrow({ url: rig.line.url });
        await lease.query('SELECT 1');
        rig.line.cutAnswerAfter(bytes);
        const { error, ms } = await timed(lease.query(manyRows));
        expect(error).toBeInstanceOf(PoolConnectionLostError);
        expect(ms).toBeLessThan(2_000);
        await lease[Symbol.asyncDispose]();
        expect(rig.pool.stats()).toMatchObject({ borrowed: 0 });

        const next = await rig.pool.borrow({ url: rig.line.url });
        const { rows } = await next.query(manyRows);
        expect(rows).toHaveLength(ROWS);
        expect(rows.at(-1)).toEqual({ i: ROWS, text: 'x'.repeat(100) });
        rig.pool.giveBack(next);
      });
      expect(uncaught).toEqual([]);
    },
  );

  it('settles every statement that was sent behind it, and keeps the answers that had come before it', async () => {
    rig.pool = new ConnectionPool({ max: 1 });
    const uncaught = await uncaughtDuring(async () => {
      const lease = await rig.pool.borrow({ url: rig.line.url });
      const { rows } = await lease.query('SELECT 1 AS one');
      expect(rows).toEqual([{ one: 1 }]);
      rig.line.cutAnswerAfter(20_000);
      const ends = await Promise.all([
        timed(lease.query('SELECT 2 AS two')),
        timed(lease.query(manyRows)),
        timed(lease.query('SELECT 3')),
        timed(lease.query('SELECT 4')),
      ]);
      expect(ends[0]!.value?.rows).toEqual([{ two: 2 }]);
      for (const { error } of ends.slice(1)) expect(error).toBeInstanceOf(PoolConnectionLostError);
      await lease[Symbol.asyncDispose]();
    });
    expect(uncaught).toEqual([]);
  });

  it('costs one who waits for a connection nothing but time when it was cut while connecting', async () => {
    rig.pool = new ConnectionPool({ max: 2 });
    const uncaught = await uncaughtDuring(async () => {
      for (const bytes of [1, 9, 60, 300]) {
        await rig.pool.end();
        rig.pool = new ConnectionPool({ max: 2 });
        rig.line.cutAnswerAfter(bytes);
        const { value, error, ms } = await timed(rig.pool.borrow({ url: rig.line.url }));
        expect(error).toBeUndefined();
        expect(ms).toBeLessThan(2_000);
        expect((await value!.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
        rig.pool.giveBack(value!);
      }
    });
    expect(uncaught).toEqual([]);
  });

  it('does not reach the next borrower when it was cut while the session was cleaned', async () => {
    rig.pool = new ConnectionPool({ max: 1 });
    const uncaught = await uncaughtDuring(async () => {
      for (let turn = 0; turn < 5; turn++) {
        const lease = await rig.pool.borrow({ url: rig.line.url });
        await lease.query("SET application_name = 'left behind'");
        rig.line.cutAnswerAfter(3);
        rig.pool.giveBack(lease);
        await sleep(50);
        const next = await rig.pool.borrow({ url: rig.line.url });
        const { rows } = await next.query('SHOW application_name');
        expect(rows[0]?.['application_name']).not.toBe('left behind');
        rig.pool.giveBack(next);
        rig.line.heal();
      }
    });
    expect(uncaught).toEqual([]);
    expect(rig.pool.stats()).toMatchObject({ borrowed: 0, waiting: 0, total: 1 });
  });

  it('loses at most what was in flight, at random places under 16 workers on 4 connections', async () => {
    rig.pool = new ConnectionPool({ max: 4, borrowTimeout: 10_000 });
    const random = new SeededRandom(9);
    const errors: unknown[] = [];
    let cuts = 0;
    let isOver = false;
    const uncaught = await uncaughtDuring(async () => {
      const workers = Array.from({ length: 16 }, async (_, worker) => {
        for (let turn = 0; !isOver; turn++) {
          const lease = await rig.pool.borrow({ url: rig.line.url });
          try {
            const { rows } = await lease.query(
              "SELECT $1::int AS worker, $2::int AS turn, repeat('y', 50) AS text FROM generate_series(1, 100)",
              [worker, turn],
            );
            expect(rows).toHaveLength(100);
            expect(rows[99]).toEqual({ worker, turn, text: 'y'.repeat(50) });
          } catch (error) {
            errors.push(error);
          } finally {
            await lease[Symbol.asyncDispose]();
          }
        }
      });
      for (cuts = 0; cuts < 25; cuts++) {
        rig.line.cutAnswerAfter(1 + random.below(40_000));
        await new Promise((resolve) => setTimeout(resolve, 60));
      }
      isOver = true;
      await Promise.all(workers);
    });
    expect(uncaught).toEqual([]);
    for (const error of errors) expect(error).toBeInstanceOf(PoolConnectionLostError);
    expect(errors.length).toBeLessThanOrEqual(cuts);
    expect(errors.length).toBeGreaterThan(0);
    expect(rig.pool.stats()).toMatchObject({ borrowed: 0, waiting: 0 });
  });
});
