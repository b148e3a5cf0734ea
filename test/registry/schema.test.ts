import pg from 'pg';
import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import {
  BaseModel,
  ConnectionPool,
  Extend,
  Model,
  ModelDefinitionError,
  Registry,
  SchemaDriftError,
  check,
  fields,
  index,
  unique,
  type Many,
  type One,
  type RegistryOptions,
} from '../../lib/core.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

@Model('s.country')
class Country extends BaseModel<Country> {
  @fields.Char({ required: true, unique: true }) code!: string;
}

@Model('s.partner', {
  constraints: [
    unique(['name', 'country'], 'Once in a country'),
    check("name <> ''", 'A name is not empty', { name: 'named' }),
    index(['name', 'kind']),
  ],
})
class Partner extends BaseModel<Partner> {
  @fields.Char({ required: true, index: true }) name!: string;
  @fields.Selection({ person: 'Person', company: 'Company' }) kind!: 'person' | 'company' | null;
  @fields.Many2one(() => Country) country!: One<Country>;
  @fields.Many2one(() => Partner, { required: true, onDelete: 'cascade', column: 'owner' }) keeper!: Partner;
  @fields.Many2many(() => Country) visited!: Many<Country>;
  @fields.Many2many(() => Partner) friends!: Many<Partner>;
  @fields.One2many(() => Partner, 'keeper') kept!: Many<Partner>;
}

@Extend()
class PartnerSale extends Partner {
  @fields.Integer({ required: true, default: 7 }) declare points: number;
}
interface PartnerSale {
  points: number;
}

let database: TestDatabase;
let client: pg.Client;
const open: Registry[] = [];

beforeEach(async () => {
  database = await createTestDatabase('schema_of_models');
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
});
afterEach(async () => {
  await Promise.all(open.splice(0).map((registry) => registry.close()));
  await client.end();
  await database.drop();
});

async function start(models: RegistryOptions['models'], more: Partial<RegistryOptions> = {}): Promise<Registry> {
  const registry = await Registry.create({ database: { url: database.url }, models, pool: { max: 4 }, ...more });
  open.push(registry);
  return registry;
}

async function names(sql: string): Promise<string[]> {
  const { rows } = await client.query<{ name: string }>(sql);
  return rows.map(({ name }) => name);
}

const TABLES =
  "SELECT relname AS name FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace ORDER BY 1";
const INDEXES =
  "SELECT relname AS name FROM pg_class WHERE relkind = 'i' AND relnamespace = 'public'::regnamespace ORDER BY 1";
const COLUMNS = `SELECT attname || ' ' || format_type(atttypid, atttypmod) || CASE WHEN attnotnull THEN ' not null' ELSE '' END AS name
  FROM pg_attribute WHERE attrelid = 's_partner'::regclass AND attnum > 0 AND NOT attisdropped ORDER BY attnum`;
const CONSTRAINTS = `SELECT conname || ' ' || contype::text AS name FROM pg_constraint
  WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY 1`;
/** Everything in the catalog that a statement of data definition would touch. */
const VERSIONS = `SELECT string_agg(xmin::text || oid, ',' ORDER BY oid) AS name FROM
  (SELECT xmin, oid FROM pg_class UNION ALL SELECT xmin, oid FROM pg_constraint UNION ALL SELECT xmin, oid FROM pg_type) AS all_objects`;

