import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BaseModel,
  Decimal,
  Extend,
  FieldNotLoadedError,
  Model,
  Registry,
  fields,
  type DomainLiteral,
  type Environment,
  type Many,
  type One,
} from '../../lib/core.js';
import { problemsOf } from '../registry/support/build.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

@Model('r.country')
class Country extends BaseModel<Country> {
  @fields.Char({ required: true }) code!: string;
  @fields.Boolean() inUnion!: boolean;
}

@Model('r.partner')
class Partner extends BaseModel<Partner> {
  @fields.Char({ required: true }) name!: string;
  @fields.Many2one(() => Country) country!: One<Country>;
  @fields.One2many(() => Order, 'partner') orders!: Many<Order>;
  @fields.Decimal({ related: 'orders.total' }) firstTotal!: Decimal | null;
}

@Model('r.order', { order: 'countryCode, id' })
class Order extends BaseModel<Order> {
  @fields.Many2one(() => Partner) partner!: One<Partner>;
  @fields.Decimal({ digits: [12, 2] }) total!: Decimal | null;
  @fields.Char({ related: 'partner.name' }) partnerName!: string | null;
  @fields.Many2one(() => Country, { related: 'partner.country' }) country!: One<Country>;
  @fields.Boolean({ related: 'partner.country.inUnion' }) inUnion!: boolean;
  @fields.Char({ related: 'partner.country.code', store: true, index: true }) countryCode!: string | null;
}

let database: TestDatabase;
let registry: Registry;
beforeAll(async () => {
  database = await createTestDatabase('related');
  registry = await Registry.create({ database: { url: database.url }, models: [Country, Partner, Order] });
});
afterAll(async () => {
  await registry?.close();
  await database?.drop();
});

const undone = new Error('undone');

interface Made {
  readonly france: Country;
  readonly peru: Country;
  readonly partner: Partner;
  readonly order: Order;
  readonly orphan: Order;
}

/** Two countries, a partner in one of them with an order, and an order without a partner; undone at the end. */
async function withOrders(work: (env: Environment, made: Made) => Promise<void>): Promise<void> {
  const done = registry.run(async (env) => {
    const [peru, france] = [...(await env.model(Country).create([{ code: 'PE' }, { code: 'FR', inUnion: true }]))] as [
      Country,
      Country,
    ];
    const partner = await env.model(Partner).create({ name: 'Anna', country: france });
    const [order, orphan] = [...(await env.model(Order).create([{ partner, total: '7.50' }, { total: '1' }]))] as [
      Order,
      Order,
    ];
    await env.flush();
    env.invalidate();
    await work(env, { france, peru, partner, order, orphan });
    throw undone;
  });
  await expect(done).rejects.toBe(undone);
}

