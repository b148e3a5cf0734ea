import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { SchemaChangeError, SchemaDriftError } from '../../lib/errors/schema-errors.js';
import { UsageError } from '../../lib/errors/use-errors.js';
import { syncSchema, type SchemaMode, type SchemaReport } from '../../lib/schema/apply.js';
import { planSchema } from '../../lib/schema/plan-schema.js';
import { defineTable, relationTable, type TableInput, type TableSpec } from '../../lib/schema/table-spec.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { inTransaction, run } from './transaction.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase('schema_sync');
});

afterAll(async () => {
  await database.drop();
});

beforeEach(async () => {
  await run(database.url, 'DROP SCHEMA public CASCADE', 'CREATE SCHEMA public', 'DROP EXTENSION IF EXISTS pg_trgm');
});

const ID = { name: 'id', type: 'bigint', identity: true } as const;

const partner = (more: Partial<TableInput> = {}): TableSpec =>
  defineTable({ name: 'res_partner', columns: [ID, { name: 'name', type: 'text' }], ...more });

function sync(...specs: readonly TableSpec[]): Promise<SchemaReport> {
  return withMode('sync', specs);
}

function withMode(mode: SchemaMode, specs: readonly TableSpec[]): Promise<SchemaReport> {
  return inTransaction(database.url, (transaction) => syncSchema(transaction, specs, { mode }));
}

/** What would still be done: nothing, after a sync. */
async function remaining(...specs: readonly TableSpec[]): Promise<readonly string[]> {
  const plan = await inTransaction(database.url, (transaction) => planSchema(transaction, specs));
  return [...plan.steps.map(({ description }) => description), ...(plan.unnoted > 0 ? [`note ${plan.unnoted}`] : [])];
}

/** What was done; a replacement counts once. */
const kinds = (report: SchemaReport): readonly string[] =>
  report.steps.map(({ kind }) => kind).filter((kind) => kind !== 'drop-replaced');
const warnings = (report: SchemaReport): readonly string[] =>
  report.notices.filter(({ level }) => level !== 'info').map(({ message }) => message);

async function constraint(name: string): Promise<string | undefined> {
  const rows = await run(
    database.url,
    `SELECT pg_get_constraintdef(oid) AS d FROM pg_constraint WHERE conname = '${name}'`,
  );
  return rows[0]?.['d'] as string | undefined;
}

/** A specification with one of everything. */
const everything = (): readonly TableSpec[] => [
  defineTable({
    name: 'sale_order',
    comment: "The customer's orders",
    columns: [
      ID,
      { name: 'name', type: 'varchar(40)', nullable: false, default: "'draft'" },
      { name: 'amount', type: 'numeric(12,2)', nullable: false, default: '-1' },
      { name: 'state', type: 'text', default: "'it''s \\ new'" },
      { name: 'token', type: 'uuid', default: 'gen_random_uuid()' },
      { name: 'tags', type: 'jsonb', default: "'{}'" },
      { name: 'order', type: 'int4', default: '1 + 1' },
      { name: 'day', type: 'date', default: 'CURRENT_DATE' },
      { name: 'created_at', type: 'timestamptz(3)', default: 'now()' },
      { name: 'active', type: 'boolean', nullable: false, default: 'true' },
      { name: 'partner_id', type: 'bigint' },
    ],
    constraints: [
      { kind: 'unique', name: 'sale_order_name_key', columns: ['name', 'order'] },
      { kind: 'unique', name: 'sale_order_state_key', columns: ['state'], deferrable: 'initially deferred' },
      { kind: 'unique', name: 'sale_order_token_key', columns: ['token'], where: 'active' },
      {
        kind: 'check',
        name: 'sale_order_amount_check',
        expression: "amount >= -1 and state in ('a', 'b') or name like 'x%'",
      },
      { kind: 'exclude', name: 'sale_order_name_excl', definition: 'USING btree (name WITH =) WHERE ("order" > 5)' },
    ],
    foreignKeys: [{ name: 'sale_order_partner_id_fkey', column: 'partner_id', references: { table: 'res_partner' } }],
    indexes: [
      { name: 'sale_order_name_index', columns: ['name'], method: 'trigram' },
      { name: 'sale_order_lower_index', expression: 'lower(name)' },
      { name: 'sale_order_partner_index', columns: ['partner_id'], where: 'partner_id is not null' },
      { name: 'sale_order_tags_index', columns: ['tags'], method: 'gin' },
      { name: 'sale_order_day_index', columns: ['day', 'order'], unique: true },
    ],
  }),
  partner({
    constraints: [{ kind: 'unique', name: 'res_partner_name_key', columns: ['name'] }],
    foreignKeys: [
      {
        name: 'res_partner_id_fkey',
        column: 'id',
        references: { table: 'sale_order' },
        deferrable: 'initially deferred',
      },
    ],
  }),
  relationTable(
    'partner_tag_rel',
    { column: 'partner_id', table: 'res_partner', foreignKey: 'partner_tag_rel_partner_fkey' },
    {
      right: { column: 'order_id', table: 'sale_order', foreignKey: 'partner_tag_rel_order_fkey' },
      index: 'partner_tag_rel_order_index',
    },
  ),
];

