import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { ConnectionPool } from '../../lib/pool/connection-pool.js';
import { SeededRandom } from '../support/seeded-random.js';
import { FakeClock } from './support/fake-clock.js';
import { watchMs } from './support/pool-drill.js';
import { runDrill } from './support/run-drill.js';
import { startFaultServer, type FaultServer } from './support/fault-server.js';

/** `FAULTS_SEED=5` or `FAULTS_SEED=5,6,7` tries others. */
const seeds = (process.env['FAULTS_SEED'] ?? '1,2,3,4').split(',').map(Number);
const stepsOfRun = 2_500;

let server: FaultServer;

beforeAll(async () => {
  server = await startFaultServer();
  await makeSignInCheap(server);
});
afterAll(() => server?.dispose());

/** Thousands of sessions are opened here, and a password that is made hard to guess takes its time in each. */
async function makeSignInCheap(to: FaultServer): Promise<void> {
  await to.query('SET scram_iterations = 1');
  await to.query(`ALTER ROLE subject PASSWORD '${new URL(to.url).password}'`);
}

/** Three databases of a drill's own. */
async function createDatabases(seed: number): Promise<ReadonlyMap<string, string>> {
  const urls = new Map<string, string>();
  for (const letter of 'abc') {
    const name = `drill_${seed}_${letter}`;
    urls.set(name, await server.createDatabase(name));
  }
  return urls;
}

// Side by side: each waits for the server most of its time, and none measures time.
describe.concurrent('a pool driven at random', () => {
  it.each(seeds)(
    `keeps every promise of a small model through ${stepsOfRun} steps, seed %d`,
    async (seed) => runDrill({ seed, steps: stepsOfRun, server, urls: await createDatabases(seed) }),
    120_000,
  );
});

describe('a drill', () => {
  it('sees by the clock that the pool waits for an answer', async () => {
    const clock = new FakeClock(new SeededRandom(1));
    const pool = new ConnectionPool(
      { connectTimeout: 4_000, borrowTimeout: 1_000, idleTimeout: 1_000, checkAfter: 0 },
      clock,
    );
    const lease = await pool.borrow(server);
    await lease.query('BEGIN');
    expect(clock.hasTimerOf(watchMs)).toBe(false);
    pool.giveBack(lease);
    expect(clock.hasTimerOf(watchMs)).toBe(true);
    await expect.poll(() => clock.hasTimerOf(watchMs)).toBe(false);
    await pool.end();
  });
});
