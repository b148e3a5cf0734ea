import { writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { WORKERS } from '../cases/pool.js';
import type { SubjectEntry } from '../subjects/catalogue.js';
import { CONNECTIONS, POOL_SIZE } from '../subjects/subject.js';
import { CLIENTS } from './http-load.js';
import { WARM_CPU_MS } from './measure.js';
import { poolLimitsOf, waitsTableOf } from './pool-report.js';
import { cpuTableOf, failuresOf, limitsOf, tableOf, type CaseResult } from './report.js';

const FILE = fileURLToPath(new URL('../../../docs/benchmarks.md', import.meta.url));

export interface DocumentOptions {
  readonly subjects: readonly SubjectEntry[];
  readonly rounds: number;
  readonly surroundings: readonly string[];
  readonly date: Date;
}

export interface DocumentResults {
  /** Where units of work or requests are timed. */
  readonly units: readonly CaseResult[];
  /** Where lending connections is. */
  readonly lending: readonly CaseResult[];
}

/** Keeps the last tables in docs/, whatever they say. */
export function writeDocument({ units, lending }: DocumentResults, options: DocumentOptions): void {
  const { subjects, rounds, surroundings, date } = options;
  writeFileSync(
    FILE,
    `# Benchmarks

\`npm run bench\` wrote this page; the code is in \`bench/\`. ${date.toISOString().slice(0, 10)}.

${surroundings.map((line) => `- ${line}`).join('\n')}

## Time against the raw driver

Medians of the ratios of ${rounds} interleaved rounds, with the quartiles around them: below 1 is faster than \`pg\` as
people write it. Only ratios of one run mean something; times are given to show the scale.

${tableOf(units, subjects)}
${failureList(units)}
## What we promise

Our time against the others', as medians of the ratios within each round.

${limitsOf(units)}

## CPU time

In the subject's own process, for each unit of work or request; the database's is not in it.

${cpuTableOf(units, subjects)}

## Lending a connection

What the pool takes by itself, nothing being sent to the server: \`borrow\` and \`giveBack\` here, \`connect\` and
\`release\` there. Ratios to pg-pool's time as above.

${tableOf(lending, subjects)}
${failureList(lending)}
How long a borrower waits: the 99th percentile of each round's borrows, the median of the ${rounds} rounds and the quartiles.
A borrower alone never waits; on a machine with other work, the percentile shows when the process was not running, too.

${waitsTableOf(lending, subjects)}

What we promise: a time of at most pg-pool's, and waiting that stays within its spread.

${poolLimitsOf(lending)}

CPU time in the subject's own process for each borrow:

${cpuTableOf(lending, subjects)}

## What is measured

Every case but lending is one transaction, and every result is checked. An item has ten fields: three texts, an
integer, a float, a decimal, a boolean, a date, a time and a many2one. All subjects use tables, indexes and PostgreSQL
settings that are alike, a database each, at most ${CONNECTIONS} connections, and a process each that is idle while others are
measured and has spent ${WARM_CPU_MS / 1_000} s of CPU time on the case before: a server runs for days. The server writes nothing to disk at a
commit, since a disk would hide the differences.

- **Transaction with one SELECT**: one item by id, its name read.
- **Search of 1,000 records**: all fields by a condition in an order; three fields read on each.
- **The same, a many2one loaded**: each item's country too, and the country's name read.
- **Create 1,000 records**: ten fields each; their ids are known afterwards.
- **1,000 different changes**: the same search, then another integer for each item, written.
- **HTTP GET, HTTP POST**: Nest on Express, ${CLIENTS} clients that each wait for their answer before they ask again; the time
  is that between two answers.
- **Borrow and give back, alone**: one worker, ${POOL_SIZE} idle connections, nobody else wanting one.
- **The same, ${WORKERS} workers** on the same ${POOL_SIZE} connections, each asking again as soon as it has given back. A connection is
  held for one turn of the event loop, the shortest that anybody who uses one can hold it; the turns are part of the time
  and alike for all. Afterwards, untimed, every session is asked who it is: none is ever lent to two at once.

The subjects:

- **Nest without a database**: handlers that give the same answers from memory: what no subject can do without.
- **\`pg\` as people write it**: \`connect\`, BEGIN, the statement with parameters, COMMIT, each waited for; rows as
  objects by \`SELECT *\`; a JOIN for the country; one VALUES list for 1,000 new rows; one UPDATE for each changed row. Over
  HTTP the same in a hand-written handler.
- **\`pg\` at its best**: pipeline mode with BEGIN, statement and COMMIT in one round trip, named statements, rows as
  arrays, dates left as text, \`unnest\` for many rows.
- **nest-registry**: \`registry.run\`; over HTTP a singleton controller with \`CurrentEnvironment\`, and in its own column
  one that injects the request-scoped \`Environment\`. A POST's body is checked by \`parseValues\`, which the others do not
  do.
- **TypeORM**: \`transaction\`, \`find\`, \`save\`. **MikroORM**: a fork and \`transactional\`, \`find\`, \`create\`, \`flush\`. Both
  as their documentation shows it, over HTTP with their Nest modules.
- **pg-pool**, **postgres.js** and nest-registry's pool, where lending is timed, with their defaults: only ours gives every
  borrower a deadline, so pg-pool runs a second time with one. **An array and a queue** lends plain
  objects: what the loop around it takes, and the least that lending can.
`,
  );
}

function failureList(results: readonly CaseResult[]): string {
  const lines = failuresOf(results).map((line) => `- Cannot run: ${line}\n`);
  return lines.length === 0 ? '' : `\n${lines.join('')}`;
}
