import { beforeAll, describe, expect, it } from 'vitest';
import { describeExports, ENTRY_POINTS } from './checks/public-api.js';

/*
 * The public names are a promise, so a change to them is reviewed: after looking at the difference, write the files
 * anew with `npm run test:architecture -- --update`.
 */
describe('the public API', () => {
  let exports: ReadonlyMap<string, readonly string[]>;
  beforeAll(() => {
    exports = describeExports();
  });
  const of = (entryPoint: string): readonly string[] => exports.get(entryPoint) ?? [];

  it.each(ENTRY_POINTS)('of entry point %s is what was reviewed', async (entryPoint) => {
    await expect(`${of(entryPoint).join('\n')}\n`).toMatchFileSnapshot(`api/${entryPoint}.snapshot.txt`);
  });

  it('of the main entry point holds all of the core', () => {
    const main = new Set(of('index'));
    expect(of('core').filter((line) => !main.has(line))).toEqual([]);
  });

  it('hands out nothing whose kind the description does not know', () => {
    expect(of('index')).not.toContainEqual(expect.stringMatching(/: $/));
  });
});
