import { DatabaseServer } from './runner/database-server.js';
import { writeDocument } from './runner/document.js';
import { measure } from './runner/measure.js';
import { HELP, readOptions, type BenchOptions } from './runner/options.js';
import { hasWaiters, poolLimitsOf, waitsTableOf } from './runner/pool-report.js';
import { profile } from './runner/profile.js';
import { cpuTableOf, failuresOf, limitsOf, tableOf, type CaseResult } from './runner/report.js';
import { surroundings } from './runner/surroundings.js';

async function run(options: BenchOptions): Promise<void> {
  const server = await DatabaseServer.open();
  try {
    if (options.profile !== undefined) {
      console.log(await profile(options.profile.subject, options.profile.benchCase, server));
      return;
    }
    await compare(options, server);
  } finally {
    await server.close();
  }
}

async function compare(options: BenchOptions, server: DatabaseServer): Promise<void> {
  const around = surroundings(await server.version);
  console.log(`${around.join('\n')}\n`);
  const results: CaseResult[] = [];
  for (const benchCase of options.cases) {
    console.log(`Measuring: ${benchCase.title}…`);
    results.push({ benchCase, measured: await measure(benchCase, server, options) });
  }
  const lending = results.filter(({ benchCase }) => benchCase.kind === 'pool');
  const others = results.filter(({ benchCase }) => benchCase.kind !== 'pool');
  if (others.length > 0) tellUnits(others, options);
  if (lending.length > 0) tellLending(lending, options);
  for (const line of failuresOf(results)) console.log(`Cannot run: ${line}`);
  if (!options.isWhole) return;
  writeDocument({ units: others, lending }, { ...options, surroundings: around, date: new Date() });
  console.log('Written to docs/benchmarks.md.');
}

function tellUnits(results: readonly CaseResult[], { rounds, subjects }: BenchOptions): void {
  console.log(`\nTime against the raw driver, medians of ${rounds} rounds (and quartiles)\n`);
  console.log(tableOf(results, subjects));
  console.log(`\nWhat is promised\n\n${limitsOf(results)}`);
  console.log(`\nCPU time in the subject's process\n\n${cpuTableOf(results, subjects)}\n`);
}

function tellLending(results: readonly CaseResult[], { rounds, subjects }: BenchOptions): void {
  console.log(`\nLending a connection, time against pg-pool, medians of ${rounds} rounds (and quartiles)\n`);
  console.log(tableOf(results, subjects));
  if (results.some(hasWaiters)) {
    console.log(
      `\n99th percentile of waiting, medians of the rounds (and quartiles)\n\n${waitsTableOf(results, subjects)}`,
    );
  }
  console.log(`\nWhat is promised\n\n${poolLimitsOf(results)}`);
  console.log(`\nCPU time in the subject's process\n\n${cpuTableOf(results, subjects)}\n`);
}

const options = readOptions(process.argv.slice(2));
if (options === 'help') console.log(HELP);
else await run(options);
