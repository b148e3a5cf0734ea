import { describe, expect, it } from 'vitest';
import { parseWrittenDomain } from '../../lib/domain/parse.js';
import type { RecordReader } from '../../lib/domain/record-reader.js';
import { compileComparer } from '../../lib/domain/to-comparer.js';
import { compilePredicate } from '../../lib/domain/to-predicate.js';
import { FieldNotLoadedError } from '../../lib/errors/use-errors.js';
import { domainModels } from '../support/domain-fixture.js';

const { node } = domainModels();

interface Row {
  readonly id: number;
  readonly [name: string]: unknown;
}

/** Knows what a row holds and refuses to guess the rest. */
const reader: RecordReader<Row> = {
  id: ({ id }) => id,
  value: (row, { name }) => {
    if (!(name in row)) throw new FieldNotLoadedError(`"${name}" is not loaded.`);
    return row[name];
  },
  related: (row, { name }) => {
    if (!(name in row)) throw new FieldNotLoadedError(`"${name}" is not loaded.`);
    return row[name] === null ? [] : [row[name] as Row];
  },
};

const filter = (written: unknown, rows: readonly Row[]): number[] =>
  rows.filter(compilePredicate(parseWrittenDomain(node, written), node, reader)).map(({ id }) => id);

describe('a predicate', () => {
  it('lets the reader refuse what is not loaded', () => {
    expect(() => filter([['name', '=', 'a']], [{ id: 1 }])).toThrow(FieldNotLoadedError);
    expect(() => filter([['country.code', '=', 'a']], [{ id: 1, country: { id: 2 } }])).toThrow(FieldNotLoadedError);
  });

  it('reads only what decides', () => {
    expect(
      filter(
        [
          ['integer', '=', 1],
          ['name', '=', 'a'],
        ],
        [{ id: 1, integer: 2 }],
      ),
    ).toEqual([]);
    expect(filter([['name', 'like', '']], [{ id: 1 }])).toEqual([1]);
  });

  it('reads a boolean that is not set as false', () => {
    const rows = [
      { id: 1, flag: true },
      { id: 2, flag: false },
      { id: 3, flag: null },
    ];
    expect(filter([['flag', '=', false]], rows)).toEqual([2, 3]);
    expect(filter([['flag', '!=', true]], rows)).toEqual([2, 3]);
    expect(filter([['flag', '=', null]], rows)).toEqual([]);
  });

  it('ends its walk where the data go round in a circle', () => {
    const first: Record<string, unknown> & Row = { id: 1, parent: null };
    const second: Row = { id: 2, parent: first };
    first['parent'] = second;
    expect(filter([['id', 'child_of', 9]], [first, second])).toEqual([]);
    expect(filter([['id', 'child_of', 2]], [first, second])).toEqual([1, 2]);
  });

  it('says that it cannot look for the start of parent_of by a name', () => {
    expect(() => filter([['id', 'parent_of', 'a']], [{ id: 1, parent: null }])).toThrow(FieldNotLoadedError);
  });

  it('matches a hostile pattern in a time that fits its length', () => {
    const started = performance.now();
    expect(filter([['name', '=like', `${'%a'.repeat(200)}%b`]], [{ id: 1, name: 'a'.repeat(5_000) }])).toEqual([]);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('a comparer', () => {
  const sorted = (order: Parameters<typeof compileComparer>[0], rows: readonly Row[]): number[] =>
    [...rows].sort(compileComparer(order, node, reader)).map(({ id }) => id);

  it('puts what is not set last when ascending and first when descending', () => {
    const rows = [
      { id: 1, name: null },
      { id: 2, name: 'b' },
      { id: 3, name: 'a' },
    ];
    expect(sorted([{ field: 'name', descending: false }], rows)).toEqual([3, 2, 1]);
    expect(sorted([{ field: 'name', descending: true }], rows)).toEqual([1, 2, 3]);
  });

  it('puts equal records in the order of their ids', () => {
    const rows = [
      { id: 3, name: 'a' },
      { id: 1, name: 'a' },
      { id: 2, name: 'a' },
    ];
    expect(sorted([{ field: 'name', descending: true }], rows)).toEqual([1, 2, 3]);
  });
});
