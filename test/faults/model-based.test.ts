import { afterAll, beforeAll, describe, it } from 'vitest';
import { runDrill } from './support/run-drill.js';
import { startFaultServer, type FaultServer } from './support/fault-server.js';

/** `FAULTS_SEED=5` or `FAULTS_SEED=5,6,7` tries others. */
const seeds = (process.env['FAULTS_SEED'] ?? '1,2,3,4').split(',').map(Number);
const stepsOfRun = 2_500;

let server: FaultServer;
const urls = new Map<string, string>();

beforeAll(async () => {
  server = await startFaultServer();
  await makeSignInCheap(server);
  for (const name of ['drill_a', 'drill_b', 'drill_c']) urls.set(name, await server.createDatabase(name));
});
/** Thousands of sessions are opened here, and a password that is made hard to guess takes its time in each. */
async function makeSignInCheap(to: FaultServer): Promise<void> {
  await to.query('SET scram_iterations = 1');
  await to.query(`ALTER ROLE subject PASSWORD '${new URL(to.url).password}'`);
}

afterAll(() => server?.dispose());

describe('a pool driven at random', () => {
  it.each(seeds)(
    `keeps every promise of a small model through ${stepsOfRun} steps, seed %d`,
    (seed) => runDrill({ seed, steps: stepsOfRun, server, urls }),
    60_000,
  );
});
