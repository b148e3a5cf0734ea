import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { BaseModel, FieldNotLoadedError, Model, Registry, fields, type Many, type One } from '../../lib/core.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

@Model('filter.order')
class Order extends BaseModel<Order> {
  @fields.Char({ required: true }) name!: string;
  @fields.One2many(() => Line, 'order') lines!: Many<Line>;
}

@Model('filter.line')
class Line extends BaseModel<Line> {
  @fields.Many2one(() => Order) order!: One<Order>;
  @fields.Integer({ required: true }) quantity!: number;
  @fields.Boolean({ default: true }) active!: boolean;
}

describe('a filter in memory and archived records', () => {
  let database: TestDatabase;
  let registry: Registry;

  beforeAll(async () => {
    database = await createTestDatabase('filter_archived');
    registry = await Registry.create({ database: { url: database.url }, models: [Order, Line] });
    await registry.run(async (env) => {
      await env.model(Order).create([
        { name: 'kept', lines: { create: [{ quantity: 1 }] } },
        { name: 'dropped', lines: { create: [{ quantity: 5, active: false }] } },
      ]);
    });
  });

  afterAll(async () => {
    await registry.close();
    await database.drop();
  });

  it('leaves them out of a condition on a list, as a search does', async () => {
    await registry.run(async (env) => {
      const orders = await env.model(Order).search([], { load: ['lines.quantity'] });
      const big = await env.model(Order).search([['lines', 'any', [['quantity', '>', 0]]]]);
      expect(orders.filterBy([['lines', 'any', [['quantity', '>', 0]]]]).ids).toEqual(big.ids);
      expect(big.map(({ name }) => name)).toEqual(['kept']);
    });
  });

  it('refuses a condition that names the active field of a list loaded without them, and says how to load it', async () => {
    await registry.run(async (env) => {
      const orders = await env.model(Order).search([], { load: ['lines.active'] });
      const filter = (): unknown => orders.filterBy([['lines', 'any', [['active', '=', false]]]]);
      expect(filter).toThrow(FieldNotLoadedError);
      expect(filter).toThrow('filter.order(1).lines is not loaded with its archived records.');
      await orders.withContext({ activeTest: false }).load('lines.active');
      expect(filter()).toEqual(await env.model(Order).search([['lines', 'any', [['active', '=', false]]]]));
    });
  });
});
