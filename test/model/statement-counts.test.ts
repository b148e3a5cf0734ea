import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Registry, type Environment } from '../../lib/core.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { watchStatements } from '../support/library.js';
import { Country, Order, OrderLine, Partner, Tag, tradingModels } from '../support/trading-models.js';

const MANY = 1_000;
let database: TestDatabase;
let registry: Registry;

beforeAll(async () => {
  database = await createTestDatabase('counts');
  registry = await Registry.create({ database: { url: database.url }, models: tradingModels, pool: { max: 4 } });
  await registry.run(async (env) => {
    const countries = await env.model(Country).create([
      { name: 'France', code: 'FR' },
      { name: 'Belgium', code: 'BE' },
    ]);
    const tags = await env.model(Tag).create([{ name: 'vip' }, { name: 'new' }]);
    await env.model(Partner).create(
      Array.from({ length: MANY }, (_, index) => ({
        name: `Partner ${index}`,
        score: index,
        country: countries.at(index % 2),
        tags: index % 3 === 0 ? tags.ids : [],
      })),
    );
  });
});
afterAll(async () => {
  await registry.close();
  await database.drop();
});

/** Texts of the statements that `work` sends, the flush at its end included. */
async function sent(work: (env: Environment, texts: string[]) => Promise<void>): Promise<string[]> {
  return registry.run(async (env) => {
    const texts = watchStatements(env);
    await work(env, texts);
    await env.flush();
    return texts;
  });
}

describe('statements on the wire', () => {
  it('are three at most for 1,000 partners with country and tags loaded', async () => {
    const texts = await sent(async (env) => {
      const partners = await env.model(Partner).search([], { load: ['country', 'tags'] });
      expect(partners.length).toBe(MANY);
      const read = partners.map((partner) => [
        partner.name,
        partner.country?.name,
        partner.tags.map((tag) => tag.name).length,
      ]);
      expect(read.filter(([, , tags]) => tags === 2)).toHaveLength(Math.ceil(MANY / 3));
      expect(new Set(read.map(([, country]) => country))).toEqual(new Set(['France', 'Belgium']));
    });
    expect(texts).toHaveLength(3);
  });

  it('are one for a load in a loop over 1,000 records, and for loads started together', async () => {
    const texts = await sent(async (env) => {
      const partners = await env.model(Partner).search([]);
      for (const partner of partners) await partner.load('country.name');
      await Promise.all(partners.map((partner) => partner.load('tags.name')));
    });
    expect(texts).toHaveLength(3);
  });

  it('are one INSERT for 1,000 new records, computed fields included', async () => {
    const texts = await sent(async (env) => {
      const country = (await env.model(Country).search([['code', '=', 'FR']])).one();
      const partners = await env
        .model(Partner)
        .create(Array.from({ length: MANY }, (_, index) => ({ name: `New ${index}`, country })));
      expect(partners.at(-1)?.label).toBe(`New ${MANY - 1} (FR)`);
      await partners.unlink();
    });
    expect(texts.filter((text) => text.startsWith('INSERT'))).toHaveLength(1);
  });

  it('are one UPDATE for 1,000 records that change to different values', async () => {
    const texts = await sent(async (env) => {
      const partners = await env.model(Partner).search([]);
      for (const partner of partners) partner.score = (partner.score ?? 0) + 7;
    });
    expect(texts.filter((text) => text.startsWith('UPDATE'))).toHaveLength(1);
    const scores = await registry.run(async (env) =>
      (await env.model(Partner).search([['name', '=', 'Partner 5']])).map(({ score }) => score),
    );
    expect(scores).toEqual([12]);
  });

  it('are none for what is equal already, and none for a search that can find nothing', async () => {
    const texts = await sent(async (env) => {
      const partners = await env.model(Partner).search([], { limit: 3 });
      for (const partner of partners) partner.name = String(partner.name);
      await partners.write({ active: true });
      expect((await env.model(Partner).search([['id', 'in', []]])).length).toBe(0);
    });
    expect(texts).toHaveLength(1);
  });

  it('carry an order with its lines and all that is computed from them in a handful', async () => {
    const texts = await sent(async (env) => {
      const partner = (await env.model(Partner).search([['name', '=', 'Partner 1']])).one();
      const lines = Array.from({ length: 50 }, (_, index) => ({ quantity: index + 1, price: '2.00' }));
      const order = await env.model(Order).create({ number: 'N1', partner, lines: { create: lines } });
      await env.flush();
      expect(order.total?.toFixed(2)).toBe('2550.00');
      expect((await env.model(OrderLine).search([['order', '=', order]])).length).toBe(50);
    });
    expect(texts.filter((text) => text.startsWith('INSERT'))).toHaveLength(2);
    expect(texts.filter((text) => text.startsWith('UPDATE')).length).toBeLessThanOrEqual(2);
    expect(texts.length).toBeLessThanOrEqual(9);
  });
});
