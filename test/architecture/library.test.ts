import { describe, expect, it } from 'vitest';
import {
  findConsoleUses,
  findDefaultExports,
  findIndexFiles,
  findMachinePaths,
  findNames,
  findNestInCore,
  findSettingsReaders,
} from './checks/boundaries.js';
import { findCycles, findModuleCycles } from './checks/cycles.js';
import { findBrokenLinks } from './checks/documents.js';
import { findLayerBreaches } from './checks/layers.js';
import { findLongFiles, findLongFunctions } from './checks/sizes.js';
import { readDocuments, readSources } from './checks/source.js';

const library = readSources('lib');
const sampleApp = readSources('sample-app');

describe('the library', () => {
  it('has files to check', () => {
    expect(library.length).toBeGreaterThan(20);
  });

  it('imports downwards only, types included', () => {
    expect(findLayerBreaches(library)).toEqual([]);
  });

  it('has no import cycles, not even of types', () => {
    expect(findCycles(library)).toEqual([]);
  });

  it('knows Nest in its own room and in the entry points above it alone', () => {
    expect(findNestInCore(library)).toEqual([]);
  });

  it('reads the settings of the process in one place', () => {
    expect(findSettingsReaders(library)).toEqual([]);
  });

  it('never writes to the console', () => {
    expect(findConsoleUses(library)).toEqual([]);
  });

  it('has one index file, the public API', () => {
    expect(findIndexFiles([...library, ...sampleApp])).toEqual([]);
  });

  it('exports by name', () => {
    expect(findDefaultExports([...library, ...sampleApp])).toEqual([]);
  });

  it('keeps every file under 400 lines', () => {
    expect(findLongFiles([...library, ...sampleApp], 400)).toEqual([]);
  });

  it('keeps every function under 80 lines, unless it says why it is a hot path', () => {
    expect(findLongFunctions([...library, ...sampleApp], 80)).toEqual([]);
  });
});

describe('the sample app', () => {
  it('has modules that know each other in one direction only', () => {
    expect(findModuleCycles(sampleApp)).toEqual([]);
  });

  it('never names the loyalty module in the modules it extends', () => {
    const others = sampleApp.filter(({ path }) => /^sample-app\/(geo|contacts|sales|wallet)\//.test(path));
    expect(findNames(others, /loyalty|loyal/i)).toEqual([]);
  });

  it('has no import cycles besides those of models that refer to each other', () => {
    expect(findCycles(sampleApp).filter((cycle) => !isBetweenModels(cycle))).toEqual([]);
  });
});

describe('the project', () => {
  it('names no folder of anybody’s machine', () => {
    const texts = ['lib', 'sample-app', 'scripts', 'test', 'docs'].flatMap((folder) =>
      readSources(folder, ['.ts', '.mjs', '.md', '.json']),
    );
    expect(findMachinePaths(texts.filter(({ path }) => !path.startsWith('test/architecture/')))).toEqual([]);
  });

  it('has documents whose links lead somewhere', () => {
    expect(findBrokenLinks([...readDocuments(), ...readSources('docs', ['.md'])])).toEqual([]);
  });
});

/** Relations are declared by functions, so two model files may name each other. */
function isBetweenModels(cycle: string): boolean {
  return cycle.split(' → ').every((path) => /\.(model|extension)\.ts$/.test(path));
}
