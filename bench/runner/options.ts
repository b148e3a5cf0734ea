import { parseArgs } from 'node:util';
import { cases, findCase } from '../cases/catalogue.js';
import type { BenchCase } from '../cases/bench-case.js';
import { OURS, POOL_YARDSTICK, YARDSTICK, findSubject, subjects, type SubjectEntry } from '../subjects/catalogue.js';

export interface BenchOptions {
  readonly cases: readonly BenchCase[];
  readonly subjects: readonly SubjectEntry[];
  readonly rounds: number;
  /** Of one measurement of one subject. */
  readonly sampleMs: number;
  /** Subject and case to profile instead of measuring. */
  readonly profile: { readonly subject: SubjectEntry; readonly benchCase: BenchCase } | undefined;
  /** Only a whole run is worth keeping. */
  readonly isWhole: boolean;
}

export const HELP = `npm run bench -- [options]
  --quick               3 short rounds instead of 9; nothing is written to docs/
  --cases a,b           of ${cases.map(({ name }) => name).join(', ')}
  --subjects a,b        of ${subjects.map(({ name }) => name).join(', ')}; ${YARDSTICK} and ${POOL_YARDSTICK} always run along
  --profile case        where the CPU time of ${OURS} goes in one case; with --subjects that of another subject
BENCH_DATABASE_URL names a server to use instead of starting one, BENCH_PACKAGE the root of another checkout to time.`;

/** @throws Error for what cannot be understood */
export function readOptions(words: readonly string[]): BenchOptions | 'help' {
  const { values } = parseArgs({
    args: [...words],
    options: {
      quick: { type: 'boolean', default: false },
      cases: { type: 'string' },
      subjects: { type: 'string' },
      profile: { type: 'string' },
      help: { type: 'boolean', default: false },
    },
  });
  if (values.help) return 'help';
  const chosen = values.subjects?.split(',').map(findSubject);
  const yardsticks = [YARDSTICK, POOL_YARDSTICK];
  return {
    cases: values.cases?.split(',').map(findCase) ?? cases,
    subjects: subjects.filter((one) => chosen === undefined || chosen.includes(one) || yardsticks.includes(one.name)),
    rounds: values.quick ? 3 : 9,
    sampleMs: values.quick ? 200 : 500,
    profile:
      values.profile === undefined
        ? undefined
        : { subject: chosen?.[0] ?? findSubject(OURS), benchCase: findCase(values.profile) },
    isWhole: !values.quick && values.cases === undefined && values.subjects === undefined,
  };
}
