import { execFileSync } from 'node:child_process';
import { existsSync, lstatSync, readFileSync, rmSync, symlinkSync } from 'node:fs';
import { createRequire } from 'node:module';
import { join, resolve } from 'node:path';
import { ensureBuilt } from '../scripts/build.mjs';
import { ensureInstalled } from '../scripts/install.mjs';
import { endWithMessage, ROOT, runCommand, runNpm, runTool } from '../scripts/run-command.mjs';

const BENCH = join(ROOT, 'bench');
const MODULES = join(BENCH, 'node_modules');

/** Installs and builds what is missing, then runs the benchmarks with the Node that all subjects can run on. */
async function start() {
  await ensureInstalled();
  if (process.env.BENCH_PACKAGE === undefined) await ensureBuilt();
  await installSubjects();
  linkPackage(resolve(ROOT, process.env.BENCH_PACKAGE ?? '.'));
  await mustSucceed(runTool('typescript', 'tsc', ['-p', join(BENCH, 'tsconfig.json')]), 'The compiler');
  const node = nodeOfSubjects();
  process.exitCode = await runCommand(node, [
    '--enable-source-maps',
    join(BENCH, 'dist/main.js'),
    ...process.argv.slice(2),
  ]);
}

async function installSubjects() {
  if (isInstalled()) return;
  console.log('Installing the subjects of the benchmarks…');
  await mustSucceed(runNpm(['ci', '--prefix', BENCH, '--no-audit', '--no-fund', '--loglevel=error']), 'npm ci');
}

function isInstalled() {
  const { packages } = JSON.parse(readFileSync(join(BENCH, 'package-lock.json'), 'utf8'));
  return Object.entries(packages).every(([path, { version, optional }]) => {
    if (path === '' || optional) return true;
    const manifest = join(BENCH, path, 'package.json');
    return existsSync(manifest) && JSON.parse(readFileSync(manifest, 'utf8')).version === version;
  });
}

// A link and no dependency: npm would install the project's own packages a second time for it. BENCH_PACKAGE names
// another checkout's root, to compare two versions.
function linkPackage(target) {
  const link = join(MODULES, 'nest-registry');
  if (lstatSync(link, { throwIfNoEntry: false }) !== undefined) rmSync(link);
  symlinkSync(target, link, 'junction');
}

/** Node of the npm package `node`; where there is none for this machine, the one that runs this. */
function nodeOfSubjects() {
  try {
    const require = createRequire(join(BENCH, 'package.json'));
    const program = join(require.resolve('node/package.json'), '..', require('node/package.json').bin.node);
    execFileSync(program, ['--version'], { stdio: 'ignore' });
    return program;
  } catch {
    return process.execPath;
  }
}

async function mustSucceed(running, what) {
  const code = await running;
  if (code !== 0) throw new Error(`${what} failed with code ${code}; its messages are above.`);
}

await start().catch(endWithMessage);