describe('the schema of models', () => {
  it('has the tables, columns, constraints and indexes of the models, by their names', async () => {
    await start([Country, Partner]);
    expect(await names(TABLES)).toEqual(['s_country', 's_country_s_partner_rel', 's_partner', 's_partner_friends_rel']);
    expect(await names(COLUMNS)).toEqual([
      'id bigint not null',
      'name text not null',
      'kind text',
      'country_id bigint',
      'owner bigint not null',
      'created_at timestamp(3) with time zone',
      'created_by bigint',
      'updated_at timestamp(3) with time zone',
      'updated_by bigint',
    ]);
    expect(await names(CONSTRAINTS)).toEqual(
      [
        's_country_code_key u',
        's_country_pkey p',
        's_country_s_partner_rel_pkey p',
        's_country_s_partner_rel_s_country_id_fkey f',
        's_country_s_partner_rel_s_partner_id_fkey f',
        's_partner_country_id_fkey f',
        's_partner_friends_rel_pkey p',
        's_partner_friends_rel_related_s_partner_id_fkey f',
        's_partner_friends_rel_s_partner_id_fkey f',
        's_partner_kind_selection c',
        's_partner_name_country_id_key u',
        's_partner_named c',
        's_partner_owner_fkey f',
        's_partner_pkey p',
      ].sort(),
    );
    const indexes = await names(INDEXES);
    expect(indexes).toEqual(
      expect.arrayContaining([
        's_partner_name_idx',
        's_partner_country_id_idx',
        's_partner_owner_idx',
        's_partner_name_kind_idx',
        's_country_s_partner_rel_s_partner_id_idx',
        's_partner_friends_rel_s_partner_id_idx',
      ]),
    );
  });

  it('is not touched by a second start', async () => {
    await start([Country, Partner, PartnerSale]);
    const before = await names(VERSIONS);
    const told: string[] = [];
    const log = {
      info: (text: string) => void told.push(text),
      warn: (text: string) => void told.push(text),
      error: () => undefined,
    };
    await start([PartnerSale, Partner, Country], { log });
    expect(await names(VERSIONS)).toEqual(before);
    expect(told).toEqual([]);
    await start([Country, Partner, PartnerSale], { schema: 'check' });
  });

  it('takes in a required field that a module brings to a full table', async () => {
    const first = await start([Country, Partner]);
    await client.query("INSERT INTO s_partner (id, name, owner) VALUES (1, 'Ada', 1), (2, 'Bob', 1)");
    await first.close();
    const second = await start([Country, Partner, PartnerSale]);
    const points = await second.run(async (env) => {
      const partners = await env.model(PartnerSale).search([], { order: 'id' });
      return partners.map((partner) => partner.points);
    });
    expect(points).toEqual([7, 7]);
    expect(await names(COLUMNS)).toContain('points integer not null');
  });

  it('of one database has nothing of a module that only another one has', async () => {
    const other = await createTestDatabase('schema_of_models');
    try {
      const plain = await start([Country, Partner]);
      const sale = await start([Country, Partner, PartnerSale], { database: { url: other.url } });
      expect(await names(COLUMNS)).not.toContain('points integer not null');
      expect(plain.fields.get('s.partner')!.has('points')).toBe(false);
      await sale.run(async (env) => void (await env.model(PartnerSale).search([['points', '=', 7]])));
      await expect(
        plain.run(async (env) => void (await env.model(Partner).search([['points', '=', 7]] as never))),
      ).rejects.toThrow('has no field "points"');
      await sale.close();
    } finally {
      await other.drop();
    }
  });

  it('turns a violation into the words of the constraint', async () => {
    const registry = await start([Country, Partner]);
    await client.query("INSERT INTO s_country (id, code) VALUES (1, 'FR')");
    await client.query("INSERT INTO s_partner (id, name, owner, country_id) VALUES (1, 'Ada', 1, 1)");
    const create = (values: object): Promise<unknown> =>
      registry.run((env) => env.model(Partner).create({ keeper: 1, ...values } as never));
    await expect(create({ name: '' })).rejects.toThrow('A name is not empty');
    await expect(create({ name: 'Ada', country: 1 })).rejects.toThrow('Once in a country');
  });
});

describe('a build that fails', () => {
  it('leaves no connection, whether the models, the database or the schema was at fault', async () => {
    const pool = new ConnectionPool({ max: 2 });
    try {
      @Model('s.wrong', { order: 'nmae' })
      class Wrong extends BaseModel {}
      @Model('s.check', { constraints: [check('no such thing', 'x')] })
      class WrongCheck extends BaseModel {}
      await expect(start([Wrong], { pool })).rejects.toThrow(ModelDefinitionError);
      await expect(start([Country, WrongCheck], { pool })).rejects.toThrow();
      await expect(start([Country], { pool, schema: 'check' })).rejects.toThrow(SchemaDriftError);
      expect(await names(TABLES)).toEqual([]);
      expect(pool.stats()).toMatchObject({ borrowed: 0, connecting: 0, waiting: 0 });
      await start([Country], { pool });
      expect(await names(TABLES)).toEqual(['s_country']);
    } finally {
      await pool.end();
    }
  });

  it('leaves no timer and no session when the pool is its own', async () => {
    const timers = (): number => process.getActiveResourcesInfo().filter((name) => name === 'Timeout').length;
    const before = timers();
    await expect(start([Country], { schema: 'check' })).rejects.toThrow(SchemaDriftError);
    await expect(start([Country], { database: { url: 'no address' } })).rejects.toThrow();
    await expect(start([Country], { pool: { max: -1 } })).rejects.toThrow();
    expect(timers()).toBeLessThanOrEqual(before);
    const { rows } = await client.query(
      'SELECT count(*)::int AS others FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid()',
    );
    expect(rows).toEqual([{ others: 0 }]);
  });
});

