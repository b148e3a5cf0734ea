import { existsSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ConsumerFolder } from './support/consumer-folder.js';

interface Manifest {
  readonly name: string;
  readonly license?: string;
  readonly dependencies?: Readonly<Record<string, string>>;
}

const PERMISSIVE = ['MIT', 'ISC', 'BSD-2-Clause', 'BSD-3-Clause', '0BSD', 'Apache-2.0', 'PostgreSQL'];

describe('the packed package, installed without Nest', () => {
  let folder: ConsumerFolder;

  const manifestOf = async (name: string): Promise<Manifest> =>
    JSON.parse(await readFile(join(folder.path, 'node_modules', name, 'package.json'), 'utf8')) as Manifest;

  beforeAll(async () => {
    folder = await ConsumerFolder.create();
    await folder.npm(['install', '--legacy-peer-deps', '--omit=optional', inject('tarball')]);
  });

  afterAll(() => folder.remove());

  it('holds the library and what one reads about it, and no sources, tests or sample', async () => {
    const installed = join(folder.path, 'node_modules', 'nest-registry');
    expect((await readdir(installed)).sort()).toEqual([
      'CHANGELOG.md',
      'LICENSE',
      'README.md',
      'dist',
      'docs',
      'package.json',
    ]);
    expect(await readdir(join(installed, 'dist'))).toEqual(['lib']);
    const files = await readdir(join(installed, 'dist'), { recursive: true });
    expect(files.filter((file) => /(?<!\.d)\.ts$|\.test\.|tsbuildinfo/.test(file))).toEqual([]);
  });

  it('gives each entry point its code and its types', async () => {
    const { exports } = (await manifestOf('nest-registry')) as Manifest & { exports: Record<string, unknown> };
    const targets = Object.values(exports).flatMap((entry) =>
      typeof entry === 'string' ? [entry] : Object.values(entry as object),
    );
    const missing = targets.filter(
      (path: string) => !existsSync(join(folder.path, 'node_modules/nest-registry', path)),
    );
    expect(missing).toEqual([]);
  });

  it('loads its core and its embedded server although there is no Nest', async () => {
    expect(existsSync(join(folder.path, 'node_modules', '@nestjs'))).toBe(false);
    await folder.write(
      'core.js',
      `const core = await import('nest-registry/core');
       const embedded = await import('nest-registry/embedded');
       console.log(typeof core.Registry.create, typeof core.ConnectionPool, typeof embedded.startEmbeddedServer);`,
    );
    expect((await folder.node(['core.js'])).trim()).toBe('function function function');
  });

  it('lets its core be required by a file that is no ES module', async ({ skip }) => {
    skip(!process.features.require_module, 'This Node cannot require ES modules.');
    await folder.write('core.cjs', "console.log(typeof require('nest-registry/core').Registry);");
    expect((await folder.node(['core.cjs'])).trim()).toBe('function');
  });

  it('loads without a word on standard error', async () => {
    await folder.write(
      'quiet.js',
      "process.on('warning', (warning) => console.log(warning)); await import('nest-registry/core');",
    );
    expect(await folder.node(['quiet.js'])).toBe('');
  });

  it('has at most four runtime dependencies', async () => {
    const { dependencies = {} } = await manifestOf('nest-registry');
    expect(Object.keys(dependencies).length).toBeLessThanOrEqual(4);
  });

  it('brings only permissive licences along', async () => {
    const lock = JSON.parse(await readFile(join(folder.path, 'node_modules/.package-lock.json'), 'utf8')) as {
      packages: Readonly<Record<string, { readonly license?: string }>>;
    };
    const licences = Object.entries(lock.packages).map(([path, { license }]) => ({ path, license }));
    expect(licences.length).toBeGreaterThan(4);
    expect(licences.filter(({ license }) => license === undefined || !PERMISSIVE.includes(license))).toEqual([]);
  });
});
