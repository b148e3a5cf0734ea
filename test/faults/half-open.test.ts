import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, it } from 'vitest';
import { PoolConnectionLostError } from '../../lib/errors/pool-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import type { PoolOptions } from '../../lib/pool/pool-options.js';
import { useRig } from './support/rig.js';
import { timed } from './support/timed.js';

const rig = useRig();

async function openPool(options: PoolOptions, idle: number): Promise<void> {
  rig.pool = new ConnectionPool(options);
  const leases = await Promise.all(Array.from({ length: idle }, () => rig.pool.borrow({ url: rig.line.url })));
  for (const lease of leases) rig.pool.giveBack(lease);
}

describe('a line that no longer carries anything, though nobody closed it', () => {
  it('keeps no borrower waiting: an idle connection that does not answer its check soon is passed over', async () => {
    await openPool({ max: 8, checkAfter: 0, borrowTimeout: 3_000 }, 3);
    rig.line.forOpen('half-open');
    await sleep(50);
    const borrowed = await Promise.all(
      Array.from({ length: 3 }, () =>
        timed(
          rig.pool.borrow({ url: rig.line.url }).then(async (lease) => {
            const answer = await lease.query('SELECT 1 AS one');
            rig.pool.giveBack(lease);
            return answer.rows;
          }),
        ),
      ),
    );
    for (const { value, error, ms } of borrowed) {
      expect(error).toBeUndefined();
      expect(value).toEqual([{ one: 1 }]);
      expect(ms).toBeLessThan(1_500);
    }
  });

  it('is found while a statement waits for its answer, and statements that only take long are left alone', async () => {
    await openPool({ max: 4, checkAfter: 1_000 }, 1);
    const lost = await rig.pool.borrow({ url: rig.line.url });
    rig.line.forOpen('half-open');
    const working = await rig.pool.borrow({ url: rig.line.url });
    const long = timed(working.query("SELECT 'done' AS said FROM pg_sleep(6)"));
    const { error, ms } = await timed(lost.query('SELECT 1'));
    expect(error).toBeInstanceOf(PoolConnectionLostError);
    expect(ms).toBeLessThan(4_000);
    rig.pool.giveBack(lost);
    expect(await long).toMatchObject({ value: { rows: [{ said: 'done' }] } });
    rig.pool.giveBack(working);
    expect(rig.pool.stats()).toMatchObject({ borrowed: 0, waiting: 0 });
  });

  it('cannot outlast the time-out of statements, even when no connection is left to ask the server with', async () => {
    await openPool({ max: 1, statementTimeout: 500 }, 1);
    const lease = await rig.pool.borrow({ url: rig.line.url });
    rig.line.forOpen('half-open');
    const { error, ms } = await timed(lease.query('SELECT 1'));
    expect(error).toBeInstanceOf(PoolConnectionLostError);
    expect(ms).toBeGreaterThan(500);
    expect(ms).toBeLessThan(5_000);
    rig.pool.giveBack(lease);
    await using next = await rig.pool.borrow({ url: rig.line.url });
    expect((await next.query('SELECT 1 AS one')).rows).toEqual([{ one: 1 }]);
  });
});
