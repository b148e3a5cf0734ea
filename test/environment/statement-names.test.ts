import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import {
  BaseModel,
  ConnectionPool,
  Decimal,
  Extend,
  Model,
  Registry,
  fields,
  type Many,
  type RegistryOptions,
} from '../../lib/core.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { watchStatements } from '../support/library.js';

@Model('n.thing', { log: false, order: 'id' })
class Thing extends BaseModel<Thing> {
  @fields.Char({ required: true }) name!: string;
  @fields.Char() code!: string | null;
}

/** The same table, the code being a number. */
@Model('n.thing', { log: false, order: 'id' })
class NumberedThing extends BaseModel<NumberedThing> {
  @fields.Char({ required: true }) name!: string;
  @fields.Integer() code!: number | null;
}

/** The same table, the columns in another order. */
@Model('n.thing', { log: false, order: 'id' })
class TurnedThing extends BaseModel<TurnedThing> {
  @fields.Char() code!: string | null;
  @fields.Char({ required: true }) name!: string;
}

/** What another module adds to it. */
@Extend()
class WeighedThing extends Thing {
  @fields.Integer({ required: true, default: 3 }) declare weight: number;
}
interface WeighedThing {
  weight: number;
}

/** Whatever could be taken for the array around it. */
@Model('n.record', { log: false, order: 'id' })
class Entry extends BaseModel<Entry> {
  @fields.Integer() key!: number | null;
  @fields.Json() data!: unknown;
  @fields.Json<readonly (readonly number[])[]>() pairs!: readonly (readonly number[])[] | null;
  @fields.Text() text!: string | null;
  @fields.Decimal() amount!: Decimal | null;
  @fields.Binary({ lazy: false }) bytes!: Buffer | null;
  @fields.Many2many(() => Thing) things!: Many<Thing>;
}

const SAME_SEARCH = 3;
const COUNT = 1_200;

let database: TestDatabase;
let client: pg.Client;
let pool: ConnectionPool;
const open: Registry[] = [];

