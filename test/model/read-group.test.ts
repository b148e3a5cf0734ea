import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { FieldNotLoadedError } from '../../lib/core.js';
import {
  BaseModel,
  Decimal,
  Model,
  Registry,
  UnknownFieldError,
  UsageError,
  fields,
  type Context,
  type Environment,
  type Many,
  type One,
} from '../../lib/core.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

@Model('g.region', { order: 'rank desc' })
class Region extends BaseModel<Region> {
  @fields.Char({ required: true }) name!: string;
  @fields.Integer() rank!: number | null;
}

@Model('g.country', { order: 'region, name' })
class Country extends BaseModel<Country> {
  @fields.Char({ required: true }) name!: string;
  @fields.Many2one(() => Region) region!: One<Region>;
  @fields.Integer() people!: number | null;
}

@Model('g.tag')
class Tag extends BaseModel<Tag> {
  @fields.Char({ required: true }) name!: string;
  @fields.Boolean({ default: true }) active!: boolean;
}

@Model('g.sale')
class Sale extends BaseModel<Sale> {
  @fields.Char() state!: string | null;
  @fields.Many2one(() => Country) country!: One<Country>;
  @fields.Many2many(() => Tag) tags!: Many<Tag>;
  @fields.Decimal({ digits: [30, 2] }) total!: Decimal | null;
  @fields.Integer() pieces!: number | null;
  @fields.BigInt() grains!: bigint | null;
  @fields.Float() weight!: number | null;
  @fields.Boolean() paid!: boolean;
  @fields.Date() day!: string | null;
  @fields.Datetime() moment!: Date | null;
  @fields.Json() extra!: unknown;

  @fields.Char()
  get shown(): string | null {
    return this.state;
  }
}

let database: TestDatabase;
let registry: Registry;
beforeAll(async () => {
  database = await createTestDatabase('read_group');
  registry = await Registry.create({ database: { url: database.url }, models: [Region, Country, Tag, Sale] });
});
afterAll(async () => {
  await registry?.close();
  await database?.drop();
});

const undone = new Error('undone');

/** Runs `work` on two countries, two tags and five sales, and undoes everything. */
async function withSales(
  work: (
    env: Environment,
    made: { france: Country; peru: Country; red: Tag; blue: Tag; sales: Many<Sale> },
  ) => Promise<void>,
  context: Context = {},
): Promise<void> {
  const done = registry.run({ context }, async (env) => {
    const [near, far] = [
      ...(await env.model(Region).create([
        { name: 'Near', rank: 1 },
        { name: 'Far', rank: 2 },
      ])),
    ];
    const [france, peru] = [
      ...(await env.model(Country).create([
        { name: 'France', region: near!, people: 68 },
        { name: 'Peru', region: far!, people: 34 },
      ])),
    ] as [Country, Country];
    const [red, blue] = [...(await env.model(Tag).create([{ name: 'red' }, { name: 'blue' }]))] as [Tag, Tag];
    const sales = await env.model(Sale).create([
      { state: 'done', country: france, tags: [red, blue], total: '10.10', pieces: 1, paid: true, day: '2024-01-31' },
      { state: 'done', country: france, tags: [red], total: '20.20', pieces: 2, paid: false, day: '2024-02-01' },
      {
        state: 'open',
        country: peru,
        total: '99999999999999999999999999.99',
        pieces: 3,
        paid: true,
        day: '2024-02-29',
      },
      { state: 'open', country: peru, total: null, pieces: null, day: '2023-12-31' },
      { state: null, country: null, total: '0.01', pieces: 4, paid: true, day: null },
    ]);
    await work(env, { france, peru, red, blue, sales });
    throw undone;
  });
  await expect(done).rejects.toBe(undone);
}