describe('a sync', () => {
  it('makes tables, indexes, constraints and keys that refer to each other in circles', async () => {
    const report = await sync(...everything());
    expect(warnings(report)).toEqual([]);
    expect(await constraint('sale_order_partner_id_fkey')).toBe('FOREIGN KEY (partner_id) REFERENCES res_partner(id)');
    expect(await constraint('partner_tag_rel_partner_fkey')).toContain('ON DELETE CASCADE');
    expect(
      await run(database.url, 'INSERT INTO partner_tag_rel VALUES (1, 1)').catch((error: Error) => error.message),
    ).toContain('foreign key');
    const [row] = await run(database.url, "SELECT obj_description('sale_order'::regclass) AS c");
    expect(row?.['c']).toBe("The customer's orders");
  });

  it('finds nothing to do afterwards, with one statement and no DDL', async () => {
    await sync(...everything());
    const statements = await inTransaction(database.url, async (transaction) => {
      const report = await syncSchema(transaction, everything(), { mode: 'sync' });
      expect(report).toMatchObject({ steps: [], statements: 1 });
      return transaction.statements;
    });
    expect(statements).toHaveLength(1);
    expect(statements[0]).toMatch(/^\s*SELECT/);
  });

  it('lets one of two processes do the work while the other waits and finds it done', async () => {
    const reports = await Promise.all([sync(...everything()), sync(...everything()), sync(...everything())]);
    expect(reports.filter(({ steps }) => steps.length > 0)).toHaveLength(1);
    expect(await remaining(...everything())).toEqual([]);
  });

  it('adopts a table that somebody else made, with its rows, and asks only once', async () => {
    await run(
      database.url,
      `CREATE TABLE res_partner (
        id serial PRIMARY KEY, name varchar(20) NOT NULL DEFAULT 'x', legacy integer, since timestamp DEFAULT now(),
        CONSTRAINT name_check CHECK (name <> ''), CONSTRAINT name_key UNIQUE (name))`,
      'CREATE INDEX name_index ON res_partner (lower(name)) WHERE legacy > 0',
      "INSERT INTO res_partner (name) VALUES ('Ada')",
    );
    const spec = partner({
      columns: [
        ID,
        { name: 'name', type: 'text', nullable: false, default: "'x'" },
        { name: 'legacy', type: 'bigint' },
      ],
      constraints: [
        { kind: 'check', name: 'name_check', expression: "name <> ''" },
        { kind: 'unique', name: 'name_key', columns: ['name'] },
      ],
      indexes: [{ name: 'name_index', expression: 'lower(name)', where: 'legacy > 0' }],
    });
    const report = await sync(spec);
    expect([...new Set(kinds(report))]).toEqual(['widen-column', 'set-default']);
    expect(report.notices.map(({ message }) => message)).toEqual([
      'Column "since" of "res_partner" belongs to no field and stays.',
    ]);
    expect(await remaining(spec)).toEqual([]);
    const rows = await run(
      database.url,
      "INSERT INTO res_partner (id, name) VALUES (DEFAULT, 'Bob') RETURNING id::text",
    );
    expect(rows).toEqual([{ id: '2' }]);
  });

  it('replaces a foreign key whose onDelete changed, and nothing else', async () => {
    const spec = (onDelete: 'restrict' | 'cascade'): TableSpec =>
      partner({
        columns: [ID, { name: 'parent_id', type: 'bigint' }],
        foreignKeys: [{ name: 'parent_fkey', column: 'parent_id', references: { table: 'res_partner' }, onDelete }],
      });
    await sync(spec('restrict'));
    expect(await constraint('parent_fkey')).toContain('ON DELETE RESTRICT');
    const report = await sync(spec('cascade'));
    expect(report.steps.map(({ description }) => description)).toEqual([
      'drop the old "parent_fkey" of "res_partner"',
      'replace foreign key "parent_fkey" of "res_partner"',
      'check the rows of "res_partner" against "parent_fkey"',
    ]);
    expect(await constraint('parent_fkey')).toBe(
      'FOREIGN KEY (parent_id) REFERENCES res_partner(id) ON DELETE CASCADE',
    );
    expect(await remaining(spec('cascade'))).toEqual([]);
  });

  it('replaces checks, indexes and defaults that changed, also when somebody else changed them', async () => {
    const spec = (limit: number): TableSpec =>
      partner({
        columns: [ID, { name: 'age', type: 'integer', default: `${limit}` }],
        constraints: [{ kind: 'check', name: 'age_check', expression: `age in (${limit}, 2)` }],
        indexes: [{ name: 'age_index', columns: ['age'], where: `age > ${limit}` }],
      });
    await sync(spec(7));
    expect(kinds(await sync(spec(8)))).toEqual(['set-default', 'add-constraint', 'add-index', 'validate-constraint']);
    expect(await remaining(spec(8))).toEqual([]);
    await run(database.url, 'ALTER TABLE res_partner ALTER age SET DEFAULT 9', 'DROP INDEX age_index');
    expect(kinds(await sync(spec(8)))).toEqual(['set-default', 'add-index']);
    expect(await remaining(spec(8))).toEqual([]);
  });

  it('drops a default of ours that the field no longer has, and keeps one that somebody else gave', async () => {
    const spec = (value: string | null): TableSpec =>
      partner({ columns: [ID, { name: 'name', type: 'text', default: value }] });
    await sync(spec("'x'"));
    expect(kinds(await sync(spec(null)))).toEqual(['drop-default']);
    await run(database.url, "ALTER TABLE res_partner ALTER name SET DEFAULT 'theirs'");
    const again = await sync(spec(null));
    expect(kinds(again)).toEqual(['drop-default']);
    await run(
      database.url,
      'COMMENT ON COLUMN res_partner.name IS NULL',
      "ALTER TABLE res_partner ALTER name SET DEFAULT 'z'",
    );
    expect(kinds(await sync(spec(null)))).toEqual([]);
  });

  it('leaves unknown tables, columns, constraints and indexes and says so; none keeps new records out', async () => {
    await sync(partner());
    await run(
      database.url,
      'CREATE TABLE theirs (id integer)',
      'ALTER TABLE res_partner ADD extra integer CONSTRAINT extra_check CHECK (extra > 0), ADD need integer NOT NULL',
      'CREATE INDEX extra_index ON res_partner (extra)',
    );
    const report = await sync(partner());
    expect(kinds(report)).toEqual(['make-optional']);
    expect(report.notices.map(({ level, message }) => `${level}: ${message}`)).toEqual([
      'info: Column "extra" of "res_partner" belongs to no field and stays.',
      'info: Column "need" of "res_partner" belongs to no field, stays, and may be empty.',
      'info: Constraint "extra_check" of "res_partner" is not of the models and stays.',
      'info: Index "extra_index" of "res_partner" is not of the models and stays.',
    ]);
  });

  it('never narrows: a wider column stays, another type is reported and not touched', async () => {
    await run(database.url, 'CREATE TABLE res_partner (id bigserial PRIMARY KEY, name text, born text)');
    const spec = partner({
      columns: [ID, { name: 'name', type: 'varchar(10)' }, { name: 'born', type: 'date' }],
    });
    const report = await sync(spec);
    expect(report.steps).toEqual([]);
    expect(warnings(report)).toEqual(['Column "born" of "res_partner" is text and should be date.']);
    await expect(withMode('check', [spec])).rejects.toThrow('is text and should be date');
  });

  it('widens what holds every value it held before', async () => {
    await run(
      database.url,
      'CREATE TABLE res_partner (id bigserial PRIMARY KEY, a smallint, b varchar(5), c numeric(6,2), d real, e varchar(5))',
      "INSERT INTO res_partner (a, b, c, d) VALUES (1, 'x', 1.5, 2.5)",
    );
    const spec = partner({
      columns: [
        ID,
        { name: 'a', type: 'bigint' },
        { name: 'b', type: 'text' },
        { name: 'c', type: 'numeric(12,2)' },
        { name: 'd', type: 'double precision' },
        { name: 'e', type: 'varchar(9)' },
      ],
    });
    expect(kinds(await sync(spec))).toEqual(Array(5).fill('widen-column'));
    expect(await remaining(spec)).toEqual([]);
  });
});

