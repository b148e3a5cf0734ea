import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PoolConnectionLostError } from '../../lib/errors/pool-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { useRig } from './support/rig.js';
import { uncaughtDuring } from './support/timed.js';

const workers = 64;
const max = 20;
const downMs = 4_000;

const rig = useRig();

/** Workers that borrow, ask and give back until told to stop; what they met is counted. */
function startWorkers(): { readonly served: number[]; readonly errors: unknown[]; stop(): Promise<void> } {
  const served = new Array<number>(workers).fill(0);
  const errors: unknown[] = [];
  let isOver = false;
  const running = served.map(async (_, index) => {
    while (!isOver) {
      try {
        await using connection = await rig.pool.borrow({ url: rig.line.url });
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
      rig.pool = new ConnectionPool({ max, borrowTimeout: 20_000 });
      const uncaught = await uncaughtDuring(async () => {
        const crowd = startWorkers();
        await sleep(500);
        await rig.server.stop(mode);
        rig.line.takeAttempts();
        await sleep(200);
        // Each place whose session was lost may ask once, before the first refusal is known.
        expect(rig.line.takeAttempts()).toBeLessThanOrEqual(max + 4);
        await sleep(downMs - 200);
        expect(rig.pool.stats()).toMatchObject({ borrowed: 0, waiting: workers });
        const attempts = rig.line.takeAttempts();
        expect(attempts).toBeGreaterThan(4);
        expect(attempts).toBeLessThanOrEqual(20);

        const readyMs = await rig.server.start();
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
          expect(JSON.stringify(error)).not.toContain(new URL(rig.line.url).password);
        }
      });
      expect(uncaught).toEqual([]);
      expect(rig.pool.stats()).toMatchObject({ borrowed: 0, waiting: 0, connecting: 0 });
      expect((await rig.server.sessions()).length).toBe(rig.pool.stats().total);
    },
  );

  it('grows again to its minimum by itself', async () => {
    rig.pool = new ConnectionPool({ max, minIdle: 4 });
    await rig.pool.borrow({ url: rig.line.url }).then((lease) => rig.pool.giveBack(lease));
    await expect.poll(() => rig.pool.stats().idle, { timeout: 5_000 }).toBe(4);
    await rig.server.stop('fast');
    await expect.poll(() => rig.pool.stats().total, { timeout: 5_000 }).toBe(0);
    await rig.server.start();
    await expect.poll(() => rig.pool.stats().idle, { timeout: 5_000 }).toBe(4);
  });
});
