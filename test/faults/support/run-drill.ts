import { PoolClosedError } from '../../../lib/errors/pool-errors.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { expectStale, steps, type Step } from './drill-steps.js';
import type { FaultServer } from './fault-server.js';
import { PoolDrill, type DrillOptions } from './pool-drill.js';

/** How many steps may be taken in a row without waiting for the server's answers. */
const longestHaste = 3;
/** After how many steps the server is asked which sessions it has. */
const inspectionEvery = 250;

export interface DrillCourse {
  readonly seed: number;
  readonly steps: number;
  readonly server: FaultServer;
  /** URL by name of the database. */
  readonly urls: ReadonlyMap<string, string>;
}

/**
 * Drives a pool at random through so many steps.
 * @throws Error naming seed, step, the rule that was broken, and what was done last
 */
export async function runDrill({ seed, steps: count, server, urls }: DrillCourse): Promise<void> {
  const random = new SeededRandom(seed);
  const drill = new PoolDrill(randomOptions(random), { random, server, urls });
  try {
    for (let number = 1; number <= count; number++) {
      drill.begin(`${number}:`);
      await takeStep(drill);
      if (number % inspectionEvery === 0) await compareSessions(drill);
    }
    drill.begin(`${count} and the end:`);
    await finish(drill);
  } finally {
    await drill.abandon();
  }
}

function randomOptions(random: SeededRandom): DrillOptions {
  return {
    max: random.pick([3, 4, 4, 5]),
    maxPerDatabase: random.pick([2, 3, 3]),
    maxWaiting: 4 + random.below(5),
    minIdle: random.below(2),
    connectTimeout: 4_000,
    idleTimeout: random.pick([1_000, 2_000, 3_000]),
    maxLifetime: random.pick([2_000, 3_500, 4_500]),
    checkAfter: random.pick([0, 300, 3_000]),
    leakThreshold: random.pick([0, 800]),
  };
}

async function takeStep(drill: PoolDrill): Promise<void> {
  let step = pickStep(drill);
  let said = await step.act(drill);
  for (; said === undefined; said = await step.act(drill)) step = pickStep(drill);
  drill.tell(said);
  await drill.hear();
  drill.haste = step.when !== 'alone' && drill.random.chance(0.4) ? drill.haste + 1 : 0;
  if (drill.haste > longestHaste) drill.haste = 0;
  if (drill.haste === 0) await drill.rest();
}

function pickStep(drill: PoolDrill): Step {
  const possible = drill.haste === 0 ? steps : steps.filter(({ when }) => when === 'any time');
  let ticket = drill.random.next() * possible.reduce((sum, { weight }) => sum + weight, 0);
  return possible.find(({ weight }) => (ticket -= weight) < 0) ?? possible[0]!;
}

/** What the pool says of its sessions must be what the server knows; of those that ended it may take a moment longer. */
async function compareSessions(drill: PoolDrill): Promise<void> {
  await drill.rest();
  const known = drill.sessions.open.map(({ pid }) => pid).toSorted();
  let real: readonly number[] = [];
  for (const limitMs = performance.now() + 1_000; performance.now() < limitMs;) {
    const all = await drill.server.sessions();
    real = all.flatMap(({ pid, database }) => (drill.urls.has(database) ? [pid] : [])).toSorted();
    if (String(real) === String(known)) return;
  }
  drill.fault(`the server has sessions ${String(real)}, the pool ${String(known)}`);
  drill.checkFaults();
}

/** Ends the pool while some have a connection and others wait: half of the connections come back in time. */
async function finish(drill: PoolDrill): Promise<void> {
  await drill.rest();
  const isClosed = (error: unknown): boolean => error instanceof PoolClosedError;
  for (const visitor of drill.pending) {
    visitor.refusal = { what: 'PoolClosedError', fits: isClosed };
    drill.model.leave(visitor);
  }
  drill.condemn(new Set(drill.sessions.open.filter(({ holder }) => !holder).map(({ pid }) => pid)), 'ended');
  const ended = drill.pool.end({ timeout: 1_000 });
  drill.owe('a borrow after the end', drill.pool.borrow({ url: [...drill.urls.values()][0] }), isClosed);
  await drill.rest();
  for (const holder of drill.random.some(drill.holders, 0.5)) {
    drill.giveBack(holder, (lease) => drill.pool.giveBack(lease), 'came back after the end');
  }
  await drill.rest();
  drill.condemn(new Set(drill.sessions.open.map(({ pid }) => pid)), 'ended');
  drill.clock.advance(1_000);
  await ended;
  await drill.rest();
  for (const loser of drill.losers) {
    drill.giveBack(loser, (lease) => expectStale(drill, () => drill.pool.giveBack(lease)));
  }
  await drill.rest();
  await compareSessions(drill);
}
