import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BaseModel,
  Decimal,
  Depends,
  Extend,
  MissingError,
  Model,
  Registry,
  ValidationError,
  fields,
  type Many,
  type One,
  type Values,
} from '../../lib/core.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

@Model('c.tag')
class Tag extends BaseModel<Tag> {
  @fields.Char({ required: true }) name!: string;
}

@Model('c.order', { order: 'id' })
class Order extends BaseModel<Order> {
  @fields.Char({ required: true }) name!: string;
  @fields.Char({ unique: true }) number!: string | null;
  @fields.Char({ copy: false }) note!: string | null;
  @fields.Json() extra!: unknown;
  @fields.Binary() scan!: Uint8Array | null;
  @fields.Many2one(() => Order) parent!: One<Order>;
  @fields.Many2many(() => Tag) tags!: Many<Tag>;
  @fields.One2many(() => Line, 'order', { copy: true }) lines!: Many<Line>;
  @fields.One2many(() => Remark, 'order') remarks!: Many<Remark>;

  @fields.Decimal({ store: true, digits: [12, 2] })
  @Depends('lines.amount')
  get total(): Decimal {
    return this.lines.map(({ amount }) => amount ?? new Decimal(0)).reduce((sum, one) => sum.plus(one), new Decimal(0));
  }
}

@Model('c.line', { order: 'id' })
class Line extends BaseModel<Line> {
  @fields.Many2one(() => Order, { required: true, onDelete: 'cascade' }) order!: One<Order>;
  @fields.Decimal({ digits: [12, 2] }) amount!: Decimal | null;
  @fields.Boolean({ default: true }) active!: boolean;
  @fields.One2many(() => Part, 'line', { copy: true }) parts!: Many<Part>;
}

@Model('c.part', { order: 'id' })
class Part extends BaseModel<Part> {
  @fields.Many2one(() => Line, { required: true }) line!: One<Line>;
  @fields.Char() name!: string | null;
}

@Model('c.remark')
class Remark extends BaseModel<Remark> {
  @fields.Many2one(() => Order) order!: One<Order>;
}

/** A tree whose branches are copied along. */
@Model('c.node', { order: 'id' })
class Node extends BaseModel<Node> {
  @fields.Char({ required: true }) name!: string;
  @fields.Many2one(() => Node) parent!: One<Node>;
  @fields.One2many(() => Node, 'parent', { copy: true }) children!: Many<Node>;
}

@Extend()
class NumberedOrder extends Order {
  override async create(values: Values<Order>): Promise<Order>;
  override async create(values: readonly Values<Order>[]): Promise<Many<Order>>;
  override async create(values: Values<Order> | readonly Values<Order>[]): Promise<Order | Many<Order>> {
    for (const { name } of [values].flat()) if (name === 'refused') throw new ValidationError('That name is refused');
    return super.create(values as readonly Values<Order>[]);
  }
}

let database: TestDatabase;
let registry: Registry;
beforeAll(async () => {
  database = await createTestDatabase('copy');
  registry = await Registry.create({
    database: { url: database.url },
    models: [Tag, Order, Line, Part, Remark, Node, NumberedOrder],
  });
});
afterAll(async () => {
  await registry?.close();
  await database?.drop();
});

async function makeOrder(): Promise<number> {
  return registry.run(async (env) => {
    const tags = await env.model(Tag).create([{ name: 'red' }, { name: 'blue' }]);
    const parent = await env.model(Order).create({ name: 'parent' });
    const order = await env.model(Order).create({
      name: 'first',
      number: `N${tags.ids[0]}`,
      note: 'for this one alone',
      extra: { deep: [1, 2] },
      scan: Buffer.from('scanned'),
      parent,
      tags,
      lines: { create: [{ amount: '1.50', parts: { create: [{ name: 'a' }, { name: 'b' }] } }, { amount: '2' }] },
      remarks: { create: [{}] },
    });
    await order.load('lines');
    await order.lines.at(-1)!.write({ active: false });
    return order.id;
  });
}

