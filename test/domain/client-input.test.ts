import { describe, expect, it } from 'vitest';
import { parseDomain, parseOrder } from '../../lib/domain/client-input.js';
import { isSubmitted } from '../../lib/domain/submitted.js';
import { parseWrittenDomain } from '../../lib/domain/parse.js';
import { domainToSql } from '../../lib/domain/to-sql.js';
import { DomainError } from '../../lib/errors/use-errors.js';
import { domainModels } from '../support/domain-fixture.js';

const { node } = domainModels();

function errorOf(work: () => unknown): unknown {
  try {
    work();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

describe('what a client sends', () => {
  it('is read from JSON and from its text, decimals and dates as strings', () => {
    const input = [
      ['decimal', '>', '1.50'],
      ['datetime', '<', '2024-03-01T00:00:00Z'],
      ['bigint', '=', '9007199254740993'],
    ];
    const { values } = domainToSql(parseDomain(node, JSON.stringify(input)), node, { activeTest: true });
    expect(values).toEqual(['1.5', '2024-03-01T00:00:00.000Z', '9007199254740993']);
    expect(parseDomain(node, input).size).toBe(3);
  });

  it.each([
    ['not JSON', '[["name"'],
    ['not a domain', '{"name": 1}'],
    ['an unknown field', [['nmae', '=', 1]]],
    ['a prototype', '[["__proto__", "=", 1]]'],
    ['a wrong value', [['integer', '=', 'x']]],
    ['an unknown operator', [['name', '~*', '(a+)+$']]],
    ['nothing', undefined],
    ['more than a thousand conditions', Array.from({ length: 1_001 }, () => ['integer', '>', 1])],
    ['text without end', ' '.repeat(250_001)],
    ['brackets without end', '['.repeat(200_000)],
    ['a plain object that looks like a tree', [{ kind: 'all', checkedFor: {} }]],
  ])('is told as submitted when it is %s', (_, input) => {
    expect(isSubmitted(errorOf(() => parseDomain(node, input)))).toBe(true);
  });

  it('is a wrong domain, not a wrong value to store, when a field cannot be compared with it', () => {
    expect(errorOf(() => parseDomain(node, [['integer', '=', 'x']]))).toBeInstanceOf(DomainError);
  });

  it('is told from the same mistake in code', () => {
    expect(isSubmitted(errorOf(() => parseWrittenDomain(node, [['nmae', '=', 1]])))).toBe(false);
  });

  it('may be an order', () => {
    expect(parseOrder(node, 'name desc')).toEqual([{ field: 'name', descending: true }]);
    expect(isSubmitted(errorOf(() => parseOrder(node, 'nmae desc')))).toBe(true);
    expect(isSubmitted(errorOf(() => parseOrder(node, '1; SELECT 1')))).toBe(true);
  });

  it('never repeats a long value in the message', () => {
    const error = errorOf(() => parseDomain(node, [['name', 'x'.repeat(10_000), 1]])) as Error;
    expect(error.message.length).toBeLessThan(300);
  });
});