describe('a second set-up', () => {
  it('replaces the models in one step, while running environments keep the old ones', async () => {
    const registry = await start([Country, Partner]);
    await client.query("INSERT INTO s_partner (id, name, owner) VALUES (1, 'Ada', 1)");
    await registry.run(async (env) => {
      expect(env.model(Partner)).toBeInstanceOf(Partner);
      await registry.setupModels([PartnerSale]);
      expect(env.model(Partner)).not.toBeInstanceOf(PartnerSale);
      const partner = (await env.model(Partner).search([])).one();
      expect(['name' in partner, 'points' in partner]).toEqual([true, false]);
      expect(registry.get('s.partner').line).toEqual([Partner, PartnerSale]);
      await registry.run({ propagation: 'new' }, async (next) => {
        expect((await next.model(PartnerSale).search([])).one().points).toBe(7);
      });
    });
    expect(registry.fields.get('s.partner')!.has('points')).toBe(true);
  });

  it('shows the new models to nobody before their columns are there', async () => {
    const registry = await start([Country, Partner]);
    await client.query('BEGIN');
    await client.query('LOCK TABLE s_partner IN ACCESS SHARE MODE');
    const setUp = registry.setupModels([PartnerSale]);
    await new Promise((resolve) => setTimeout(resolve, 200));
    expect(registry.fields.get('s.partner')!.has('points')).toBe(false);
    await client.query('COMMIT');
    await setUp;
    expect(registry.fields.get('s.partner')!.has('points')).toBe(true);
  });

  it('keeps what earlier ones added, also when they come at once', async () => {
    @Model('s.more')
    class More extends BaseModel<More> {}
    const registry = await start([Country]);
    await Promise.all([registry.setupModels([Partner]), registry.setupModels([More]), registry.setupModels([])]);
    expect([...registry.models.keys()]).toEqual(['s.country', 's.more', 's.partner']);
  });

  it('leaves everything as it was when it fails, and the next one works', async () => {
    @Model('s.wrong', { order: 'nmae' })
    class Wrong extends BaseModel {}
    const registry = await start([Country]);
    const models = registry.models;
    await expect(registry.setupModels([Wrong])).rejects.toThrow(ModelDefinitionError);
    expect(registry.models).toBe(models);
    await registry.setupModels([Partner]);
    expect([...registry.models.keys()]).toEqual(['s.country', 's.partner']);
  });
});

describe('a module that is taken out', () => {
  it('keeps no record out by what it required, and finds its values again when it comes back', async () => {
    @Model('s.note')
    class Note extends BaseModel<Note> {
      @fields.Char({ required: true }) text!: string;
    }
    @Extend()
    class NotePoints extends Note {
      @fields.Integer({ required: true, default: 7 }) declare points: number;
    }
    interface NotePoints {
      points: number;
    }
    const first = await (
      await start([Note, NotePoints])
    ).run((env) => env.model(NotePoints).create({ text: 'a', points: 3 }));
    const without = await start([Note]);
    const second = await without.run((env) => env.model(Note).create({ text: 'b' }));
    const again = await start([Note, NotePoints]);
    await again.run(async (env) => {
      const notes = await env.model(NotePoints).search([], { order: 'id' });
      expect(notes.map(({ id, points }) => [id, points])).toEqual([
        [first.id, 3],
        [second.id, 7],
      ]);
    });
  });
});

describe('a registry', () => {
  it('finds models and fields by name, and says the nearest ones of a name it does not have', async () => {
    const registry = await start([Country, Partner], { schema: 'off' });
    expect([registry.has('s.country'), registry.has('s.nothing')]).toEqual([true, false]);
    expect(registry.get('s.partner').fields.get('keeper')).toMatchObject({ column: 'owner', onDelete: 'cascade' });
    expect(registry.fields.get('s.partner')!.get('country')).toMatchObject({ onDelete: 'set null' });
    expect(() => registry.get('s.partnre')).toThrow('Did you mean "s.partner"?');
    const env = registry.environment(registry.cursor());
    expect(() => (env as unknown as Record<string, unknown>)['s.partnre']).toThrow('Did you mean "s.partner"?');
  });
});
