import { existsSync, readFileSync, readdirSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { describe, expect, it } from 'vitest';

const root = fileURLToPath(new URL('../..', import.meta.url));
const rows = readFileSync(`${root}/docs/features.md`, 'utf8')
  .split('\n')
  .flatMap((line) => {
    const [, id = '', , place = ''] = line.split('|').map((cell) => cell.trim());
    return /^[A-Z]{3}-\d+$/.test(id) ? [{ id, place }] : [];
  });

describe('the document of features', () => {
  it('names no row twice', () => {
    const ids = rows.map(({ id }) => id);
    expect(ids.length).toBeGreaterThan(100);
    expect(ids.filter((id, index) => ids.indexOf(id) !== index)).toEqual([]);
  });

  it.each(rows.filter(({ place }) => !place.startsWith('open')))('names a test of $id that is there', ({ place }) => {
    const [path = '', ...name] = place.split(': ');
    expect(existsSync(`${root}/${path}`), path).toBe(true);
    if (name.length > 0) expect(readFileSync(`${root}/${path}`, 'utf8')).toContain(name.join(': '));
    else expect(path.endsWith('.ts') || readdirSync(`${root}/${path}`).length > 0).toBe(true);
  });
});