describe('a required column on a table with rows', () => {
  const before = partner();
  const after = (column: Partial<TableSpec['columns'][number]>): TableSpec =>
    partner({
      columns: [ID, { name: 'name', type: 'text' }, { name: 'code', type: 'text', nullable: false, ...column }],
    });

  beforeEach(async () => {
    await sync(before);
    await run(database.url, "INSERT INTO res_partner (name) VALUES ('a'), ('b'), ('b')");
  });

  it.each([
    ['its default', { default: "'x'" }, 'x'],
    ['a constant to fill with', { fill: "'y'" }, 'y'],
    ['an expression over the row', { fill: 'upper(name)' }, 'A'],
  ])('is filled with %s and then required', async (_, column, first) => {
    const spec = after(column);
    expect(warnings(await sync(spec))).toEqual([]);
    const [row] = await run(
      database.url,
      "SELECT code, (SELECT attnotnull FROM pg_attribute WHERE attname = 'code' AND attrelid = 'res_partner'::regclass) AS required FROM res_partner ORDER BY id",
    );
    expect(row).toEqual({ code: first, required: true });
    expect(await remaining(spec)).toEqual([]);
  });

  it('stays nullable while rows cannot be filled, says how many, and is required by a later sync', async () => {
    const spec = after({});
    const said = 'Column "code" of "res_partner" is required but stays nullable: 3 rows have no value.';
    expect(warnings(await sync(spec))).toEqual([said]);
    const second = await sync(spec);
    expect([second.steps, warnings(second)]).toEqual([[], [said]]);
    expect((await withMode('check', [spec])).notices.map(({ message }) => message)).toEqual([said]);
    await run(database.url, "UPDATE res_partner SET code = 'z'");
    expect(kinds(await sync(spec))).toEqual(['require-column']);
    expect(await remaining(spec)).toEqual([]);
  });

  it('is filled and required when an optional column becomes required, also with deferred constraints waiting', async () => {
    const unique = {
      kind: 'unique',
      name: 'code_key',
      columns: ['code', 'id'],
      deferrable: 'initially deferred',
    } as const;
    const columns = (nullable: boolean): TableInput['columns'] => [
      ID,
      { name: 'name', type: 'text' },
      { name: 'code', type: 'text', nullable, fill: "'f'" },
    ];
    await sync(partner({ columns: columns(true), constraints: [unique] }));
    await run(database.url, 'UPDATE res_partner SET code = NULL');
    const spec = partner({ columns: columns(false), constraints: [unique] });
    expect(kinds(await sync(spec))).toEqual(['require-column']);
    expect(await run(database.url, 'SELECT DISTINCT code FROM res_partner')).toEqual([{ code: 'f' }]);
  });

  it('becomes optional again when the field does', async () => {
    await sync(after({ default: "'x'" }));
    expect(kinds(await sync(after({ default: "'x'", nullable: true })))).toEqual(['make-optional']);
  });
});

