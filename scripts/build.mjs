import { createHash } from 'node:crypto';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import { endWithMessage, isProgram, ROOT, runTool } from './run-command.mjs';
import { withStepLock } from './step-lock.mjs';

const STAMP = join(ROOT, '.cache', 'build.json');
const OUTPUT = join(ROOT, 'dist');
const SOURCES = ['lib', 'sample-app', 'nest-cli.json', 'tsconfig.json', 'package.json', 'package-lock.json'];

// The library comes last. The sample app compiles it along, with the decorator metadata that only an application
// needs, into the same folder: what is published is what the library's own build wrote over it.
const PROJECTS = ['sample-app', 'lib'];

/** Builds library and sample app with `nest build`, unless both sources and output are what the last build left. */
export async function ensureBuilt() {
  if (isBuilt()) return;
  await withStepLock('build', async () => {
    if (isBuilt()) return;
    const sources = fingerprintOfSources();
    rmSync(STAMP, { force: true });
    rmSync(OUTPUT, { recursive: true, force: true });
    for (const project of PROJECTS) {
      console.log(`Building ${project}…`);
      const code = await runTool('@nestjs/cli', 'nest', ['build', project]);
      if (code !== 0) throw new Error(`nest build ${project} failed with code ${code}; its messages are above.`);
    }
    mkdirSync(join(ROOT, '.cache'), { recursive: true });
    writeFileSync(STAMP, JSON.stringify({ sources, output: fingerprintOfOutput() }));
  });
}

function isBuilt() {
  if (!existsSync(STAMP) || !existsSync(OUTPUT)) return false;
  const stamp = JSON.parse(readFileSync(STAMP, 'utf8'));
  return stamp.sources === fingerprintOfSources() && stamp.output === fingerprintOfOutput();
}

function fingerprintOfSources() {
  const hash = createHash('sha256');
  for (const source of SOURCES.flatMap((name) => filesUnder(join(ROOT, name)))) {
    hash.update(relative(ROOT, source)).update('\0').update(readFileSync(source)).update('\0');
  }
  return hash.digest('hex');
}

// The output is compared too, by size and time: a watching compiler writes to the same folder.
function fingerprintOfOutput() {
  const hash = createHash('sha256');
  for (const file of filesUnder(OUTPUT)) {
    const { size, mtimeMs } = statSync(file);
    hash.update(`${relative(ROOT, file)}\0${size}\0${mtimeMs}\0`);
  }
  return hash.digest('hex');
}

function filesUnder(path) {
  if (!existsSync(path)) return [];
  if (!statSync(path).isDirectory()) return [path];
  return readdirSync(path)
    .sort()
    .flatMap((name) => filesUnder(join(path, name)));
}

if (isProgram(import.meta.url)) await ensureBuilt().catch(endWithMessage);
