import { describe, expect, it } from 'vitest';
import { allRecords, isNever, Term, type Domain } from '../../lib/domain/domain.js';
import { normalise } from '../../lib/domain/normalise.js';
import { parseWrittenDomain } from '../../lib/domain/parse.js';
import { domainToSql } from '../../lib/domain/to-sql.js';
import { and, not, or } from '../../lib/domain/written.js';
import { DomainError, FieldValueError, UnknownFieldError, UsageError } from '../../lib/errors/use-errors.js';
import { domainModels, FakeModel } from '../support/domain-fixture.js';

const { node } = domainModels();
const parse = (written: unknown): Domain => parseWrittenDomain(node, written);
const text = (written: unknown): string => domainToSql(parse(written), node, { alias: 't', activeTest: false }).text;

function errorOf(written: unknown): DomainError {
  try {
    parse(written);
  } catch (error) {
    if (error instanceof DomainError) return error;
    throw error;
  }
  throw new Error('nothing was thrown');
}

describe('prefix notation', () => {
  it('joins with "and" where operators are missing', () => {
    expect(text(['|', ['integer', '=', 1], ['name', '=', 'b'], ['text', '=', 'c']])).toBe(
      '(("t"."integer" = $1::int4 OR "t"."name" = $2::text) AND "t"."text" = $3::text)',
    );
  });

  it('takes the empty domain as every record', () => {
    expect(parse([])).toBe(allRecords);
  });

  it('mixes with trees made by and, or, not', () => {
    const tree = or([['integer', '>', 1]], and([['name', '=', 'b']], not([['name', 'like', 'c']])));
    expect(text([tree, ['flag', '=', true]])).toContain(' OR ');
    expect(text([tree, ['flag', '=', true]])).toContain('"t"."flag"');
  });

  it('takes a single term without brackets in and, or, not', () => {
    expect(text(or(['integer', '>', 1], ['name', '=', 'b']))).toBe(
      '("t"."integer" > $1::int4 OR "t"."name" = $2::text)',
    );
  });

  it.each([
    ['an operator without conditions', ['|', ['name', '=', 'a']], [0]],
    ['a negation of nothing', [['name', '=', 'a'], '!'], [1]],
    ['a term without brackets', ['name', '=', 'a'], [2]],
    ['a term of two elements', [['name', '=']], [0]],
    [
      'a path that is no string',
      [
        ['name', '=', 'a'],
        [3, '=', 3],
      ],
      [1, 0],
    ],
    ['an operator that is no string', [['name', null, 'a']], [0, 1]],
    [
      'an unknown operator',
      [
        ['name', '=', 'a'],
        ['name', '~', 'a'],
      ],
      [1, 1],
    ],
    [
      'a mistake inside a sub-domain',
      [
        [
          'lines',
          'any',
          [
            ['qty', '=', 1],
            ['qty', '~', 1],
          ],
        ],
      ],
      [0, 2, 1, 1],
    ],
    ['an undefined operand', [['name', '=', undefined]], [0, 2]],
  ])('points at %s', (_, written, place) => {
    expect(errorOf(written).place).toEqual(place);
  });

  it.each([null, undefined, 'name', 7, { name: 'a' }])('refuses %j as a domain', (written) => {
    expect(() => parse(written)).toThrow(DomainError);
  });
});

describe('a checked domain', () => {
  it('refuses an unknown field with the nearest names, on the model where it was looked for', () => {
    expect(() => parse([['nmae', '=', 'a']])).toThrow('Model "node" has no field "nmae". Did you mean "name"');
    expect(() => parse([['country.cdoe', '=', 'a']])).toThrow('Model "geo.country" has no field "cdoe"');
  });

  it.each(['__proto__', 'constructor', 'toString', 'country.__proto__'])('knows no field %s', (path) => {
    expect(() => parse([[path, '=', 1]])).toThrow(UnknownFieldError);
  });

  it('refuses undefined inside a list', () => {
    expect(() => parse([['integer', 'in', [1, undefined]]])).toThrow(DomainError);
    expect(() => parse([['country', 'in', [1, undefined]]])).toThrow(DomainError);
  });

  it('converts operands, those of a list one by one', () => {
    expect(() => parse([['integer', '=', 'x']])).toThrow(FieldValueError);
    expect(() => parse([['integer', 'in', [1, 'x']]])).toThrow(FieldValueError);
    expect((parse([['bigint', '=', '9007199254740993']]) as Term).operand).toBe(9_007_199_254_740_993n);
  });

  it.each([
    ['NUL in text', [['name', '=', 'a\0b']]],
    ['NUL in a pattern', [['name', 'ilike', 'a\0b']]],
    ['NUL in a path', [['na\0me', '=', 'a']]],
    ['NUL inside JSON', [['json', '=', { a: ['x\0'] }]]],
    ['half a character', [['name', '=', '\ud800']]],
    ['a pattern that ends in a lone backslash', [['name', '=like', 'a\\']]],
    ['a pattern that is no string', [['name', 'like', 7]]],
    ['like on a number', [['integer', 'like', '1']]],
    ['an order of JSON', [['json', '<', 1]]],
    ['an order of a relation', [['country', '>', 1]]],
    ['several values for a comparison', [['integer', '<', [1, 2]]]],
    ['any on a field without relation', [['name', 'any', []]]],
    ['a path through a field without relation', [['name.x', '=', 1]]],
    ['a walk where there is no hierarchy', [['country', 'child_of', 1]]],
    ['an empty path', [['', '=', 1]]],
    ['an empty hop', [['country.', '=', 1]]],
  ])('refuses %s', (_, written) => {
    expect(() => parse(written)).toThrow(DomainError);
  });

  it.each([[1.5], [false], [{ id: 1 }], [2 ** 60]])('refuses to compare a relation with %j', (operand) => {
    expect(() => parse([['country', '=', operand]])).toThrow(FieldValueError);
  });

  it('reads =[…] as in, and in with one value as a list', () => {
    expect(text([['integer', '=', [1, 2]]])).toBe('"t"."integer" = ANY($1::int4[])');
    expect(text([['integer', 'in', 1]])).toBe('"t"."integer" = ANY($1::int4[])');
  });

  it('takes a recordset for its ids, on a relation and on id', () => {
    const sql = domainToSql(parse([['country', 'in', { ids: [3, 4] }]]), node, { activeTest: false });
    expect(sql.values).toEqual([[3, 4]]);
    expect(domainToSql(parse([['id', '=', { ids: [3] }]]), node, { activeTest: false }).values).toEqual([[3]]);
  });

  it('is given back as it is when it is checked again for the same model', () => {
    const domain = parse([
      ['name', '!=', 'a'],
      ['lines.qty', '>', 1],
    ]);
    expect(parse(domain)).toBe(domain);
    expect(parseWrittenDomain(domainModels().node, domain)).not.toBe(domain);
  });
});

