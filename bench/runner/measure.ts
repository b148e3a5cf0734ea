import type { BenchCase } from '../cases/bench-case.js';
import type { SubjectEntry } from '../subjects/catalogue.js';
import type { DatabaseServer } from './database-server.js';
import { load } from './http-load.js';
import type { Sample, Slice } from './messages.js';
import { RunningSubject } from './running-subject.js';
import { quantile } from './statistics.js';

/** What one subject took in one round. */
export interface RoundSample extends Sample {
  /** 99 of 100 borrowers waited no longer than this. */
  readonly waitP99Microseconds: number | undefined;
}

/** The samples of one subject in one case, round by round; or why there are none. */
export interface Measured {
  readonly entry: SubjectEntry;
  readonly samples: readonly RoundSample[];
  readonly failure: string | undefined;
}

export interface MeasureOptions {
  readonly subjects: readonly SubjectEntry[];
  readonly rounds: number;
  readonly sampleMs: number;
}

/** Slices of each subject in a round. */
const PASSES = 5;
/** CPU time that each subject spends first, untimed: the compiler needs to have seen the code. */
export const WARM_CPU_MS = 8_000;
/** But no longer than this: a subject that waits for the database for the most part is warm by then. */
const WARM_MS = 20_000;

interface Contestant {
  readonly entry: SubjectEntry;
  readonly samples: RoundSample[];
  subject?: RunningSubject;
  port?: number | undefined;
  failure?: string;
}

/** Measures all subjects in one case, round by round, in interleaved slices. */
export async function measure(
  benchCase: BenchCase,
  server: DatabaseServer,
  { subjects, rounds, sampleMs }: MeasureOptions,
): Promise<Measured[]> {
  const able = subjects.filter((entry) => openerOf(entry, benchCase) !== undefined);
  const contestants: Contestant[] = able.map((entry) => ({ entry, samples: [] }));
  try {
    for (const contestant of contestants) await attempt(contestant, () => begin(contestant, benchCase, server));
    for (const contestant of contestants) await attempt(contestant, () => warm(contestant, benchCase));
    for (let round = 0; round < rounds; round++) await measureRound(contestants, benchCase, { round, sampleMs });
  } finally {
    for (const { subject } of contestants) await subject?.end();
  }
  return contestants.map(({ entry, samples, failure }) => ({ entry, samples, failure }));
}

function openerOf({ openSession, openServer, openPool }: SubjectEntry, { kind }: BenchCase): unknown {
  return { work: openSession, http: openServer, pool: openPool }[kind];
}

/** A round goes around several times, each time beginning with another subject: a busy moment meets all of them. */
async function measureRound(
  contestants: readonly Contestant[],
  benchCase: BenchCase,
  { round, sampleMs }: { readonly round: number; readonly sampleMs: number },
): Promise<void> {
  const slices = contestants.map((): Slice[] => []);
  for (let pass = 0; pass < PASSES; pass++) {
    for (let place = 0; place < contestants.length; place++) {
      const index = (round + pass + place) % contestants.length;
      const contestant = contestants[index]!;
      await attempt(contestant, async () => {
        slices[index]!.push(await sample(contestant, benchCase, sampleMs / PASSES));
      });
    }
  }
  contestants.forEach(({ samples }, index) => samples.push(whole(slices[index]!)));
}

/** Slices as one sample: what a unit took on average. */
function whole(slices: readonly Slice[]): RoundSample {
  const count = slices.reduce((sum, slice) => sum + slice.count, 0);
  const mean = (figure: 'microseconds' | 'cpuMicroseconds'): number =>
    slices.reduce((sum, slice) => sum + slice[figure] * slice.count, 0) / count;
  const waits = slices.flatMap((slice) => [...(slice.waits ?? [])]);
  return {
    count,
    microseconds: mean('microseconds'),
    cpuMicroseconds: mean('cpuMicroseconds'),
    waitP99Microseconds: waits.length === 0 ? undefined : quantile(waits, 0.99),
  };
}

/** A subject that cannot run is named, and the others go on. */
async function attempt(contestant: Contestant, part: () => Promise<unknown>): Promise<void> {
  if (contestant.failure !== undefined) return;
  try {
    await part();
  } catch (error) {
    contestant.failure = error instanceof Error ? error.message : String(error);
  }
}

async function begin(contestant: Contestant, benchCase: BenchCase, server: DatabaseServer): Promise<void> {
  const database = await server.createDatabase();
  const subject = (contestant.subject = await RunningSubject.start(contestant.entry, database));
  await benchCase.before?.(database);
  contestant.port = await subject.open(benchCase.kind);
}

/** By CPU time, since on a busy machine a second may be a tenth of one. */
async function warm(contestant: Contestant, benchCase: BenchCase): Promise<void> {
  const end = performance.now() + WARM_MS;
  let spentMs = 0;
  while (spentMs < WARM_CPU_MS && performance.now() < end) {
    const { count, cpuMicroseconds } = await sample(contestant, benchCase, WARM_CPU_MS / 5);
    spentMs += (count * cpuMicroseconds) / 1_000;
  }
}

async function sample(contestant: Contestant, benchCase: BenchCase, sampleMs: number): Promise<Slice> {
  const { database } = contestant.subject!;
  await benchCase.beforeEach?.(database);
  const taken = await take(contestant, benchCase, sampleMs);
  if (contestant.entry.storesNothing !== true) await benchCase.afterEach?.(database);
  return taken;
}

async function take({ subject, port }: Contestant, benchCase: BenchCase, sampleMs: number): Promise<Slice> {
  if (benchCase.kind !== 'http') {
    return subject!.ask<Slice>({ do: 'work', caseName: benchCase.name, sampleMs });
  }
  const before = await subject!.ask<number>({ do: 'cpu' });
  const { count, microseconds } = await load({ port: port!, durationMs: sampleMs, request: benchCase.request });
  const cpu = (await subject!.ask<number>({ do: 'cpu' })) - before;
  return { count, microseconds, cpuMicroseconds: cpu / count };
}