describe('a related field', () => {
  it('shows the value at the end of its path once that is loaded, and null where the path breaks off', async () => {
    await withOrders(async (env, { france, order, orphan }) => {
      const orders = await env.model(Order).search([['id', 'in', [order.id, orphan.id]]]);
      expect(() => order.partnerName).toThrow(FieldNotLoadedError);
      await orders.load('partnerName', 'country', 'inUnion');
      expect([order.partnerName, order.country, order.inUnion]).toEqual(['Anna', france, true]);
      expect([orphan.partnerName, orphan.country, orphan.inUnion]).toEqual([null, null, false]);
    });
  });

  it('follows every change along the path, in the cache and in its column', async () => {
    await withOrders(async (env, { france, peru, partner, order }) => {
      await order.load('partnerName', 'country', 'countryCode');
      partner.name = 'Berta';
      expect(order.partnerName).toBe('Berta');
      await partner.load('country');
      partner.country = peru;
      expect(order.country).toBe(peru);
      await env.flush();
      expect(await env.cursor.execute('SELECT country_code FROM r_order WHERE id = $1', [order.id])).toEqual([
        { country_code: 'PE' },
      ]);
      await peru.load('code');
      peru.code = 'PX';
      await env.flush();
      expect(await env.cursor.execute('SELECT country_code FROM r_order WHERE id = $1', [order.id])).toEqual([
        { country_code: 'PX' },
      ]);
      order.partner = null;
      await env.flush();
      expect([order.countryCode, order.partnerName]).toEqual([null, null]);
      expect(france.id).toBeGreaterThan(0);
    });
  });

  it('is searched by its path, with every kind of operator, and sorted by when it has a column', async () => {
    await withOrders(async (env, { france, order, orphan }) => {
      const ids = async <P extends string>(domain: DomainLiteral<Order, P>): Promise<readonly number[]> =>
        (await env.model(Order).search(domain)).ids;
      expect(await ids([['partnerName', 'ilike', 'ann']])).toEqual([order.id]);
      expect(await ids([['partnerName', '=', null]])).toEqual([orphan.id]);
      expect(await ids([['partnerName', '!=', 'Anna']])).toEqual([orphan.id]);
      expect(await ids([['partnerName', 'in', ['Anna', null]]])).toEqual([order.id, orphan.id]);
      expect(await ids([['partnerName', 'not in', ['Anna', null]]])).toEqual([]);
      expect(await ids([['partnerName', 'not ilike', 'ann']])).toEqual([orphan.id]);
      expect(await ids([['inUnion', '=', false]])).toEqual([orphan.id]);
      expect(await ids([['inUnion', '!=', false]])).toEqual([order.id]);
      expect(await ids([['country', '!=', france.id]])).toEqual([orphan.id]);
      expect(await ids([['country', '=', france.id]])).toEqual([order.id]);
      expect(await ids([['country.code', 'in', ['FR', 'PE']]])).toEqual([order.id]);
      expect(await ids([['inUnion', '=', true]])).toEqual([order.id]);
      expect(await ids([['countryCode', '=', 'FR']])).toEqual([order.id]);
      expect(await ids([])).toEqual([order.id, orphan.id]);
      const orders = await env.model(Order).search([], { load: ['partnerName', 'partner'] });
      expect(orders.filterBy([['partnerName', 'ilike', 'ann']]).ids).toEqual([order.id]);
    });
  });

  it('shows the first record of a set on its way', async () => {
    await withOrders(async (env, { partner }) => {
      await env.model(Order).create({ partner, total: '9' });
      await partner.load('firstTotal');
      expect(partner.firstTotal).toEqual(new Decimal('7.50'));
      await partner.orders.unlink();
      expect(partner.firstTotal).toBeNull();
    });
  });

  it('cannot be written', async () => {
    await withOrders(async (_env, { order }) => {
      expect(() => (order.partnerName = 'Cora')).toThrow(/partnerName/);
      await expect(order.write({ partnerName: 'Cora' })).rejects.toThrow(/partnerName/);
    });
  });
});

describe('the definition of a related field', () => {
  it('may be replaced by a getter of a later layer, and the reverse', async () => {
    @Extend()
    class OrderLabelled extends Order {
      @fields.Char({ related: 'partner.country.code' }) declare partnerName: string | null;
    }
    expect(await problemsOf([Country, Partner, Order, OrderLabelled])).toEqual([]);
  });

  it('is refused for a path that does not exist, another kind, another model, or a second way to compute', async () => {
    @Model('r.wrong')
    class Wrong extends BaseModel<Wrong> {
      @fields.Many2one(() => Partner) partner!: One<Partner>;
      @fields.Char({ related: 'partner.nmae' }) noField!: string | null;
      @fields.Char({ related: 'partner.name.length' }) noRelation!: string | null;
      @fields.Integer({ related: 'partner.name' }) otherKind!: number | null;
      @fields.Many2one(() => Partner, { related: 'partner.country' }) otherModel!: One<Partner>;
      @fields.Char({ related: 'partner' }) noPath!: string | null;
      @fields.Char({ related: 'partner.name', readonly: false }) written!: string | null;
      @fields.Char({ related: 'partner.name', compute: 'fill' }) twice!: string | null;
      fill(this: Many<Wrong>): void {
        for (const wrong of this) wrong.twice = null;
      }
    }
    const problems = await problemsOf([Country, Partner, Order, Wrong]);
    const of = (field: string): string =>
      problems
        .filter((one) => one.field === field)
        .map(({ message }) => message)
        .join('; ');
    expect(of('noField')).toMatch(/related\('partner.nmae'\): r.partner has no field "nmae".*Did you mean "name"/);
    expect(of('noRelation')).toMatch(/r.partner.name is no relation/);
    expect(of('otherKind')).toBe("It shows 'partner.name', which is char, and is itself integer.");
    expect(of('otherModel')).toBe(
      "It shows 'partner.country', which is many2one to r.country, and is itself many2one to r.partner.",
    );
    expect(of('noPath')).toMatch(/The option "related" is "partner"/);
    expect(of('written')).toMatch(/cannot be written/);
    expect(of('twice')).toMatch(/both `compute` and `related`/);
  });
});
