import { DatabaseServer } from './runner/database-server.js';
import { writeDocument } from './runner/document.js';
import { measure } from './runner/measure.js';
import { HELP, readOptions, type BenchOptions } from './runner/options.js';
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
  console.log(`\nTime against the raw driver, medians of ${options.rounds} rounds (and quartiles)\n`);
  console.log(tableOf(results, options.subjects));
  console.log(`\nWhat is promised\n\n${limitsOf(results)}`);
  console.log(`\nCPU time in the subject's process\n\n${cpuTableOf(results, options.subjects)}\n`);
  for (const line of failuresOf(results)) console.log(`Cannot run: ${line}`);
  if (!options.isWhole) return;
  writeDocument(results, { ...options, surroundings: around, date: new Date() });
  console.log('Written to docs/benchmarks.md.');
}

const options = readOptions(process.argv.slice(2));
if (options === 'help') console.log(HELP);
else await run(options);
