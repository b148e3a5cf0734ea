import { mkdirSync, writeFileSync } from 'node:fs';
import type { Profiler } from 'node:inspector';
import { fileURLToPath } from 'node:url';
import type { BenchCase } from '../cases/bench-case.js';
import type { SubjectEntry } from '../subjects/catalogue.js';
import type { DatabaseServer } from './database-server.js';
import { load } from './http-load.js';
import type { Sample } from './messages.js';
import { RunningSubject } from './running-subject.js';
import { time } from './text.js';

const FOLDER = fileURLToPath(new URL('../../../.cache/', import.meta.url));
const WARM_MS = 15_000;
const PROFILED_MS = 10_000;
const SHOWN = 40;

/** Where the CPU time of one subject goes in one case: the busiest functions, and a .cpuprofile to open elsewhere. */
export async function profile(entry: SubjectEntry, benchCase: BenchCase, server: DatabaseServer): Promise<string> {
  const database = await server.createDatabase();
  const subject = await RunningSubject.start(entry, database);
  try {
    await benchCase.before?.(database);
    const port = await subject.open(benchCase.kind);
    const run = async (durationMs: number): Promise<number> => {
      await benchCase.beforeEach?.(database);
      const { count } =
        benchCase.kind === 'http'
          ? await load({ port: port!, durationMs, request: benchCase.request })
          : await subject.ask<Sample>({ do: 'work', caseName: benchCase.name, sampleMs: durationMs });
      return count;
    };
    await run(WARM_MS);
    await subject.ask({ do: 'profile-start' });
    const count = await run(PROFILED_MS);
    const found = await subject.ask<Profiler.Profile>({ do: 'profile-stop' });
    mkdirSync(FOLDER, { recursive: true });
    const file = `bench-${entry.name}-${benchCase.name}.cpuprofile`;
    writeFileSync(FOLDER + file, JSON.stringify(found));
    return `${summary(found, count)}\nThe whole profile: .cache/${file}`;
  } finally {
    await subject.end();
  }
}

function summary({ nodes, samples = [], timeDeltas = [] }: Profiler.Profile, count: number): string {
  const own = new Map<number, number>();
  samples.forEach((id, index) => own.set(id, (own.get(id) ?? 0) + timeDeltas[index]!));
  const places = new Map<string, number>();
  for (const { id, callFrame } of nodes) {
    const place = placeOf(callFrame);
    places.set(place, (places.get(place) ?? 0) + (own.get(id) ?? 0));
  }
  // The profiler's own start and stop.
  for (const place of places.keys()) if (place.includes('node:inspector')) places.delete(place);
  const idle = places.get('(idle)') ?? 0;
  places.delete('(idle)');
  const busy = [...places.values()].reduce((sum, microseconds) => sum + microseconds, 0);
  const lines = [...places]
    .sort(([, a], [, b]) => b - a)
    .slice(0, SHOWN)
    .map(([place, microseconds]) => `${((100 * microseconds) / busy).toFixed(1).padStart(5)} %  ${place}`);
  const share = ((100 * idle) / (busy + idle)).toFixed(0);
  return [
    `${count} units of work, requests or borrows, ${time(busy / count)} each; idle, waiting for the database: ${share} %`,
    'Own time as a share of the busy time:',
    ...lines,
  ].join('\n');
}

function placeOf({ functionName, url, lineNumber }: Profiler.Profile['nodes'][number]['callFrame']): string {
  const name = functionName === '' ? '(anonymous)' : functionName;
  if (url === '') return name;
  const path = url.replace(/^.*\/(?=node_modules\/|dist\/)/, '').replace(/^file:\/\//, '');
  return `${name}  ${path}:${lineNumber + 1}`;
}