describe('limits', () => {
  it('reads a thousand conditions and refuses more than ten thousand', () => {
    const terms = (count: number): unknown[] => Array.from({ length: count }, (_, index) => ['integer', '>', index]);
    expect(parse(terms(1_000)).size).toBe(1_000);
    expect(() => parse(terms(10_001))).toThrow(DomainError);
    expect(() => parse([...Array<string>(9_999).fill('|'), ...terms(10_001)])).toThrow(DomainError);
  });

  it('refuses deep nesting of operators, sub-domains and paths without exhausting the stack', () => {
    const chain = Array.from({ length: 400 }, (_, index) => [
      index % 2 === 0 ? '&' : '|',
      ['integer', '>', index],
    ]).flat(1);
    expect(() => parse([...chain, ['integer', '>', 1]])).toThrow(DomainError);
    let nested: unknown[] = [];
    for (let level = 0; level < 50_000; level++) nested = [['children', 'any', nested]];
    expect(() => parse(nested)).toThrow(DomainError);
    expect(() => parse([[`${'parent.'.repeat(140)}name`, '=', 'a']])).toThrow(DomainError);
    expect(() => parse([[`${'parent.'.repeat(90)}name`, '=', 'a']])).not.toThrow();
  });

  it('takes any number of negations of one condition', () => {
    expect(text([...Array<string>(1_001).fill('!'), ['integer', '=', 1]])).toBe(
      '"t"."integer" IS DISTINCT FROM $1::int4',
    );
  });
});

describe('a computed field', () => {
  const model = new FakeModel('computed').add('name', { kind: 'char' });
  model.add('plain', { kind: 'char', column: null });
  model.add('upper', {
    kind: 'char',
    column: null,
    search: (operator, operand) => or([['name', operator, operand]], [['name', '=', null]]),
  });
  model.add('wrong', { kind: 'char', column: null, search: () => and([['nmae', '=', 'a']]) });
  model.add('circle', {
    kind: 'char',
    column: null,
    search: (operator, operand) => and([['circle', operator, operand]]),
  });
  model.add('displayName', { kind: 'char', column: null });

  it('is searched as its search says, and its complement is the complement of that', () => {
    const compiled = (written: unknown): string =>
      domainToSql(parseWrittenDomain(model, written), model, { activeTest: false }).text;
    expect(compiled([['upper', '=', 'a']])).toBe('("computed"."name" = ANY($1::text[]) OR "computed"."name" IS NULL)');
    expect(compiled([['upper', '!=', 'a']])).toBe('"computed"."name" <> ALL($1::text[])');
  });

  it('cannot be searched without one', () => {
    expect(() => parseWrittenDomain(model, [['plain', '=', 'a']])).toThrow(DomainError);
  });

  it('blames the model when its search gives what is not a domain', () => {
    expect(() => parseWrittenDomain(model, [['wrong', '=', 'a']])).toThrow(UsageError);
    expect(() => parseWrittenDomain(model, [['circle', '=', 'a']])).toThrow(UsageError);
  });

  it('named displayName is searched by the field that names the record', () => {
    const sql = domainToSql(parseWrittenDomain(model, [['displayName', 'ilike', 'a']]), model, { activeTest: false });
    expect(sql.text).toBe('"computed"."name" ILIKE $1::text');
  });
});

describe('a domain that no record satisfies', () => {
  it.each([
    [[['integer', 'in', []]]],
    [[['country', 'in', []]]],
    [
      [
        ['integer', '=', 1],
        ['integer', '=', 2],
      ],
    ],
    [[['lines.qty', 'in', []]]],
    [
      [
        ['country.code', 'in', []],
        ['name', '=', 'a'],
      ],
    ],
    [['!', ['name', 'like', '']]],
    [[['flag', '=', null]]],
    [[['id', 'child_of', []]]],
  ])('is known as such before any SQL: %j', (written) => {
    expect(isNever(normalise(parse(written), node))).toBe(true);
  });
});
