import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Registry, isSubmitted, parseDomain, parseOrder, parseValues } from '../../lib/core.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Partner, tradingModels } from '../support/trading-models.js';

let database: TestDatabase;
let registry: Registry;

beforeAll(async () => {
  database = await createTestDatabase('input');
  registry = await Registry.create({ database: { url: database.url }, models: tradingModels, pool: { max: 2 } });
  await registry.run(async (env) => {
    await env.model(Partner).create([
      { name: 'Ada', score: 1 },
      { name: 'Bob', score: 3 },
      { name: 'Cyd', score: 2 },
    ]);
  });
});
afterAll(async () => {
  await registry.close();
  await database.drop();
});

describe('what clients send', () => {
  it('is checked against a recordset or a model of the registry, and searched for as it is', async () => {
    await registry.run(async (env) => {
      const partners = env.model(Partner);
      const domain = parseDomain(partners, '[["score", ">", 1]]');
      expect((await partners.search(domain, { order: parseOrder(partners, 'score desc') })).map((p) => p.name)).toEqual(
        ['Bob', 'Cyd'],
      );
      expect((await partners.search(domain, { order: parseOrder(partners, 'score') })).map((p) => p.name)).toEqual([
        'Cyd',
        'Bob',
      ]);
      const model = env.registry.get('t.partner');
      expect(await partners.searchCount(parseDomain(model, [['name', 'ilike', 'A']]))).toBe(1);
      expect(parseValues(model, { name: 'Dan' })).toEqual({ name: 'Dan' });
    });
  });

  it.each([
    ['an unknown field', () => parseDomain(registry.get('t.partner'), [['nmae', '=', 'x']])],
    ['an unknown operator', () => parseDomain(registry.get('t.partner'), [['name', '~~', 'x']])],
    ['a wrong type', () => parseDomain(registry.get('t.partner'), [['score', '=', 'many']])],
    ['what is not JSON', () => parseDomain(registry.get('t.partner'), '[')],
    ['a name of every object', () => parseDomain(registry.get('t.partner'), [['__proto__', '=', 1]])],
    ['an unknown order', () => parseOrder(registry.get('t.partner'), 'nmae desc')],
    ['an unknown key', () => parseValues(registry.get('t.partner'), { nmae: 'x' })],
    ['a computed field', () => parseValues(registry.get('t.partner'), { label: 'x' })],
    ['a value of the wrong type', () => parseValues(registry.get('t.partner'), { name: 5 })],
    ['what is no object', () => parseValues(registry.get('t.partner'), [])],
  ])('is refused as submitted for %s', (_what, parse) => {
    let told: unknown;
    try {
      parse();
    } catch (error) {
      told = error;
    }
    expect(isSubmitted(told)).toBe(true);
  });
});
