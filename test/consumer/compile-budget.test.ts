import { afterAll, beforeAll, describe, expect, inject, it } from 'vitest';
import { ConsumerFolder } from './support/consumer-folder.js';
import { generateApplication } from './support/generated-models.js';

const MODELS = 300;
/** Upper bound of what the types of 300 models and 600 searches may cost TypeScript 6. */
const MOST_INSTANTIATIONS = 1_200_000;

const compilerOptions = {
  module: 'nodenext',
  target: 'es2022',
  strict: true,
  experimentalDecorators: true,
  skipLibCheck: true,
  types: ['node'],
  noEmit: true,
};

describe(`an application of ${MODELS} models of twenty fields and ${2 * MODELS} searches`, () => {
  let folder: ConsumerFolder;

  const compile = (version: string): Promise<string> =>
    folder.node([`node_modules/typescript-${version}/bin/tsc`, '--extendedDiagnostics']);

  beforeAll(async () => {
    folder = await ConsumerFolder.create();
    const compilers = ['5.9', '6', '7'].map((version) => `typescript-${version}@npm:typescript@~${version}`);
    await folder.npm(['install', '--legacy-peer-deps', '--omit=peer', inject('tarball'), '@types/node', ...compilers]);
    await folder.write('tsconfig.json', JSON.stringify({ compilerOptions, include: ['src'] }));
    for (const { path, text } of generateApplication(MODELS)) await folder.write(path, text);
  });

  afterAll(() => folder.remove());

  it('compiles within its budget under TypeScript 6', async () => {
    const diagnostics = await compile('6');
    const instantiations = Number(/^Instantiations:\s+(\d+)/m.exec(diagnostics)?.[1]);
    if (process.env['SHOW_FIGURES']) console.log(`${instantiations} instantiations`);
    expect(instantiations).toBeGreaterThan(0);
    expect(instantiations).toBeLessThanOrEqual(MOST_INSTANTIATIONS);
  });

  it.for(['5.9', '7'])('compiles under TypeScript %s', async (version) => {
    await expect(compile(version)).resolves.toContain('Instantiations');
  });

  it('does not compile with a path that leads nowhere, whichever compiler reads it', async () => {
    await folder.write(
      'src/wrong.ts',
      `import type { Environment } from 'nest-registry/core';
       import { Model0 } from './models/model0.js';
       export const wrong = (env: Environment) => env.model(Model0).search([['next.nam', '=', 'x']]);`,
    );
    for (const version of ['5.9', '6', '7']) {
      await expect(compile(version)).rejects.toThrow(/src\/wrong\.ts\(3.*error TS2322/);
    }
  });
});