describe('rows that break a new rule', () => {
  it('keep a foreign key and a check from being validated, not from holding for new rows', async () => {
    const columns = [ID, { name: 'parent_id', type: 'bigint' }];
    await sync(partner({ columns }));
    await run(database.url, 'INSERT INTO res_partner (parent_id) VALUES (99)');
    const spec = partner({
      columns,
      constraints: [{ kind: 'check', name: 'parent_check', expression: 'parent_id < 50' }],
      foreignKeys: [{ name: 'parent_fkey', column: 'parent_id', references: { table: 'res_partner' } }],
    });
    expect(warnings(await sync(spec))).toEqual([
      '"parent_check" of "res_partner" holds for new rows, but some old ones break it.',
      '"parent_fkey" of "res_partner" holds for new rows, but some old ones break it.',
    ]);
    await expect(run(database.url, 'INSERT INTO res_partner (parent_id) VALUES (98)')).rejects.toThrow('parent_check');
    await withMode('check', [spec]);
    await run(database.url, 'UPDATE res_partner SET parent_id = NULL');
    expect(warnings(await sync(spec))).toEqual([]);
    expect(await remaining(spec)).toEqual([]);
  });

  it('refuse a unique constraint, with an error that names it and keeps the cause; nothing is changed', async () => {
    await sync(partner());
    await run(database.url, "INSERT INTO res_partner (name) VALUES ('a'), ('a')");
    const spec = partner({
      columns: [ID, { name: 'name', type: 'text' }, { name: 'extra', type: 'text' }],
      constraints: [{ kind: 'unique', name: 'name_key', columns: ['name'] }],
    });
    const error = await sync(spec).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(SchemaChangeError);
    expect(error).toMatchObject({ code: 'SCHEMA_CHANGE', table: 'res_partner', cause: { code: '23505' } });
    expect((error as Error).message).toBe('The database refused to add constraint "name_key" of "res_partner".');
    expect(await remaining(partner())).toEqual([]);
  });
});

