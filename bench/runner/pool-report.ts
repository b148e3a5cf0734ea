import { OURS, POOL_YARDSTICK, type SubjectEntry } from '../subjects/catalogue.js';
import { columnsOf, foundIn, ratioTo, verdict, type CaseResult } from './report.js';
import { spreadOf, type Spread } from './statistics.js';
import { markdown, time, type Row } from './text.js';

/** How long borrowers wait, in the cases where they do. */
export function waitsTableOf(results: readonly CaseResult[], subjects: readonly SubjectEntry[]): string {
  const waited = results.filter(hasWaiters);
  const columns = columnsOf(waited, subjects);
  const rows = waited.map((result): Row => [
    result.benchCase.title,
    ...columns.map(({ name }) => {
      const p99 = p99Of(result, name);
      return p99 === undefined ? '–' : `${time(p99.median)} (${time(p99.low)}–${time(p99.high)})`;
    }),
  ]);
  return markdown([['Case', ...columns.map(({ title }) => title)], ...rows]);
}

/** Our limits where lending is timed, with what was found. */
export function poolLimitsOf(results: readonly CaseResult[]): string {
  const rows = results.map((result): Row => [
    result.benchCase.title,
    verdict(ratioTo(result, OURS, POOL_YARDSTICK), result.benchCase.limit),
    verdict(ratioTo(result, OURS, 'pg-pool-deadline'), undefined),
    verdict(ratioTo(result, OURS, 'postgres-js'), undefined),
    waitVerdict(p99Of(result, OURS), p99Of(result, POOL_YARDSTICK)),
  ]);
  return markdown([
    ['Case', 'against pg-pool', 'against pg-pool with a deadline', 'against postgres.js', '99th percentile of waiting'],
    ...rows,
  ]);
}

export function hasWaiters({ benchCase }: CaseResult): boolean {
  return benchCase.kind === 'pool' && benchCase.hasWaiters;
}

function waitVerdict(ours: Spread | undefined, yardstick: Spread | undefined): string {
  if (ours === undefined || yardstick === undefined) return '–';
  const isMet = ours.median <= yardstick.high;
  return `${time(ours.median)} (≤ ${time(yardstick.high)}, pg-pool's upper quartile) ${isMet ? 'met' : '**missed**'}`;
}

function p99Of(result: CaseResult, name: string): Spread | undefined {
  const p99s = foundIn(result, name)?.samples.map((sample) => sample.waitP99Microseconds) ?? [];
  const known = p99s.filter((p99) => p99 !== undefined);
  return known.length === 0 ? undefined : spreadOf(known);
}
