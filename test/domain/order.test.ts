import { describe, expect, it } from 'vitest';
import { fieldsOf, fieldsOfOrder, type TouchedField } from '../../lib/domain/fields-of.js';
import { parseWrittenOrder } from '../../lib/domain/order.js';
import { orderToSql } from '../../lib/domain/order-to-sql.js';
import { parseWrittenDomain } from '../../lib/domain/parse.js';
import { DomainError, UnknownFieldError } from '../../lib/errors/use-errors.js';
import { domainModels } from '../support/domain-fixture.js';

const { node, country } = domainModels();

function orderBy(written: unknown, model = node): string {
  return orderToSql(parseWrittenOrder(model, written), model, 't')
    .orderBy.map(({ text }) => text)
    .join(', ');
}

const names = (touched: readonly TouchedField[]): string[] =>
  touched.map(({ model, field }) => `${model.name}/${field.name}`);

describe('an order', () => {
  it('is total: it ends in id', () => {
    expect(orderBy('name desc')).toBe('"t"."name" DESC, "t"."id" ASC');
    expect(orderBy('')).toBe('"t"."id" ASC');
    expect(orderBy('name, id desc, integer')).toBe('"t"."name" ASC, "t"."id" DESC');
  });

  it('sorts a many2one by the order of its model, turned round when descending, what is not set by the link alone', () => {
    expect(orderBy('country desc')).toBe(
      '("t"."country_id" IS NULL) DESC, "o0"."code" ASC, "o0"."name" DESC, "t"."country_id" DESC, "t"."id" ASC',
    );
  });

  it('joins each link once and cuts a cycle between orders', () => {
    const { joins } = orderToSql(parseWrittenOrder(node, 'parent, country, name'), node, 't');
    expect(joins).toHaveLength(2);
    expect(orderBy('parent')).toBe('("t"."parent_id" IS NULL) ASC, "o0"."name" ASC, "t"."parent_id" ASC, "t"."id" ASC');
  });

  it('may be written as text, as parts and as terms; a field named twice counts once', () => {
    const terms = [
      { field: 'name', descending: true },
      { field: 'id', descending: false },
    ];
    expect(parseWrittenOrder(node, ' name  DESC ,id')).toEqual(terms);
    expect(parseWrittenOrder(node, ['name desc', 'id asc'])).toEqual(terms);
    expect(parseWrittenOrder(node, terms)).toEqual(terms);
    expect(parseWrittenOrder(node, 'name desc, name, id')).toEqual(terms);
  });

  it.each(['nmae', '__proto__', 'name.x'])('refuses the unknown field %s', (written) => {
    expect(() => parseWrittenOrder(node, written)).toThrow(UnknownFieldError);
  });

  it.each([
    ['name; DROP TABLE node'],
    ['name desc nulls last'],
    [','],
    ['json'],
    ['lines'],
    ['tags'],
    [7],
    [null],
    [undefined],
    [[['name', 'desc']]],
  ])('refuses %j', (written) => {
    expect(() => parseWrittenOrder(node, written)).toThrow(DomainError);
  });

  it('refuses more fields than anyone sorts by', () => {
    expect(() => parseWrittenOrder(node, Array<string>(100).fill('name'))).toThrow(DomainError);
  });
});

describe('the fields that a search depends on', () => {
  it('are those of the domain along its paths, with what links them', () => {
    const domain = parseWrittenDomain(node, [
      ['lines.qty', '>', 1],
      ['country.code', '=', 'FR'],
      ['tags', 'child_of', 1],
    ]);
    expect(names(fieldsOf(domain, node)).sort()).toEqual([
      'geo.country/code',
      'line/active',
      'line/node',
      'line/qty',
      'node/country',
      'node/lines',
      'node/tags',
      'tag/above',
      'tag/active',
      'tag/id',
    ]);
  });

  it('are those of the order, nested orders included', () => {
    expect(names(fieldsOfOrder(parseWrittenOrder(node, 'country'), node))).toEqual([
      'node/country',
      'geo.country/code',
      'geo.country/name',
      'node/id',
    ]);
    expect(names(fieldsOfOrder(country.order, country))).toEqual([
      'geo.country/code',
      'geo.country/name',
      'geo.country/id',
    ]);
  });
});