describe('readGroup', () => {
  it('groups by a field, and what is not set is a group of its own, last when ascending', async () => {
    await withSales(async (env) => {
      const groups = await env.model(Sale).readGroup([], { by: ['state'], aggregates: ['count', 'pieces:sum'] });
      expect(groups).toEqual([
        { state: 'done', count: 2, 'pieces:sum': 3 },
        { state: 'open', count: 2, 'pieces:sum': 3 },
        { state: null, count: 1, 'pieces:sum': 4 },
      ]);
      const descending = await env.model(Sale).readGroup([], { by: ['state'], order: 'state desc' });
      expect(descending.map(({ state }) => state)).toEqual([null, 'open', 'done']);
    });
  });

  it('gives exactly one group where it groups by nothing, of no records at all, too, and then without a query', async () => {
    await withSales(async (env) => {
      const aggregates = ['count', 'total:sum', 'pieces:array', 'id:recordset'] as const;
      const [all, ...more] = await env.model(Sale).readGroup([['state', '=', 'done']], { aggregates });
      expect(more).toEqual([]);
      expect(all).toMatchObject({ count: 2, 'pieces:array': [1, 2] });
      const before = env.cursor.stats().statements;
      const [none] = await env.model(Sale).readGroup([['id', 'in', []]], { aggregates });
      expect(none).toMatchObject({ count: 0, 'total:sum': null, 'pieces:array': [] });
      expect(none!['id:recordset'].ids).toEqual([]);
      expect(await env.model(Sale).readGroup([['id', 'in', []]], { by: ['state'], aggregates })).toEqual([]);
      expect(env.cursor.stats().statements).toBe(before);
      const [empty] = await env.model(Sale).readGroup([['state', '=', 'nowhere']], { aggregates });
      expect(empty).toMatchObject({ count: 0, 'total:sum': null, 'pieces:array': [] });
    });
  });

  it('adds up exactly: decimals and whole numbers never pass through a float', async () => {
    await withSales(async (env, { sales }) => {
      await sales.write({ grains: 9_007_199_254_740_993n, weight: 0.5 });
      const [group] = await env.model(Sale).readGroup([], {
        aggregates: [
          'total:sum',
          'total:avg',
          'total:max',
          'grains:sum',
          'weight:avg',
          'pieces:avg',
          'pieces:countDistinct',
        ],
      });
      expect(group!['total:sum']).toEqual(new Decimal('100000000000000000000000030.30'));
      expect(group!['total:max']).toEqual(new Decimal('99999999999999999999999999.99'));
      expect(group!['grains:sum']).toBe(45_035_996_273_704_965n);
      expect(group).toMatchObject({ 'weight:avg': 0.5, 'pieces:avg': 2.5, 'pieces:countDistinct': 4 });
    });
  });

  it('groups by a many2one in the order of its model, and its records load together', async () => {
    await withSales(async (env, { france, peru }) => {
      const groups = await env.model(Sale).readGroup([], { by: ['country'], aggregates: ['count', 'paid:boolAnd'] });
      // The region of the higher rank comes first.
      expect(groups.map(({ country }) => country)).toEqual([peru, france, null]);
      expect(groups.map((group) => group['paid:boolAnd'])).toEqual([false, false, true]);
      env.invalidate();
      expect(() => groups[0]!.country!.name).toThrow(FieldNotLoadedError);
      const before = env.cursor.stats().statements;
      for (const { country } of groups) await country?.load('name');
      expect(env.cursor.stats().statements - before).toBe(1);
      expect(groups.map(({ country }) => country?.name)).toEqual(['Peru', 'France', undefined]);
      const turned = await env.model(Sale).readGroup([], { by: ['country'], order: 'country desc' });
      expect(turned.map(({ country }) => country?.id ?? null)).toEqual([null, france.id, peru.id]);
    });
  });

  it('follows paths over many2one fields, in keys and in aggregates', async () => {
    await withSales(async (env) => {
      const groups = await env.model(Sale).readGroup([['country', '!=', null]], {
        by: ['country.region', 'country.name'],
        aggregates: ['country.people:max', 'country:recordset'],
      });
      expect(groups.map((group) => [group['country.name'], group['country.people:max']])).toEqual([
        ['Peru', 34],
        ['France', 68],
      ]);
      expect(groups.map((group) => group['country:recordset'].length)).toEqual([1, 1]);
      await groups[0]!['country.region']!.load('name');
      expect(groups[0]!['country.region']!.name).toBe('Far');
    });
  });

  it('counts a record in the group of each value of a many2many, leaving archived ones out', async () => {
    await withSales(async (env, { red, blue }) => {
      const byTag = async (): Promise<unknown> =>
        (await env.model(Sale).readGroup([], { by: ['tags'], aggregates: ['count'] })).map(({ tags, count }) => [
          tags,
          count,
        ]);
      expect(await byTag()).toEqual([
        [red, 2],
        [blue, 1],
        [null, 3],
      ]);
      await blue.write({ active: false });
      expect(await byTag()).toEqual([
        [red, 2],
        [null, 3],
      ]);
    });
  });

  it.each([
    ['day', ['2023-12-31', '2024-01-31', '2024-02-01', '2024-02-29', null]],
    ['week', ['2023-12-25', '2024-01-29', '2024-02-26', null]],
    ['month', ['2023-12-01', '2024-01-01', '2024-02-01', null]],
    ['quarter', ['2023-10-01', '2024-01-01', null]],
    ['year', ['2023-01-01', '2024-01-01', null]],
  ] as const)('groups days by %s', async (span, expected) => {
    await withSales(async (env) => {
      const groups = await env.model(Sale).readGroup([], { by: [`day:${span}`] });
      expect(groups.map((group) => group[`day:${span}`])).toEqual(expected);
    });
  });

  it.each([
    ['UTC', undefined, ['2024-03-09', '2024-03-10', '2024-03-11'], ['2024-03-04', '2024-03-11']],
    // Here the day of the 10th has 23 hours; the week begins on Sunday.
    ['America/New_York', 'en_US', ['2024-03-09', '2024-03-10', '2024-03-11'], ['2024-03-03', '2024-03-10']],
    ['Asia/Tokyo', 'de_DE', ['2024-03-10', '2024-03-11'], ['2024-03-04', '2024-03-11']],
  ] as const)('tells days and weeks apart where the reader is: %s, %s', async (tz, lang, days, weeks) => {
    await withSales(
      async (env, { sales }) => {
        const instants = [
          '2024-03-09T23:30Z',
          '2024-03-10T04:59Z',
          '2024-03-10T05:00Z',
          '2024-03-11T03:59Z',
          '2024-03-11T04:00Z',
        ];
        for (const [index, sale] of [...sales].entries()) sale.moment = new Date(instants[index]!);
        const groups = await env.model(Sale).readGroup([], { by: ['moment:day'], aggregates: ['count'] });
        expect(groups.map((group) => group['moment:day'])).toEqual(days);
        const byWeek = await env.model(Sale).readGroup([], { by: ['moment:week'] });
        expect(byWeek.map((group) => group['moment:week'])).toEqual(weeks);
      },
      { tz, lang },
    );
  });

  it('keeps groups by conditions on aggregates, sorts by them, and pages over groups', async () => {
    await withSales(async (env) => {
      const sale = env.model(Sale);
      const states = async (having: Parameters<typeof sale.readGroup>[1]): Promise<unknown[]> =>
        (await sale.readGroup([], { ...having, by: ['state'] })).map(({ state }) => state);
      expect(await states({ having: [['count', '>', 1]] })).toEqual(['done', 'open']);
      expect(await states({ having: [['total:sum', '<', new Decimal('30.31')]] })).toEqual(['done', null]);
      expect(
        await states({
          having: [
            ['pieces:max', 'in', [2, 4]],
            ['count', '!=', 2],
          ],
        }),
      ).toEqual([null]);
      expect(await states({ having: [['total:sum', '=', null]] })).toEqual([]);
      expect(await states({ having: [['day:max', '=', null]] })).toEqual([null]);
      const sorted = await sale.readGroup([], {
        by: ['state'],
        aggregates: ['pieces:sum'],
        order: 'pieces:sum desc, state desc',
        limit: 2,
        offset: 1,
      });
      expect(sorted).toEqual([
        { state: 'open', 'pieces:sum': 3 },
        { state: 'done', 'pieces:sum': 3 },
      ]);
    });
  });

  it('first writes what is pending of the fields it reads, and nothing else', async () => {
    await withSales(async (env, { sales }) => {
      const [first] = [...sales];
      first!.weight = 7;
      const before = env.cursor.stats().statements;
      await env.model(Sale).readGroup([], { by: ['state'], aggregates: ['pieces:sum'] });
      expect(env.cursor.stats().statements - before).toBe(1);
      first!.pieces = 100;
      const [group] = await env.model(Sale).readGroup([], { aggregates: ['pieces:max'] });
      expect(group).toEqual({ 'pieces:max': 100 });
    });
  });

  it('leaves archived records out as a search does', async () => {
    await withSales(async (env, { red }) => {
      await red.write({ active: false });
      expect(await env.model(Tag).readGroup([], { aggregates: ['name:array'] })).toEqual([{ 'name:array': ['blue'] }]);
      expect(
        await env
          .withContext({ activeTest: false })
          .model(Tag)
          .readGroup([], { aggregates: ['count'] }),
      ).toEqual([{ count: 2 }]);
    });
  });

  it.each([
    [{ by: ['stat'] }, /"stat".*Did you mean "state"/],
    [{ by: ['day:moth'] }, /"day:moth".*Did you mean "month"/],
    [{ by: ['state:month'] }, /"state:month"/],
    [{ by: ['shown'] }, /"shown"/],
    [{ by: ['extra'] }, /"extra"/],
    [{ by: ['tags.name'] }, /cannot follow "tags.name" through g.sale.tags/],
    [{ aggregates: ['state:sum'] }, /"state:sum"/],
    [{ aggregates: ['total:summ'] }, /Did you mean "sum"/],
    [{ aggregates: ['tags:count'] }, /"tags:count"/],
    [{ by: ['state'], order: 'stat' }, /cannot sort by "stat".*Did you mean "state"/],
    [{ aggregates: ['id:recordset'], order: 'id:recordset' }, /cannot sort by "id:recordset"/],
    [{ having: [['count', 'like', 1]] }, /cannot be read/],
    [{ having: [['count', '>', '1; DROP TABLE g_sale']] }, /compared with a number/],
    [{ limit: -1 }, /whole number of at least 0/],
    [{ by: ['__proto__'] }, /"__proto__"/],
    [{ by: [`${'a'.repeat(2_000)}`] }, /is no path/],
  ])('refuses %j before any SQL', async (options, message) => {
    await registry.run(async (env) => {
      const refused = env.model(Sale).readGroup([], options as never);
      const error: unknown = await refused.catch((reason: unknown) => reason);
      expect(error instanceof UsageError || error instanceof UnknownFieldError).toBe(true);
      expect((error as Error).message).toMatch(message);
      expect(env.cursor.stats().statements).toBe(0);
    });
  });

  it('refuses a time zone that is none', async () => {
    await registry.run({ context: { tz: 'Mars/Olympus' } }, async (env) => {
      await expect(env.model(Sale).readGroup([], { by: ['moment:day'] })).rejects.toThrow(
        'no time zone "Mars/Olympus"',
      );
    });
  });
});
