import type { BenchCase } from '../cases/bench-case.js';
import { OURS, YARDSTICK, type SubjectEntry } from '../subjects/catalogue.js';
import type { Measured } from './measure.js';
import { medianMicroseconds, ratioOf, type Ratio } from './statistics.js';

export interface CaseResult {
  readonly benchCase: BenchCase;
  readonly measured: readonly Measured[];
}

type Row = readonly string[];

/** The table: a line a case, a column a subject, each cell the time against the yardstick's in the same round. */
export function tableOf(results: readonly CaseResult[], subjects: readonly SubjectEntry[]): string {
  const header = ['Case', ...subjects.map(({ title }) => title)];
  return markdown([
    header,
    ...results.map((result) => [result.benchCase.title, ...subjects.map((one) => cell(result, one))]),
  ]);
}

function cell(result: CaseResult, { name }: SubjectEntry): string {
  const found = result.measured.find(({ entry }) => entry.name === name);
  if (found === undefined) return '–';
  if (found.failure !== undefined) return 'cannot run';
  if (name === YARDSTICK) return `1 = ${time(medianMicroseconds(found.samples))}`;
  const ratio = ratioTo(result, name, YARDSTICK);
  return ratio === undefined ? 'nothing to compare with' : spread(ratio);
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

function verdict(ratio: Ratio | undefined, limit: number | undefined, isRate = false): string {
  if (ratio === undefined) return '–';
  const figure = ratio.median.toFixed(2);
  if (limit === undefined) return figure;
  const wanted = isRate
    ? `≤ ${limit.toFixed(2)}, that is ${(1 / limit).toFixed(2)} × its requests per second`
    : `≤ ${limit}`;
  return `${figure} (${wanted}) ${ratio.median <= limit ? 'met' : '**missed**'}`;
}

function ratioTo({ measured }: CaseResult, name: string, other: string): Ratio | undefined {
  const found = measured.find(({ entry }) => entry.name === name);
  const yardstick = measured.find(({ entry }) => entry.name === other);
  if (!found || !yardstick || found.failure !== undefined || yardstick.failure !== undefined) return undefined;
  return ratioOf(found.samples, yardstick.samples);
}

/** CPU time in the subject's own process, the database's left out: steadier than time on a busy machine. */
export function cpuTableOf(results: readonly CaseResult[], subjects: readonly SubjectEntry[]): string {
  const rows = results.map(({ benchCase, measured }): Row => [
    benchCase.title,
    ...subjects.map(({ name }) => {
      const found = measured.find(({ entry }) => entry.name === name);
      if (found === undefined || found.failure !== undefined) return '–';
      return time(medianMicroseconds(found.samples.map((one) => ({ ...one, microseconds: one.cpuMicroseconds }))));
    }),
  ]);
  return markdown([['Case', ...subjects.map(({ title }) => title)], ...rows]);
}

/** What could not run, with the reason's first line. */
export function failuresOf(results: readonly CaseResult[]): string[] {
  return results.flatMap(({ benchCase, measured }) =>
    measured
      .filter(({ failure }) => failure !== undefined)
      .map(({ entry, failure }) => `${entry.title}, ${benchCase.title}: ${failure!.split('\n')[0]!}`),
  );
}

function spread({ median, low, high }: Ratio): string {
  return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

function time(microseconds: number): string {
  if (microseconds < 1_000) return `${microseconds.toFixed(0)} µs`;
  return `${(microseconds / 1_000).toFixed(microseconds < 10_000 ? 2 : 1)} ms`;
}

/** Columns as wide as their widest cell, as the formatter has them. */
function markdown(rows: readonly Row[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => `| ${row.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}
