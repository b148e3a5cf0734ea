import { mkdtemp, readdir, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { run, runNpm } from './run.js';

declare module 'vitest' {
  export interface ProvidedContext {
    /** Path of the packed package. */
    tarball: string;
  }
}

const root = fileURLToPath(new URL('../../..', import.meta.url));
let folder: string | undefined;

/** Builds and packs the package once for all consumer tests. */
export async function setup(project: TestProject): Promise<void> {
  folder = await mkdtemp(join(tmpdir(), 'nest-registry-pack-'));
  await run(process.execPath, ['scripts/build.mjs'], { cwd: root });
  await runNpm(['pack', '--ignore-scripts', '--pack-destination', folder], { cwd: root });
  const [tarball] = await readdir(folder);
  if (tarball === undefined) throw new Error('npm pack made no file.');
  project.provide('tarball', join(folder, tarball));
}

export async function teardown(): Promise<void> {
  if (folder !== undefined) await rm(folder, { recursive: true, force: true });
}
