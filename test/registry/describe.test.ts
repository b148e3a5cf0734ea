import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BaseModel,
  Constrains,
  Depends,
  Extend,
  Model,
  Registry,
  UnknownFieldError,
  UnknownModelError,
  check,
  fields,
  unique,
  type Many,
  type Values,
} from '../../lib/core.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { permutations } from './support/build.js';

@Model('d.product', { order: 'name', constraints: [unique(['code'], 'A code is used once', { name: 'code_once' })] })
class Product extends BaseModel<Product> {
  @fields.Char({ required: true, size: 40 }) name!: string;
  @fields.Char() code!: string | null;
  @fields.Integer({ default: 0 }) pieces!: number | null;

  @fields.Char({ store: true })
  @Depends('name')
  get label(): string | null {
    return this.name;
  }

  @Constrains('pieces')
  checkPieces(): void {
    if ((this.pieces ?? 0) < 0) throw new Error('less than none');
  }

  async count(this: Many<Product>): Promise<number> {
    return this.length;
  }
}

@Extend({ order: 'code', constraints: [check("code <> ''", 'A code is not empty')] })
class ProductSale extends Product {
  @fields.Char({ required: true, size: 80 }) declare name: string;
  @fields.Boolean({ default: true }) sellable!: boolean;

  @fields.Char()
  @Depends('code')
  override get label(): string | null {
    return `${super.label ?? ''} ${this.code ?? ''}`;
  }

  override async write(values: Values<Product>): Promise<void> {
    await super.write(values);
  }
}

@Extend()
class ProductStock extends Product {
  override async write(values: Values<Product>): Promise<void> {
    await super.write(values);
  }

  override async count(this: Many<Product>): Promise<number> {
    return super.count();
  }
}

const models = [
  { target: Product, module: 'product' },
  { target: ProductSale, module: 'sale' },
  { target: ProductStock, module: 'stock' },
];

let database: TestDatabase;
let registry: Registry;
beforeAll(async () => {
  database = await createTestDatabase('describe');
  registry = await Registry.create({ database: { url: database.url }, models });
});
afterAll(async () => {
  await registry?.close();
  await database?.drop();
});

const here = expect.stringMatching(/test\/registry\/describe\.test\.ts:\d+$/) as string;
const product = { module: 'product', className: 'Product', file: here };
const sale = { module: 'sale', className: 'ProductSale', file: here };
const stock = { module: 'stock', className: 'ProductStock', file: here };

describe('the description of a model', () => {
  it('names its layers, lowest first, with module, class and file', () => {
    const { model, table, layers } = registry.describe('d.product');
    expect({ model, table, layers }).toEqual({
      model: 'd.product',
      table: 'd_product',
      layers: [product, sale, stock],
    });
  });

  it('says which layer gave each option of a field, and from what it is computed', () => {
    expect(registry.describe('d.product', 'name')).toEqual({
      name: 'name',
      kind: 'char',
      column: 'name',
      layers: [
        { ...product, kind: 'char', options: { required: true, size: 40 }, getter: false },
        { ...sale, kind: 'char', options: { required: true, size: 80 }, getter: false },
      ],
      depends: [],
    });
    expect(registry.describe('d.product', 'label')).toMatchObject({
      column: 'label',
      layers: [
        { ...product, options: { store: true }, getter: true },
        { ...sale, options: {}, getter: true },
      ],
      depends: ['name', 'code'],
    });
    expect(registry.describe('d.product', 'createdAt')).toMatchObject({ kind: 'datetime', layers: [] });
  });

  it('lists the overrides of a method in the order in which `super` walks down', () => {
    const write = { name: 'write', kind: 'method', layers: [sale, stock], overridesBase: true };
    expect(registry.describe('d.product', 'write')).toEqual(write);
    expect(registry.describe('d.product', 'count')).toMatchObject({ layers: [product, stock], overridesBase: false });
    const { members } = registry.describe('d.product');
    expect(members.map(({ name }) => name).sort()).toEqual(['checkPieces', 'count', 'write']);
  });

  it('says whose word on an option was the last, and who brings which constraint', () => {
    const { options, constraints } = registry.describe('d.product');
    expect(options).toEqual([{ ...sale, name: 'order', value: 'code' }]);
    expect(constraints).toEqual([
      { ...product, kind: 'unique', name: 'code_once', fields: ['code'], message: 'A code is used once' },
      { ...sale, kind: 'check', name: null, fields: [], message: 'A code is not empty' },
      { ...product, kind: 'method', name: 'checkPieces', fields: ['pieces'], message: null },
    ]);
  });

  it('is the same when the models are built again, and whatever order unrelated layers are given in', async () => {
    const before = registry.describe('d.product');
    await registry.setupModels();
    expect(registry.describe('d.product')).toEqual(before);
    for (const order of permutations(models)) {
      const other = await Registry.create({ database: { url: database.url }, models: order, schema: 'off' });
      const { layers, ...described } = other.describe('d.product');
      expect(layers[0]).toEqual(product);
      expect(described.fields.map(({ name }) => name).sort()).toEqual(before.fields.map(({ name }) => name).sort());
      expect(new Set(layers.map(({ module }) => module))).toEqual(new Set(['product', 'sale', 'stock']));
      await other.close();
    }
  });

  it('is refused for what is not there, with the nearest names', () => {
    expect(() => registry.describe('d.produkt')).toThrow(UnknownModelError);
    expect(() => registry.describe('d.product', 'wirte')).toThrow(UnknownFieldError);
    expect(() => registry.describe('d.product', 'wirte')).toThrow(/Did you mean "write"/);
  });
});
