// `npm test`: every check of the project, stage by stage, on a clone that has only Node and npm. A failing stage does
// not hide those after it; the list at the end names what failed. Stages may be named: `npm test -- types lint`.
import { existsSync, mkdirSync, readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { ensureBuilt } from './build.mjs';
import { followRunner } from './follow-runner.mjs';
import { ensureInstalled } from './install.mjs';
import { ROOT, runTool } from './run-command.mjs';

const REPORTS = join(ROOT, '.cache', 'reports');

const STAGES = {
  build: () => succeeded(ensureBuilt()),
  types: () => compiles('.', 'test/types'),
  lint: () => ended(runTool('eslint', 'eslint', ['.', '--max-warnings', '0'])),
  format: () => ended(runTool('prettier', 'prettier', ['--check', '.', '--log-level', 'warn'])),
  tests: () => vitest('tests', []),
  faults: () => vitest('faults', ['--config', 'test/faults/vitest.config.ts']),
  consumer: () => vitest('consumer', ['--config', 'test/consumer/vitest.config.ts']),
};

process.chdir(ROOT);
followRunner();
const wanted = process.argv.slice(2);
const unknown = wanted.filter((name) => !(name in STAGES));
if (unknown.length > 0) {
  console.error(`No stage is called "${unknown[0]}". Stages: ${Object.keys(STAGES).join(', ')}.`);
  process.exit(2);
}
process.exit(await runStages(wanted.length > 0 ? wanted : Object.keys(STAGES)));

async function runStages(names) {
  console.log('\n━━ install');
  if (!(await succeeded(ensureInstalled())).ok) return 1;
  const results = [];
  for (const name of names) {
    console.log(`\n━━ ${name}`);
    const startedAt = Date.now();
    const result = await STAGES[name]();
    results.push({ name, ...result, seconds: Math.round((Date.now() - startedAt) / 1000) });
  }
  return report(results);
}

function report(results) {
  console.log('\n━━ summary');
  for (const { name, ok, passed, failed, skipped, seconds } of results) {
    const counts = passed === undefined ? '' : `  ${passed} passed, ${failed} failed, ${skipped} skipped`;
    console.log(`${ok ? '✓' : '✗'} ${name.padEnd(9)} ${String(seconds).padStart(4)} s${counts}`);
  }
  const total = (key) => results.reduce((sum, result) => sum + (result[key] ?? 0), 0);
  const broken = results.filter((result) => !result.ok);
  // A stage without a count of its own, or one that broke down beside its tests, still is something that failed.
  const uncounted = broken.filter((result) => !(result.failed > 0)).length;
  if (broken.length > 0) console.log(`Failed: ${broken.map((result) => result.name).join(', ')}`);
  console.log(`${total('passed')} passed, ${total('failed') + uncounted} failed`);
  return broken.length > 0 ? 1 : 0;
}

async function succeeded(step) {
  try {
    await step;
    return { ok: true };
  } catch (error) {
    console.error(error.message);
    return { ok: false };
  }
}

async function ended(run) {
  return { ok: (await run) === 0 };
}

/** Type tests are a project of their own: like an application, they widen the package's interfaces. */
async function compiles(...projects) {
  const codes = [];
  for (const project of projects) codes.push(await runTool('typescript', 'tsc', ['--noEmit', '-p', project]));
  return { ok: codes.every((code) => code === 0) };
}

async function vitest(name, vitestArguments) {
  const file = join(REPORTS, `${name}.json`);
  mkdirSync(REPORTS, { recursive: true });
  rmSync(file, { force: true });
  const reporters = ['--reporter=default', '--reporter=json', `--outputFile.json=${file}`];
  const code = await runTool('vitest', 'vitest', ['run', ...vitestArguments, ...reporters]);
  if (!existsSync(file)) return { ok: false, passed: 0, failed: 0, skipped: 0 };
  const { numPassedTests, numFailedTests, numPendingTests } = JSON.parse(readFileSync(file, 'utf8'));
  return { ok: code === 0, passed: numPassedTests, failed: numFailedTests, skipped: numPendingTests };
}
