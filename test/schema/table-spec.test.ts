import { describe, expect, it } from 'vitest';
import { UsageError } from '../../lib/errors/use-errors.js';
import { canonicalType, compareTypes } from '../../lib/schema/column-types.js';
import { fitName, isFittingName } from '../../lib/schema/fit-name.js';
import { defineTable, relationTable } from '../../lib/schema/table-spec.js';

const id = { name: 'id', type: 'bigint', identity: true } as const;

describe('a table specification', () => {
  it('is complete and frozen to its leaves', () => {
    const table = defineTable({ name: 't', columns: [id, { name: 'day', type: 'date' }] });
    expect(table).toMatchObject({ primaryKey: ['id'], indexes: [], comment: null, renamedFrom: null });
    expect(table.columns.map(({ nullable }) => nullable)).toEqual([false, true]);
    expect([table, table.columns, table.columns[0], table.primaryKey].every((part) => Object.isFrozen(part))).toBe(
      true,
    );
  });

  it.each([
    ['a name of 64 bytes', { name: 'ä'.repeat(32), columns: [id] }, '1 to 63 bytes'],
    ['a name twice', { name: 't', columns: [id, { name: 'id', type: 'text' }] }, 'has "id" twice'],
    [
      'an index over no column of its own',
      { name: 't', columns: [id], indexes: [{ name: 'i', columns: ['x'] }] },
      '"x"',
    ],
    ['an index over nothing', { name: 't', columns: [id], indexes: [{ name: 'i' }] }, 'columns or an expression'],
    [
      'a unique that is conditional and deferrable',
      {
        name: 't',
        columns: [id],
        constraints: [{ kind: 'unique', name: 'u', columns: ['id'], where: 'true', deferrable: 'initially deferred' }],
      } as const,
      'both conditional and deferrable',
    ],
  ])('refuses %s', (_, input, message) => {
    expect(() => defineTable(input)).toThrow(UsageError);
    expect(() => defineTable(input)).toThrow(message);
  });

  it('of a relation has both ids as primary key, rows that vanish with either side, and an index for the way back', () => {
    const table = relationTable(
      'rel',
      { column: 'a_id', table: 'a', foreignKey: 'rel_a_fkey' },
      { right: { column: 'b_id', table: 'b', foreignKey: 'rel_b_fkey' }, index: 'rel_b_index' },
    );
    expect(table.primaryKey).toEqual(['a_id', 'b_id']);
    expect(table.foreignKeys.map(({ onDelete, references }) => [onDelete, references.table])).toEqual([
      ['cascade', 'a'],
      ['cascade', 'b'],
    ]);
    expect(table.indexes).toMatchObject([{ name: 'rel_b_index', columns: ['b_id'] }]);
  });
});

describe('a name that is too long', () => {
  const long = 'a'.repeat(60);

  it('is shortened to 63 bytes, always the same, and apart from others with its beginning', () => {
    const names = [`${long}_partner`, `${long}_company`].map(fitName);
    expect(names.map((name) => Buffer.byteLength(name))).toEqual([63, 63]);
    expect(names[0]).not.toBe(names[1]);
    expect(fitName(`${long}_partner`)).toBe(names[0]);
    expect(fitName('res_partner')).toBe('res_partner');
  });

  it.each(['é'.repeat(40), '漢'.repeat(30), '😀'.repeat(20), `a${'😀'.repeat(20)}`])(
    'is cut between characters: %s',
    (name) => {
      const short = fitName(name);
      expect(isFittingName(short)).toBe(true);
      expect(() => encodeURIComponent(short)).not.toThrow();
      expect(name.startsWith(short.slice(0, -9))).toBe(true);
    },
  );
});

describe('a column type', () => {
  it.each([
    ['int8', 'bigint'],
    ['VARCHAR( 40 )', 'character varying(40)'],
    ['numeric(12, 2)', 'numeric(12,2)'],
    ['decimal(5)', 'numeric(5,0)'],
    ['timestamptz(3)', 'timestamp(3) with time zone'],
    ['timestamp(3) with time zone', 'timestamp(3) with time zone'],
    ['timestamp', 'timestamp without time zone'],
    ['float8', 'double precision'],
    ['int4[]', 'integer[]'],
    ['vector(3)', 'vector(3)'],
  ])('%s is printed as %s', (written, printed) => {
    expect(canonicalType(written)).toBe(printed);
  });

  it.each([
    ['integer', 'bigint', 'narrower'],
    ['bigint', 'integer', 'wider'],
    ['text', 'character varying', 'same'],
    ['character varying(5)', 'text', 'narrower'],
    ['text', 'character varying(5)', 'wider'],
    ['numeric(8,2)', 'numeric(8,3)', 'different'],
    ['numeric(8,2)', 'numeric(9,3)', 'narrower'],
    ['numeric', 'numeric(9,3)', 'wider'],
    ['timestamp(3) with time zone', 'timestamp with time zone', 'narrower'],
    ['timestamp without time zone', 'timestamp with time zone', 'different'],
    ['text', 'bigint', 'different'],
  ])('%s beside %s is %s', (actual, wanted, relation) => {
    expect(compareTypes(actual, wanted)).toBe(relation);
  });
});
