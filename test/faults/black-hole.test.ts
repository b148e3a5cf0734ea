import { describe, expect, it } from 'vitest';
import { PoolConnectError, PoolConnectionLostError } from '../../lib/errors/pool-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { useRig } from './support/rig.js';
import { timed } from './support/timed.js';

const rig = useRig();

const borrowAndAsk = async (): Promise<unknown> => {
  await using lease = await rig.pool.borrow({ url: rig.line.url });
  return (await lease.query('SELECT 1 AS one')).rows;
};

describe('a server that answers nothing', () => {
  it('costs each borrower its own time-out, tells why, and serves all who still wait when it is back', async () => {
    rig.pool = new ConnectionPool({ max: 4, connectTimeout: 400, borrowTimeout: 10_000 });
    rig.line.forNew('black-hole');
    const patient = Array.from({ length: 20 }, borrowAndAsk);
    const impatient = await timed(rig.pool.borrow({ url: rig.line.url }, { timeout: 1_000 }));
    expect(impatient.error).toBeInstanceOf(PoolConnectError);
    expect(impatient.error).toMatchObject({ figures: { max: 4, borrowed: 0 } });
    expect(impatient.ms).toBeGreaterThan(990);
    expect(impatient.ms).toBeLessThan(1_250);
    rig.line.heal();
    const healedMs = performance.now();
    expect(await Promise.all(patient)).toHaveLength(20);
    expect(performance.now() - healedMs).toBeLessThan(1_400);
    expect(rig.pool.stats()).toMatchObject({ borrowed: 0, waiting: 0 });
    await expect.poll(() => rig.pool.stats().connecting).toBe(0);
  });

  it('leaves no statement without an end', async () => {
    rig.pool = new ConnectionPool({ max: 4, checkAfter: 1_000, connectTimeout: 500 });
    const leases = await Promise.all(Array.from({ length: 4 }, () => rig.pool.borrow({ url: rig.line.url })));
    rig.line.forNew('black-hole');
    rig.line.forOpen('black-hole');
    const ends = await Promise.all(leases.map((lease) => timed(lease.query('SELECT 1'))));
    for (const { error, ms } of ends) {
      expect(error).toBeInstanceOf(PoolConnectionLostError);
      expect(ms).toBeLessThan(4_000);
    }
    for (const lease of leases) rig.pool.giveBack(lease);
    rig.line.heal();
    expect(await borrowAndAsk()).toEqual([{ one: 1 }]);
  });

  it('does not hold the end of the pool up', async () => {
    rig.pool = new ConnectionPool({ max: 4 });
    const lease = await rig.pool.borrow({ url: rig.line.url });
    rig.line.forNew('black-hole');
    rig.line.forOpen('black-hole');
    const hanging = timed(lease.query('SELECT 1'));
    const connecting = timed(rig.pool.borrow({ url: rig.line.url }));
    const { ms } = await timed(rig.pool.end({ timeout: 300 }));
    expect(ms).toBeLessThan(550);
    expect((await hanging).error).toBeInstanceOf(PoolConnectionLostError);
    expect((await connecting).error).toMatchObject({ code: 'POOL_CLOSED' });
  });
});
