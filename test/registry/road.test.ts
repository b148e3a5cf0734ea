import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Decimal, Registry } from '../../lib/core.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { Country, Order, OrderLine, Partner, Tag, tradingModels } from '../support/trading-models.js';

let database: TestDatabase;
let registry: Registry;

beforeAll(async () => {
  database = await createTestDatabase('road');
  registry = await Registry.create({ database: { url: database.url }, models: tradingModels, pool: { max: 4 } });
});
afterAll(async () => {
  await registry.close();
  await database.drop();
});

describe('the road', () => {
  it('creates, searches, loads and reads', async () => {
    await registry.run(async (env) => {
      const france = await env.model(Country).create({ name: 'France', code: 'FR' });
      const tag = await env.model(Tag).create({ name: 'vip' });
      const partner = await env.model(Partner).create({ name: 'Ada', country: france, tags: [tag.id] });
      expect(partner.name).toBe('Ada');
      expect(partner.country?.id).toBe(france.id);
      expect(partner.label).toBe('Ada (FR)');
      expect(partner.tagLetters).toBe(3);
      expect(partner.greeting()).toBe('Hello Ada, customer');
    });
    await registry.run(async (env) => {
      const partners = await env.model(Partner).search([['name', '=', 'Ada']], { load: ['country.name', 'tags.name'] });
      expect(partners.map((p) => [p.name, p.label, p.country?.name, p.tags.map((t) => t.name), p.active])).toEqual([
        ['Ada', 'Ada (FR)', 'France', ['vip'], true],
      ]);
      partners.one().country!.name = 'République';
      partners.one().country!.code = 'RF';
      expect(partners.one().label).toBe('Ada (RF)');
    });
    await registry.run(async (env) => {
      const partners = await env.model(Partner).search([['country.code', '=', 'RF']]);
      expect(partners.map((p) => p.label)).toEqual(['Ada (RF)']);
    });
  });

  it('keeps totals through lines', async () => {
    const id = await registry.run(async (env) => {
      const partner = await env.model(Partner).create({ name: 'Bob' });
      const order = await env.model(Order).create({
        number: 'S1',
        partner,
        lines: {
          create: [
            { quantity: 2, price: '10.50' },
            { quantity: 1, price: '1.25' },
          ],
        },
      });
      await env.flush();
      expect(order.total?.toFixed(2)).toBe('22.25');
      order.lines.first()!.quantity = 3;
      expect(order.total?.toFixed(2)).toBe('32.75');
      order.state = 'confirmed';
      await partner.load('revenue', 'orderCount');
      expect(partner.revenue?.toFixed(2)).toBe('32.75');
      expect(partner.orderCount).toBe(1);
      return order.id;
    });
    await registry.run(async (env) => {
      const order = env.model(Order).browse(id);
      await order.load('total', 'partner.revenue', 'lines');
      expect(order.total?.toFixed(2)).toBe('32.75');
      expect(order.partner.revenue?.toFixed(2)).toBe('32.75');
      await order.lines.first()!.unlink();
      await env.flush();
      expect(order.total?.toFixed(2)).toBe('1.25');
      expect(order.partner.revenue).toEqual(new Decimal('1.25'));
    });
    await registry.run(async (env) => {
      const line = (await env.model(OrderLine).search([['order', '=', id]])).one();
      line.quantity = 4;
    });
    await registry.run(async (env) => {
      const order = (await env.model(Order).search([['id', '=', id]], { load: ['partner'] })).one();
      expect(order.total?.toFixed(2)).toBe('5.00');
      expect(order.partner.revenue?.toFixed(2)).toBe('5.00');
    });
  });

  it('refuses what constraints forbid', async () => {
    await expect(
      registry.run(async (env) => {
        await env.model(Country).create([
          { name: 'A', code: 'AA' },
          { name: 'B', code: 'AA' },
        ]);
      }),
    ).rejects.toThrow('There is a country with that code already');
    await expect(
      registry.run(async (env) => {
        const a = await env.model(Partner).create({ name: 'a' });
        const b = await env.model(Partner).create({ name: 'b', parent: a });
        a.parent = b;
        await env.flush();
      }),
    ).rejects.toThrow('A partner cannot be its own ancestor');
  });
});