describe('a check', () => {
  it('refuses to go on, lists every difference and changes nothing', async () => {
    await sync(partner());
    const spec = partner({
      columns: [ID, { name: 'name', type: 'text', default: "'x'" }, { name: 'age', type: 'integer' }],
      indexes: [{ name: 'age_index', columns: ['age'] }],
    });
    const error = await withMode('check', [spec]).catch((cause: unknown) => cause);
    expect(error).toBeInstanceOf(SchemaDriftError);
    expect((error as SchemaDriftError).problems.map(({ message }) => message)).toEqual([
      'A sync would add column "age" of "res_partner".',
      'A sync would set the default of column "name" of "res_partner".',
      'A sync would add index "age_index" of "res_partner".',
    ]);
    expect(await remaining(partner())).toEqual([]);
  });

  it('passes when all is there', async () => {
    await sync(...everything());
    expect((await withMode('check', everything())).statements).toBe(1);
  });

  it('is not disturbed by definitions that somebody else wrote in other words', async () => {
    await run(
      database.url,
      "CREATE TABLE res_partner (id bigserial PRIMARY KEY, name text DEFAULT 'x', CONSTRAINT c CHECK (name IN ('a', 'b')))",
    );
    const spec = partner({
      columns: [ID, { name: 'name', type: 'text', default: "'x'::text" }],
      constraints: [{ kind: 'check', name: 'c', expression: "name = ANY (ARRAY['a', 'b'])" }],
    });
    await withMode('check', [spec]);
  });
});

