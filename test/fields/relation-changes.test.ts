import { describe, expect, it } from 'vitest';
import { FieldValueError, UsageError } from '../../lib/errors/use-errors.js';
import type { FieldResolver } from '../../lib/domain/field-resolver.js';
import { RECORD_MODEL } from '../../lib/fields/record-values.js';
import { parseRelationChanges } from '../../lib/fields/relation-changes.js';
import { field } from './support.js';

const tags = field('many2many', {}, { target: () => 'res.tag' });
tags.linkTo({
  kind: 'many2many',
  target: { name: 'res.tag' } as FieldResolver,
  table: 't',
  ownColumn: 'a',
  targetColumn: 'b',
});
const records = (model: string, ...ids: readonly number[]): object => ({ [RECORD_MODEL]: model, ids });

describe('what an x2many is given', () => {
  it('replaces the set when it is a list, a recordset or null', () => {
    expect(parseRelationChanges(tags, [3, 1n, 3, records('res.tag', 7)])).toMatchObject({
      set: [3, 1, 7],
      add: [],
      create: [],
    });
    expect(parseRelationChanges(tags, records('res.tag', 2, 1)).set).toEqual([2, 1]);
    expect(parseRelationChanges(tags, []).set).toEqual([]);
    expect(parseRelationChanges(tags, null).set).toEqual([]);
  });

  it('changes the set when it is an object', () => {
    const changes = parseRelationChanges(tags, {
      add: [1, records('res.tag', 2), 1],
      remove: records('res.tag', 3),
      create: [{ name: 'x' }],
      update: [[records('res.tag', 4), { name: 'y' }]],
      delete: [5],
      set: undefined,
    });
    expect(changes).toEqual({
      set: null,
      add: [1, 2],
      remove: [3],
      create: [{ name: 'x' }],
      update: [[4, { name: 'y' }]],
      delete: [5],
    });
    expect(Object.isFrozen(changes) && Object.isFrozen(changes.add) && Object.isFrozen(changes.create[0])).toBe(true);
    expect(parseRelationChanges(tags, {})).toMatchObject({ set: null, add: [] });
    expect(parseRelationChanges(tags, { set: [1], create: [{}] })).toMatchObject({ set: [1], create: [{}] });
  });

  it('is refused when it makes no sense, with the reason', () => {
    for (const [value, message] of [
      [5, 'takes ids, records, or an object of changes, not 5'],
      ['1,2', 'not "1,2"'],
      [{ append: [1] }, 'knows no change "append"'],
      [{ ad: [1] }, 'Did you mean "add"'],
      [{ set: [1], add: [2] }, '"set" beside "add" or "remove"'],
      [{ add: 5 }, 'takes an array of ids'],
      [{ add: ['5'] }, 'takes an id or a record of res.tag, not "5"'],
      [[{ name: 'x' }], 'takes ids and records in a list'],
      [[0], 'not 0'],
      [{ create: { name: 'x' } }, 'array of values under "create"'],
      [{ create: [5] }, 'an object of values under "create"'],
      [{ update: [{ id: 1 }] }, 'pairs of id and values'],
      [{ update: [[1, 5]] }, 'an object of values under "update"'],
      [records('res.partner', 1), 'takes records of res.tag, not records of res.partner'],
      [[records('res.tag', 1, 2)], 'takes one record, not a set of 2'],
    ] as const) {
      expect(() => parseRelationChanges(tags, value), message).toThrow(FieldValueError);
      expect(() => parseRelationChanges(tags, value)).toThrow(message);
    }
  });

  it('is a mistake for any other kind of field', () => {
    expect(() => parseRelationChanges(field('char'), [])).toThrow(UsageError);
    expect(() => parseRelationChanges(field('many2one'), [])).toThrow(UsageError);
  });
});

describe('a many2one', () => {
  it('takes a record of its model, a set of one, and no other', () => {
    const country = field('many2one', {}, { target: () => 'res.country' });
    country.linkTo({ kind: 'many2one', target: { name: 'res.country' } as FieldResolver });
    expect(country.convert(records('res.country', 7))).toBe(7);
    expect(() => country.convert(records('res.partner', 7))).toThrow(
      'takes records of res.country, not records of res.partner',
    );
    expect(() => country.convert(records('res.country'))).toThrow('one record, not a set of 0');
    expect(() => country.convert({ ids: [7] })).toThrow('not an object');
    expect(() => country.linkTo(country.relation!)).toThrow(UsageError);
  });
});
