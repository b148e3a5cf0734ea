import { describe, expect, it } from 'vitest';
import { UsageError } from '../../lib/errors/use-errors.js';
import { Aliases } from '../../lib/sql/aliases.js';
import { emptySql, identifier, joinSql, sql } from '../../lib/sql/sql.js';

describe('a fragment', () => {
  it('sends values as numbered parameters', () => {
    const fragment = sql`SELECT * FROM a WHERE x = ${1} AND y = ${'two'}`;
    expect(fragment.text).toBe('SELECT * FROM a WHERE x = $1 AND y = $2');
    expect(fragment.values).toEqual([1, 'two']);
  });

  it('inlines a nested fragment and numbers its parameters anew', () => {
    const inner = sql`y = ${2} OR z = ${3}`;
    const outer = sql`x = ${1} AND (${inner}) AND w = ${4}`;
    expect(outer.text).toBe('x = $1 AND (y = $2 OR z = $3) AND w = $4');
    expect(outer.values).toEqual([1, 2, 3, 4]);
    expect(inner.text).toBe('y = $1 OR z = $2');
  });

  it('keeps an array as one parameter', () => {
    expect(sql`id = ANY(${[1, 2, 3]})`.values).toEqual([[1, 2, 3]]);
  });

  it('refuses undefined, which would silently become NULL', () => {
    expect(() => sql`x = ${undefined}`).toThrow(UsageError);
  });

  it('joins parts and leaves out empty ones with their separator', () => {
    const joined = joinSql([sql`a = ${1}`, emptySql, sql`b = ${2}`], ' AND ');
    expect(joined.text).toBe('a = $1 AND b = $2');
    expect(joinSql([], ', ').isEmpty).toBe(true);
    expect(sql`${3}`.isEmpty).toBe(false);
  });
});

describe('an identifier', () => {
  it('is quoted part by part', () => {
    expect(identifier('public', 'a"b', 'c.d').text).toBe('"public"."a""b"."c.d"');
  });

  it('refuses NUL and the empty name', () => {
    expect(() => identifier('a\0b')).toThrow(UsageError);
    expect(() => identifier('')).toThrow(UsageError);
  });
});

describe('aliases', () => {
  it('are named by counting, so that the same shape has the same text', () => {
    const aliases = new Aliases();
    expect([aliases.next(), aliases.next()]).toEqual(['t0', 't1']);
  });
});
