import type { BenchCase } from '../cases/bench-case.js';
import { OURS, POOL_YARDSTICK, YARDSTICK, type SubjectEntry } from '../subjects/catalogue.js';
import type { Measured } from './measure.js';
import { medianOf, ratioOf, type Spread } from './statistics.js';
import { markdown, spread, time, type Row } from './text.js';

export interface CaseResult {
  readonly benchCase: BenchCase;
  readonly measured: readonly Measured[];
}

/** The table: a line a case, a column a subject, each cell the time against the yardstick's in the same round. */
export function tableOf(results: readonly CaseResult[], subjects: readonly SubjectEntry[]): string {
  const columns = columnsOf(results, subjects);
  return markdown([
    ['Case', ...columns.map(({ title }) => title)],
    ...results.map((result) => [result.benchCase.title, ...columns.map((one) => cell(result, one))]),
  ]);
}

/** Subjects that can do at least one of the cases. */
export function columnsOf(results: readonly CaseResult[], subjects: readonly SubjectEntry[]): SubjectEntry[] {
  return subjects.filter((subject) => results.some(({ measured }) => measured.some(({ entry }) => entry === subject)));
}

function cell(result: CaseResult, { name }: SubjectEntry): string {
  const found = result.measured.find(({ entry }) => entry.name === name);
  if (found === undefined) return '–';
  if (found.failure !== undefined) return 'cannot run';
  if (name === yardstickOf(result)) return `1 = ${time(medianOf(found.samples, 'microseconds'))}`;
  const ratio = ratioTo(result, name, yardstickOf(result));
  return ratio === undefined ? 'nothing to compare with' : spread(ratio);
}

function yardstickOf({ benchCase }: CaseResult): string {
  return benchCase.kind === 'pool' ? POOL_YARDSTICK : YARDSTICK;
}

/** Our limits, case by case, with what was found. */
export function limitsOf(results: readonly CaseResult[]): string {
  const peers = ['typeorm', 'mikro-orm'] as const;
  const rows = results.map((result): Row => {
    const { limit, title, kind } = result.benchCase;
    return [
      title,
      verdict(ratioTo(result, OURS, YARDSTICK), limit, kind === 'http'),
      verdict(ratioTo(result, OURS, 'pg-best'), 1.6),
      ...peers.map((peer) => verdict(ratioTo(result, OURS, peer), 0.5)),
    ];
  });
  return markdown([['Case', 'against pg', 'against pg at its best', 'against TypeORM', 'against MikroORM'], ...rows]);
}

export function verdict(ratio: Spread | undefined, limit: number | undefined, isRate = false): string {
  if (ratio === undefined) return '–';
  const figure = ratio.median.toFixed(2);
  if (limit === undefined) return figure;
  const wanted = isRate
    ? `≤ ${limit.toFixed(2)}, that is ${(1 / limit).toFixed(2)} × its requests per second`
    : `≤ ${limit}`;
  return `${figure} (${wanted}) ${ratio.median <= limit ? 'met' : '**missed**'}`;
}

/** Undefined when one of the two did not run. */
export function ratioTo(result: CaseResult, name: string, other: string): Spread | undefined {
  const found = foundIn(result, name);
  const yardstick = foundIn(result, other);
  return found && yardstick && ratioOf(found.samples, yardstick.samples);
}

/** What a subject took, if it could run. */
export function foundIn({ measured }: CaseResult, name: string): Measured | undefined {
  return measured.find(({ entry, failure }) => entry.name === name && failure === undefined);
}

/** CPU time in the subject's own process, the database's left out: steadier than time on a busy machine. */
export function cpuTableOf(results: readonly CaseResult[], subjects: readonly SubjectEntry[]): string {
  const columns = columnsOf(results, subjects);
  const rows = results.map((result): Row => [
    result.benchCase.title,
    ...columns.map(({ name }) => {
      const found = foundIn(result, name);
      return found === undefined ? '–' : time(medianOf(found.samples, 'cpuMicroseconds'));
    }),
  ]);
  return markdown([['Case', ...columns.map(({ title }) => title)], ...rows]);
}

/** What could not run, with the reason's first line. */
export function failuresOf(results: readonly CaseResult[]): string[] {
  return results.flatMap(({ benchCase, measured }) =>
    measured
      .filter(({ failure }) => failure !== undefined)
      .map(({ entry, failure }) => `${entry.title}, ${benchCase.title}: ${failure!.split('\n')[0]!}`),
  );
}