describe('a copy', () => {
  it('has the values of its original, but not those that are its alone', async () => {
    const id = await makeOrder();
    await registry.run(async (env) => {
      const order = env.model(Order).browse(id);
      const copy = await order.copy();
      await env.flush();
      env.invalidate();
      await copy.load('extra', 'scan', 'parent', 'tags', 'remarks', 'total');
      await order.load('parent', 'tags');
      expect(copy.id).toBeGreaterThan(id);
      expect([copy.name, copy.number, copy.note, copy.extra]).toEqual(['first', null, null, { deep: [1, 2] }]);
      expect(Buffer.from(copy.scan!).toString()).toBe('scanned');
      expect(copy.parent).toBe(order.parent);
      expect(copy.tags.ids).toEqual(order.tags.ids);
      expect(copy.remarks.ids).toEqual([]);
    });
  });

  it('takes along the lines that are to be copied, archived ones too, which point to it', async () => {
    const id = await makeOrder();
    await registry.run(async (env) => {
      const copy = await env.model(Order).browse(id).copy();
      const all = copy.withContext({ activeTest: false });
      await all.load('lines.parts', 'total');
      expect(all.lines.map(({ amount, active }) => [amount!.toFixed(2), active])).toEqual([
        ['1.50', true],
        ['2.00', false],
      ]);
      expect(all.lines.map(({ parts }) => parts.map(({ name }) => name))).toEqual([['a', 'b'], []]);
      expect(all.lines.map(({ order }) => order!.id)).toEqual([copy.id, copy.id]);
      expect(copy.total.toFixed(2)).toBe('1.50');
      expect(
        await env
          .model(Line)
          .withContext({ activeTest: false })
          .searchCount([['order', '=', id]]),
      ).toBe(2);
    });
  });

  it('has the values that are given instead, and nothing of what they replace', async () => {
    const id = await makeOrder();
    await registry.run(async (env) => {
      const copy = await env
        .model(Order)
        .browse(id)
        .copy({ name: 'second', note: 'own', tags: [], lines: [], number: undefined });
      await copy.load('tags', 'lines');
      expect([copy.name, copy.note, copy.tags.length, copy.lines.length]).toEqual(['second', 'own', 0, 0]);
    });
  });

  it('of a set is a set in the same order, in one INSERT a model', async () => {
    const ids = [await makeOrder(), await makeOrder(), await makeOrder()].reverse();
    await registry.run(async (env) => {
      const orders = env.model(Order).browse(ids);
      const before = env.cursor.stats().statements;
      const copies = await orders.copy();
      // The orders with all that is loaded, then orders, tags, lines, parts; and nothing a record.
      expect(env.cursor.stats().statements - before).toBeLessThanOrEqual(14);
      expect(copies.length).toBe(3);
      await copies.load('lines');
      expect(copies.map(({ lines }) => lines.length)).toEqual([1, 1, 1]);
      expect((await env.model(Order).copy()).length).toBe(0);
    });
  });

  it('of a tree is a tree, and ends where lines lead back to what is copied', async () => {
    await registry.run(async (env) => {
      const root = await env.model(Node).create({ name: 'root' });
      const [leaf] = await env.model(Node).create([{ name: 'leaf', parent: root }]);
      await env.model(Node).create({ name: 'tip', parent: leaf! });
      const copy = await root.copy({ name: 'copy' });
      await copy.load('children.children');
      expect(copy.children.map(({ name, children }) => [name, children.map((one) => one.name)])).toEqual([
        ['leaf', ['tip']],
      ]);
      // In a circle: each is copied once.
      await root.write({ parent: leaf! });
      const count = await env.model(Node).searchCount([]);
      await root.copy();
      expect((await env.model(Node).searchCount([])) - count).toBe(3);
    });
  });

  it('goes through the overrides of create, and is refused of what is gone', async () => {
    const id = await makeOrder();
    await registry.run(async (env) => {
      const order = env.model(Order).browse(id);
      await expect(env.savepoint(() => order.copy({ name: 'refused' }))).rejects.toThrow('That name is refused');
      await expect(env.model(Order).browse([id, 987_654_321]).copy()).rejects.toBeInstanceOf(MissingError);
    });
  });
});
