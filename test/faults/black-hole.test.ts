import { afterAll, afterEach, beforeAll, describe, expect, it } from 'vitest';
import { PoolConnectError, PoolConnectionLostError } from '../../lib/errors/pool-errors.js';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { startFaultServer, type FaultServer } from './support/fault-server.js';
import { openFaultyLine, type FaultyLine } from './support/faulty-line.js';
import { timed } from './support/timed.js';

let server: FaultServer;
let line: FaultyLine;
let pool: ConnectionPool;

beforeAll(async () => {
  server = await startFaultServer();
  line = await openFaultyLine(server.url);
});
afterEach(async () => {
  await pool?.end({ timeout: 0 });
  line.heal();
});
afterAll(async () => {
  await line?.close();
  await server?.dispose();
});

const borrowAndAsk = async (): Promise<unknown> => {
  await using lease = await pool.borrow({ url: line.url });
  return (await lease.query('SELECT 1 AS one')).rows;
};

describe('a server that answers nothing', () => {
  it('costs each borrower its own time-out, tells why, and serves all who still wait when it is back', async () => {
    pool = new ConnectionPool({ max: 4, connectTimeout: 400, borrowTimeout: 10_000 });
    line.forNew('black-hole');
    const patient = Array.from({ length: 20 }, borrowAndAsk);
    const impatient = await timed(pool.borrow({ url: line.url }, { timeout: 1_000 }));
    expect(impatient.error).toBeInstanceOf(PoolConnectError);
    expect(impatient.error).toMatchObject({ figures: { max: 4, borrowed: 0 } });
    expect(impatient.ms).toBeGreaterThan(990);
    expect(impatient.ms).toBeLessThan(1_250);
    line.heal();
    const healedMs = performance.now();
    expect(await Promise.all(patient)).toHaveLength(20);
    expect(performance.now() - healedMs).toBeLessThan(1_400);
    expect(pool.stats()).toMatchObject({ borrowed: 0, waiting: 0 });
    await expect.poll(() => pool.stats().connecting).toBe(0);
  });

  it('leaves no statement without an end', async () => {
    pool = new ConnectionPool({ max: 4, checkAfter: 1_000, connectTimeout: 500 });
    const leases = await Promise.all(Array.from({ length: 4 }, () => pool.borrow({ url: line.url })));
    line.forNew('black-hole');
    line.forOpen('black-hole');
    const ends = await Promise.all(leases.map((lease) => timed(lease.query('SELECT 1'))));
    for (const { error, ms } of ends) {
      expect(error).toBeInstanceOf(PoolConnectionLostError);
      expect(ms).toBeLessThan(4_000);
    }
    for (const lease of leases) pool.giveBack(lease);
    line.heal();
    expect(await borrowAndAsk()).toEqual([{ one: 1 }]);
  });

  it('does not hold the end of the pool up', async () => {
    pool = new ConnectionPool({ max: 4 });
    const lease = await pool.borrow({ url: line.url });
    line.forNew('black-hole');
    line.forOpen('black-hole');
    const hanging = timed(lease.query('SELECT 1'));
    const connecting = timed(pool.borrow({ url: line.url }));
    const { ms } = await timed(pool.end({ timeout: 300 }));
    expect(ms).toBeLessThan(550);
    expect((await hanging).error).toBeInstanceOf(PoolConnectionLostError);
    expect((await connecting).error).toMatchObject({ code: 'POOL_CLOSED' });
  });
});
