import { describe, expect, it } from 'vitest';
import { withActiveFilter } from '../../lib/domain/active-filter.js';
import { allRecords } from '../../lib/domain/domain.js';
import { normalise } from '../../lib/domain/normalise.js';
import { parseWrittenDomain } from '../../lib/domain/parse.js';
import { domainToSql } from '../../lib/domain/to-sql.js';
import type { Sql } from '../../lib/sql/sql.js';
import { domainModels } from '../support/domain-fixture.js';

const { node } = domainModels();

function compiled(written: unknown, activeTest = false): Sql {
  return domainToSql(parseWrittenDomain(node, written), node, { alias: 't', activeTest });
}

function filtered(written: unknown): string {
  return domainToSql(withActiveFilter(parseWrittenDomain(node, written), node, true), node, {
    alias: 't',
    activeTest: true,
  }).text;
}

describe('merging', () => {
  it('combines the values of one field', () => {
    const both = compiled([
      ['integer', 'in', [1, 2, 3]],
      ['integer', 'not in', [2]],
    ]);
    expect(both.text).toBe('"t"."integer" = ANY($1::int4[])');
    expect(both.values).toEqual([[1, 3]]);
    const either = compiled(['|', ['integer', '=', 1], ['integer', '=', null]]);
    expect(either.text).toBe('("t"."integer" = ANY($1::int4[]) OR "t"."integer" IS NULL)');
  });

  it('puts conditions on one related record of a many2one into one sub-select', () => {
    const { text } = compiled([
      ['country.code', '=', 'FR'],
      ['country.name', '=', 'France'],
    ]);
    expect(text.match(/EXISTS/g)).toHaveLength(1);
  });

  it('never does so for two conditions on x2many records, unless they are joined by "or"', () => {
    const both = [
      ['lines.qty', '=', 1],
      ['lines.label', '=', 'a'],
    ];
    expect(compiled(both).text.match(/EXISTS/g)).toHaveLength(2);
    expect(compiled(['|', ...both]).text.match(/EXISTS/g)).toHaveLength(1);
  });

  it('asks the link itself for the id of a many2one', () => {
    expect(compiled([['country.id', '=', 3]]).text).toBe('"t"."country_id" = $1::int8');
    expect(compiled([['country', 'any', []]]).text).toBe('"t"."country_id" IS NOT NULL');
  });

  it('takes time that grows with the size of the domain, however deep it is nested', () => {
    let nested: unknown[] = [['name', '=', 'a']];
    for (let level = 0; level < 45; level++)
      nested = [
        ['parent', 'any', nested],
        ['parent', 'any', [['integer', '>', level]]],
      ];
    const started = performance.now();
    normalise(parseWrittenDomain(node, nested), node);
    expect(performance.now() - started).toBeLessThan(1_000);
  });
});

describe('the text of a statement', () => {
  it('is the same for domains of the same shape', () => {
    expect(
      compiled([
        ['name', 'ilike', 'a'],
        ['integer', 'in', [1]],
      ]).text,
    ).toBe(
      compiled([
        ['name', 'ilike', 'b%'],
        ['integer', 'in', [1, 2, 3]],
      ]).text,
    );
  });

  it('sends a hundred thousand ids as one parameter', () => {
    const ids = Array.from({ length: 100_000 }, (_, index) => index);
    expect(compiled([['id', 'in', ids]]).values).toHaveLength(1);
  });

  it('sends what a user searches for as text, not as a pattern', () => {
    expect(compiled([['name', 'ilike', '50%_\\']]).values).toEqual(['%50\\%\\_\\\\%']);
    expect(compiled([['name', '=ilike', 'a%']]).values).toEqual(['a%']);
  });

  it('casts to the type of the column without its precision, which would round the value', () => {
    expect(compiled([['decimal', '=', '1.00000000001']]).text).toBe('"t"."decimal" = $1::numeric');
  });
});

describe('archived records', () => {
  it('are skipped unless the domain names the active field at its own level', () => {
    expect(filtered([['integer', '=', 1]])).toContain('"t"."active"');
    expect(filtered([['active', '=', false]])).toBe('"t"."active" IS NOT TRUE');
    expect(filtered([['active', 'in', [true, false]]])).toBe('TRUE');
    expect(filtered([['parent.active', '=', false]])).toContain('AND "t"."active"');
  });

  it('are skipped inside x2many paths by the same rule, and not in many2one paths', () => {
    expect(filtered([['lines.qty', '=', 1]])).toContain('"d0"."active"');
    expect(filtered([['lines.active', 'in', [true, false]]])).not.toContain('"d0"."active"');
    expect(filtered([['country.code', '=', 'FR']])).not.toContain('"d0"."active"');
    expect(filtered([['country.nodes.name', '=', 'a']])).toContain('"d1"."active"');
  });

  it('stay apart when conditions merge: only those of the domain that asks for them', () => {
    const { text } = compiled(['|', ['lines.active', '=', false], ['lines.qty', '=', 1]], true);
    expect(text).toContain('"d0"."active" IS NOT TRUE OR ("d0"."qty" = $1::int4 AND "d0"."active")');
  });

  it('are all there when the filter is off', () => {
    const domain = withActiveFilter(allRecords, node, false);
    expect(domain).toBe(allRecords);
    expect(compiled([['lines.qty', '=', 1]], false).text).not.toContain('active');
  });
});