describe('a check that may not make temporary tables', () => {
  it('passes what is noted, and warns of what it could not compare', async () => {
    const spec = partner({ constraints: [{ kind: 'check', name: 'name_check', expression: "name in ('a', 'b')" }] });
    await sync(spec);
    const check = (): Promise<SchemaReport> =>
      inTransaction(
        database.url,
        (transaction) => syncSchema(transaction, [spec], { mode: 'check' }),
        'BEGIN TRANSACTION READ ONLY',
      );
    expect(await check()).toMatchObject({ notices: [], statements: 1 });
    await run(database.url, "COMMENT ON CONSTRAINT name_check ON res_partner IS 'Two names.'");
    expect(warnings(await check())).toEqual([
      'The definition of constraint "name_check" of "res_partner" could not be compared.',
    ]);
  });
});

describe('the note in a comment', () => {
  it('stands behind what people wrote there, and comes back when it was lost, without any other change', async () => {
    const spec = partner({ constraints: [{ kind: 'check', name: 'name_check', expression: "name in ('a', 'b')" }] });
    await sync(spec);
    await run(database.url, "COMMENT ON CONSTRAINT name_check ON res_partner IS 'Two names.'");
    expect((await sync(spec)).steps).toEqual([]);
    const [row] = await run(
      database.url,
      "SELECT obj_description(oid, 'pg_constraint') AS comment FROM pg_constraint WHERE conname = 'name_check'",
    );
    expect(row?.['comment']).toMatch(/^Two names\.\n\[nest-registry [0-9a-f]{12} [0-9a-f]{12}\]$/);
    expect((await sync(spec)).statements).toBe(1);
  });
});

describe('a value that the new rule wants and the old one refused', () => {
  it('fills the rows, as the old rule goes first', async () => {
    const columns = (nullable: boolean): TableInput['columns'] => [
      ID,
      { name: 'state', type: 'text', nullable, fill: "'done'" },
    ];
    const rule = (states: string) =>
      ({ kind: 'check', name: 'state_check', expression: `state in (${states})` }) as const;
    await sync(partner({ columns: columns(true), constraints: [rule("'new'")] }));
    await run(database.url, 'INSERT INTO res_partner DEFAULT VALUES');
    const report = await sync(partner({ columns: columns(false), constraints: [rule("'new', 'done'")] }));
    expect(warnings(report)).toEqual([]);
    expect(await run(database.url, 'SELECT state FROM res_partner')).toEqual([{ state: 'done' }]);
  });
});

describe('the mode off', () => {
  it('sends nothing', async () => {
    expect(await withMode('off', [partner()])).toEqual({ steps: [], notices: [], statements: 0 });
  });
});

describe('the transaction of a sync', () => {
  it('must have begun', async () => {
    const autocommit = inTransaction(
      database.url,
      (transaction) => syncSchema(transaction, [partner()], { mode: 'sync' }),
      'SELECT 1',
    );
    await expect(autocommit).rejects.toThrow(UsageError);
  });

  it('must be READ COMMITTED, or it would not see what the process before it did', async () => {
    const repeatable = inTransaction(
      database.url,
      (transaction) => syncSchema(transaction, [partner()], { mode: 'sync' }),
      'BEGIN ISOLATION LEVEL REPEATABLE READ',
    );
    await expect(repeatable).rejects.toThrow('repeatable read');
  });
});
