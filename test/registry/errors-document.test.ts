import { readFileSync } from 'node:fs';
import { describe, expect, it } from 'vitest';
import * as core from '../../lib/core.js';
import * as embedded from '../../lib/embedded.js';
import * as nest from '../../lib/index.js';
import { readSources } from '../architecture/checks/source.js';

const text = readFileSync(new URL('../../docs/errors.md', import.meta.url), 'utf8');
const sections = new Map(
  text.split(/^### /m).map((section) => {
    const [, code = '', name = ''] = /^(\S+) · (\S+)\n/.exec(section) ?? [];
    return [name, { code, body: section }];
  }),
);
sections.delete('');

/** Names of all error classes that the sources define. */
const defined = readSources('lib')
  .flatMap(({ text: source }) => [...source.matchAll(/^export (?:abstract )?class (\w+Error) extends/gm)])
  .map(([, name]) => name!);

describe('the document of errors', () => {
  it('has a section for every error class, and none for another', () => {
    expect([...sections.keys()].sort()).toEqual([...defined].sort());
  });

  it('has every class that is exported', () => {
    const exported = Object.entries({ ...core, ...embedded }).filter(
      ([, value]) =>
        typeof value === 'function' && (value === core.RegistryError || value.prototype instanceof core.RegistryError),
    );
    expect(exported.length).toBeGreaterThan(25);
    expect(exported.map(([name]) => name).filter((name) => !sections.has(name))).toEqual([]);
  });

  it('has no class that nobody can catch by name', () => {
    const exported = new Set(Object.keys({ ...core, ...embedded, ...nest }));
    expect(defined.filter((name) => !exported.has(name))).toEqual([]);
  });

  it('names the codes as errors carry them', () => {
    for (const [name, { code }] of sections) {
      const Named = { [name]: class extends core.RegistryError {} }[name]!;
      expect(new Named('').code).toBe(code);
    }
  });

  it('says of each what to do', () => {
    for (const { body } of sections.values()) expect(body).toContain('**What to do:** ');
  });
});