beforeAll(async () => {
  database = await createTestDatabase('names');
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterAll(async () => {
  await client.end();
  await database.drop();
});
beforeEach(() => {
  pool = new ConnectionPool({ max: 1 });
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((registry) => registry.close()));
  await pool.end();
  await client.query('DROP TABLE IF EXISTS n_thing, n_record, n_record_n_thing_rel CASCADE');
});

async function start(models: RegistryOptions['models'], more: Partial<RegistryOptions> = {}): Promise<Registry> {
  const registry = await Registry.create({ database: { url: database.url }, models, pool, ...more });
  open.push(registry);
  return registry;
}

/** Searches so often that the statement is prepared; gives the records as plain data, and how often it was tried. */
async function search(registry: Registry, domain: unknown[] = []): Promise<{ found: unknown; attempts: number }> {
  let attempts = 0;
  const found = await registry.run(async (env) => {
    attempts++;
    for (let n = 1; n < SAME_SEARCH; n++) await env.model(Thing).search(domain as never);
    return (await env.model(Thing).search(domain as never)).map(({ name, code }) => [name, code]);
  });
  return { found, attempts };
}

/** What the only session of the pool has prepared by a name of ours. */
async function prepared(registry: Registry): Promise<{ readonly name: string; readonly statement: string }[]> {
  await using cursor = registry.cursor();
  const rows = await cursor.execute<{ name: string; statement: string }>(
    "SELECT name, statement FROM pg_prepared_statements WHERE name LIKE 'nr\\_%' ORDER BY name",
  );
  return [...rows];
}

describe('rule 16: statement names come from the SQL text and the schema generation', () => {
  it('names the same text of the same models once, whichever registry sends it', async () => {
    const first = await start([Thing]);
    const second = await start([Thing], { schema: 'off' });
    await first.run(async (env) => void (await env.model(Thing).create({ name: 'a', code: '7' })));
    for (const registry of [first, second]) await search(registry, [['code', '=', '7']]);
    const names = await prepared(first);
    const searches = names.filter(({ statement }) => statement.startsWith('SELECT'));
    expect(searches).toHaveLength(1);
    expect(searches[0]!.statement).toContain('"n_thing"');
  });

  it('names it anew where a column of any model has another type', async () => {
    const text = await start([Thing]);
    const number = await start([NumberedThing], { schema: 'off' });
    const more = await start([Thing, Entry], { schema: 'off' });
    for (const registry of [text, number, more]) await search(registry);
    const searches = (await prepared(text)).filter(({ statement }) => statement.startsWith('SELECT'));
    expect(new Set(searches.map(({ statement }) => statement)).size).toBe(1);
    expect(new Set(searches.map(({ name }) => name)).size).toBe(3);
  });

  it('gives different texts different names', async () => {
    const registry = await start([Thing]);
    for (const domain of [[], [['name', '=', 'x']], [['code', '=', 'x']], [['name', 'like', 'x']]]) {
      await search(registry, domain);
    }
    const names = await prepared(registry);
    expect(new Set(names.map(({ statement }) => statement)).size).toBe(names.length);
    expect(names.length).toBeGreaterThanOrEqual(4);
  });

  it('so one session serves the registry whose column changed its type, at the first attempt', async () => {
    const text = await start([Thing]);
    const number = await start([NumberedThing], { schema: 'off' });
    await text.run(
      async (env) =>
        void (await env.model(Thing).create([
          { name: 'a', code: '7' },
          { name: 'b', code: '8' },
        ])),
    );
    expect(await search(text, [['code', '=', '7']])).toEqual({ found: [['a', '7']], attempts: 1 });
    const before = [
      ['a', '7'],
      ['b', '8'],
    ];
    expect(await search(text)).toEqual({ found: before, attempts: 1 });
    await client.query('ALTER TABLE n_thing ALTER COLUMN code TYPE integer USING code::integer');
    expect(await search(number, [['code', '=', 7]])).toEqual({ found: [['a', 7]], attempts: 1 });
    expect(await search(number)).toEqual({
      found: [
        ['a', 7],
        ['b', 8],
      ],
      attempts: 1,
    });
    // What the session prepared before the change is prepared again.
    expect(await search(text)).toMatchObject({ found: before });
    expect(await search(number, [['code', '=', 8]])).toEqual({ found: [['b', 8]], attempts: 1 });
    expect(pool.stats().total).toBe(1);
  });

  it('so registries with another order of columns never take one value for the other', async () => {
    const straight = await start([Thing]);
    const turned = await start([TurnedThing], { schema: 'off' });
    const work = async (registry: Registry, n: number): Promise<void> => {
      await registry.run(async (env) => {
        const one = await env.model(Thing).create({ name: `name ${n}`, code: `code ${n}` });
        const many = await env.model(Thing).create([
          { name: `name ${n}`, code: `code ${n}` },
          { name: `name ${n}`, code: `code ${n}` },
        ]);
        await env.flush();
        for (const thing of [one, ...many]) thing.code = `code of ${thing.name}`;
        await env.flush();
        one.name = `name ${n}`;
        one.code = `code of name ${n}.`;
        await env.flush();
      });
    };
    // One after another on the one session, in turns.
    for (let n = 0; n < 8; n++) await work(n % 2 === 0 ? straight : turned, n);
    await Promise.all(Array.from({ length: 8 }, (_, n) => work(n % 2 === 0 ? turned : straight, n + 8)));
    for (const registry of [straight, turned]) {
      const { found } = await search(registry);
      expect(found).toHaveLength(48);
      for (const [name, code] of found as string[][]) expect(code!.replace(/\.$/, '')).toBe(`code of ${name}`);
    }
    expect(pool.stats().total).toBe(1);
  });
});

describe('rule 16: after setupModels added a field', () => {
  it('an old connection serves old units and new ones, at the first attempt', async () => {
    const registry = await start([Thing], { pool: new ConnectionPool({ max: 2 }) });
    await registry.run(async (env) => void (await env.model(Thing).create({ name: 'a', code: '1' })));
    // Both sessions know the statements by name.
    await Promise.all([search(registry), search(registry)]);
    const sessions = registry.pool.stats().total;
    let attempts = 0;
    await registry.run(async (old) => {
      attempts++;
      await registry.setupModels([WeighedThing]);
      const thing = (await old.model(Thing).search([])).one();
      expect('weight' in thing).toBe(false);
      for (let n = 0; n < SAME_SEARCH; n++) {
        thing.code = `2${n}`;
        await old.flush();
        old.invalidate();
        await thing.load('code');
        expect(thing.code).toBe(`2${n}`);
      }
    });
    expect(attempts).toBe(1);
    const [both, other] = await Promise.all(
      ['x', 'y'].map((code) =>
        registry.run(async (env) => {
          attempts++;
          for (let n = 0; n < SAME_SEARCH; n++) await env.model(WeighedThing).search([['name', '=', 'a']]);
          const made = await env.model(WeighedThing).create({ name: 'new', code, weight: 9 });
          await env.flush();
          env.invalidate();
          await made.load('weight' as never);
          const first = (await env.model(WeighedThing).search([['name', '=', 'a']])).one();
          return [first.weight, first.code, made.weight, made.code];
        }),
      ),
    );
    expect([both, other]).toEqual([
      [3, '22', 9, 'x'],
      [3, '22', 9, 'y'],
    ]);
    expect(attempts).toBe(3);
    expect(registry.pool.stats().total).toBe(sessions);
    await registry.pool.end();
  });

  it('a registry without it works on, over the same session', async () => {
    const without = await start([Thing]);
    const growing = await start([Thing], { schema: 'off' });
    await without.run(async (env) => void (await env.model(Thing).create({ name: 'a' })));
    await search(without);
    await client.query('ALTER TABLE n_thing ADD COLUMN weight integer NOT NULL DEFAULT 3');
    await growing.setupModels([WeighedThing]);
    for (let n = 0; n < 3; n++) {
      await growing.run(async (env) => void (await env.model(WeighedThing).create({ name: `g${n}`, weight: n })));
      expect((await search(without)).attempts).toBe(1);
      await without.run(async (env) => void (await env.model(Thing).create({ name: `w${n}` })));
      const weights = await growing.run(async (env) =>
        (await env.model(WeighedThing).search([['name', 'in', [`g${n}`, `w${n}`]]])).map(({ weight }) => weight),
      );
      expect(weights).toEqual([n, 3]);
    }
    expect(pool.stats().total).toBe(1);
  });
});

/** A value that differs from record to record in shape, depth and length. */
function dataOf(n: number): unknown {
  const shapes: unknown[] = [
    [n, [n, [n]]],
    [[n], [n + 1]],
    [],
    [[]],
    [null],
    { list: [n, [n]], text: '{1,2}' },
    'NULL',
    `"{${n}}", \\ '`,
    n,
    n % 2 === 0,
    [`{${n}}`, 'a,b', '"', '\\', ''],
    null,
    [{ n }, [{ n: [n] }]],
  ];
  return shapes[n % shapes.length];
}

function valuesOf(n: number): Record<'key' | 'data' | 'pairs' | 'text' | 'amount' | 'bytes', unknown> {
  const texts = ['', '{}', 'NULL', '"', '\\', `{${n},"x"}`, 'a,b', null, `line\n${n}`];
  return {
    key: (n * 7919) % COUNT,
    data: dataOf(n),
    // Alike in every record: what unnest would take apart if it were an array of arrays.
    pairs: [
      [n, n + 1],
      [n + 2, n + 3],
    ],
    text: texts[n % texts.length],
    amount: n % 5 === 0 ? null : new Decimal(n).div(8),
    bytes: n % 4 === 0 ? null : Buffer.from([n % 256, 0, 92, 34, 123]),
  };
}

function plain({ key, data, pairs, text, amount, bytes }: Entry): unknown {
  return { key, data, pairs, text, amount: amount === null ? null : String(amount), bytes };
}

function expectedOf(n: number): unknown {
  const values = valuesOf(n);
  return { ...values, amount: values.amount === null ? null : String(values.amount as Decimal) };
}

const numbers = Array.from({ length: COUNT }, (_, n) => n);

describe('rule 16: unnest flattens nested arrays and promises no order', () => {
  it('so many records written at once get what is theirs, in their order', async () => {
    const registry = await start([Thing, Entry]);
    const ids = await registry.run(async (env) => {
      const texts = watchStatements(env);
      const entries = await env.model(Entry).create(numbers.map((n) => valuesOf(n) as never));
      await env.flush();
      expect(texts).toHaveLength(1);
      expect(texts[0]).toContain('WITH ORDINALITY');
      expect(entries.map(plain)).toEqual(numbers.map(expectedOf));
      env.invalidate();
      await entries.load('data');
      expect(entries.map(plain)).toEqual(numbers.map(expectedOf));
      return entries.ids;
    });
    const { rows } = await client.query<{ id: string; key: number; length: number }>(
      "SELECT id, key, CASE WHEN jsonb_typeof(data) = 'array' THEN jsonb_array_length(data) END AS length FROM n_record ORDER BY id",
    );
    expect(rows).toEqual(
      numbers.map((n) => {
        const data = dataOf(n);
        return { id: String(ids[n]), key: (n * 7919) % COUNT, length: Array.isArray(data) ? data.length : null };
      }),
    );
  });

  it.each(['assignment', 'write'] as const)('and those changed by %s, each to values of its own', async (how) => {
    const registry = await start([Thing, Entry]);
    const ids = await registry.run(
      async (env) => (await env.model(Entry).create(numbers.map((key) => ({ key, data: [key] })))).ids,
    );
    // Not in the order of their ids, so that a value that came to its neighbour shows.
    const turned = [...numbers].reverse();
    await registry.run(async (env) => {
      const entries = env.model(Entry).browse([...ids]);
      await entries.load('data');
      const texts = watchStatements(env);
      for (const n of turned) {
        const entry = entries.at(n)!;
        if (how === 'assignment') Object.assign(entry, valuesOf(n + 1));
        else await entry.write(valuesOf(n + 1) as never);
      }
      await env.flush();
      // A row that some value leaves as it was changes in fewer columns: one statement for each set of columns.
      expect(texts.every((text) => text.startsWith('UPDATE'))).toBe(true);
      expect(texts.length).toBeLessThanOrEqual(16);
      env.invalidate();
      await entries.load('data');
      expect(entries.map(plain)).toEqual(numbers.map((n) => expectedOf(n + 1)));
    });
    await registry.run(async (env) => {
      const entries = await env.model(Entry).search([['id', 'in', ids]]);
      expect([entries.ids, entries.map(plain)]).toEqual([ids, numbers.map((n) => expectedOf(n + 1))]);
    });
  });

  it('and links of many records, each with as many as it has', async () => {
    const registry = await start([Thing, Entry]);
    await registry.run(async (env) => {
      const things = await env.model(Thing).create(Array.from({ length: 7 }, (_, n) => ({ name: `t${n}` })));
      const linksOf = (n: number): number[] => things.ids.slice(0, n % 8).toSorted((a, b) => a - b);
      const entries = await env.model(Entry).create(numbers.map((n) => ({ key: n, things: linksOf(n) })));
      await env.flush();
      env.invalidate();
      await entries.load('things');
      expect(entries.map((entry) => entry.things.ids)).toEqual(numbers.map(linksOf));
    });
  });
});
