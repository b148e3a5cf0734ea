import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PoolConnectionLostError } from '../../lib/errors/pool-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { startFaultServer, type FaultServer } from './support/fault-server.js';
import { openFaultyLine, type FaultyLine } from './support/faulty-line.js';
import { uncaughtDuring } from './support/timed.js';

const workers = 64;
const max = 20;
const downMs = 4_000;

let server: FaultServer;
let line: FaultyLine;
let pool: ConnectionPool;

beforeAll(async () => {
  server = await startFaultServer();
  line = await openFaultyLine(server.url);
});
afterEach(() => pool?.end({ timeout: 0 }));
afterAll(async () => {
  await line?.close();
  await server?.dispose();
});

/** Workers that borrow, ask and give back until told to stop; what they met is counted. */
function startWorkers(): { readonly served: number[]; readonly errors: unknown[]; stop(): Promise<void> } {
  const served = new Array<number>(workers).fill(0);
  const errors: unknown[] = [];
  let isOver = false;
  const running = served.map(async (_, index) => {
    while (!isOver) {
      try {
        await using connection = await pool.borrow({ url: line.url });
        const { rows } = await connection.query('SELECT $1::int AS who FROM pg_sleep(0.002)', [index]);
        if (rows[0]?.['who'] !== index) throw new Error(`${index} got the answer of ${String(rows[0]?.['who'])}`);
        served[index]! += 1;
      } catch (error) {
        errors.push(error);
        isOver ||= errors.length > 1_000;
      }
    }
  });
  return {
    served,
    errors,
    stop: async () => {
      isOver = true;
      await Promise.all(running);
    },
  };
}

describe('after a restart of the server under 64 workers on 20 connections', () => {
  it.each(['immediate', 'fast'] as const)(
    'only work in flight fails and all are served within 1 s (%s)',
    async (mode) => {
      pool = new ConnectionPool({ max, borrowTimeout: 20_000 });
      const uncaught = await uncaughtDuring(async () => {
        const crowd = startWorkers();
        await sleep(500);
        await server.stop(mode);
        line.takeAttempts();
        const downSince = performance.now();
        await sleep(downMs);
        expect(pool.stats()).toMatchObject({ borrowed: 0, waiting: workers });
        const attempts = line.takeAttempts();
        expect(attempts).toBeGreaterThan(4);
        expect(attempts).toBeLessThanOrEqual(60);
        expect(performance.now() - downSince).toBeGreaterThanOrEqual(downMs);

        const readyMs = await server.start();
        const before = [...crowd.served];
        while (crowd.served.some((count, index) => count === before[index])) {
          expect(performance.now() - readyMs).toBeLessThan(1_000);
          await sleep(5);
        }
        await sleep(200);
        await crowd.stop();
        expect(crowd.errors.length).toBeLessThanOrEqual(max);
        for (const error of crowd.errors) {
          expect(error).toBeInstanceOf(PoolConnectionLostError);
          expect(error).toMatchObject({ figures: { max }, cause: expect.anything() as unknown });
          expect(JSON.stringify(error)).not.toContain(new URL(line.url).password);
        }
      });
      expect(uncaught).toEqual([]);
      expect(pool.stats()).toMatchObject({ borrowed: 0, waiting: 0, connecting: 0 });
      expect((await server.sessions()).length).toBe(pool.stats().total);
    },
  );

  it('grows again to its minimum by itself', async () => {
    pool = new ConnectionPool({ max, minIdle: 4 });
    await pool.borrow({ url: line.url }).then((lease) => pool.giveBack(lease));
    await expect.poll(() => pool.stats().idle, { timeout: 5_000 }).toBe(4);
    await server.stop('fast');
    await expect.poll(() => pool.stats().total, { timeout: 5_000 }).toBe(0);
    await server.start();
    await expect.poll(() => pool.stats().idle, { timeout: 5_000 }).toBe(4);
  });
});
