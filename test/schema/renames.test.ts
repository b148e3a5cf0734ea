import { afterAll, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { syncSchema, type SchemaMode, type SchemaReport } from '../../lib/schema/apply.js';
import { planSchema } from '../../lib/schema/plan-schema.js';
import { defineTable, type TableSpec } from '../../lib/schema/table-spec.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { inTransaction, run } from './transaction.js';

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase('schema_renames');
});

afterAll(async () => {
  await database.drop();
});

beforeEach(async () => {
  await run(database.url, 'DROP SCHEMA public CASCADE', 'CREATE SCHEMA public');
});

/** A table with something of each kind that carries the names of its table and columns. */
function things(
  table: string,
  options: { readonly column: string; readonly before?: string; readonly columnBefore?: string },
): TableSpec {
  const { column, before = null, columnBefore = null } = options;
  return defineTable({
    name: table,
    renamedFrom: before,
    columns: [
      { name: 'id', type: 'bigint', identity: true },
      { name: column, type: 'text', default: "'x'", renamedFrom: columnBefore },
      { name: 'parent_id', type: 'bigint' },
    ],
    constraints: [
      { kind: 'unique', name: `${table}_${column}_key`, columns: [column] },
      { kind: 'check', name: `${table}_parent_check`, expression: 'parent_id IN (1, 2)' },
    ],
    foreignKeys: [{ name: `${table}_parent_id_fkey`, column: 'parent_id', references: { table }, onDelete: 'cascade' }],
    indexes: [
      { name: `${table}_${column}_trigram`, columns: [column], method: 'trigram' },
      { name: `${table}_${column}_index`, columns: [column], where: 'parent_id > 0' },
    ],
  });
}

const others = (table: string): TableSpec =>
  defineTable({
    name: 'other',
    columns: [
      { name: 'id', type: 'bigint', identity: true },
      { name: 'thing_id', type: 'bigint' },
    ],
    foreignKeys: [{ name: 'other_thing_id_fkey', column: 'thing_id', references: { table } }],
  });

function apply(mode: SchemaMode, ...specs: readonly TableSpec[]): Promise<SchemaReport> {
  return inTransaction(database.url, (transaction) => syncSchema(transaction, specs, { mode }));
}

async function objects(): Promise<readonly unknown[]> {
  const rows = await run(
    database.url,
    `SELECT relname AS name FROM pg_class WHERE relnamespace = 'public'::regnamespace
     UNION SELECT conname FROM pg_constraint WHERE connamespace = 'public'::regnamespace AND contype <> 'n' ORDER BY name`,
  );
  return rows.map(({ name }) => name);
}

describe('a renamed table with a renamed column', () => {
  it('keeps its rows, and everything of ours takes the new names', async () => {
    await apply('sync', things('thing', { column: 'name' }), others('thing'));
    await run(database.url, "INSERT INTO thing (name) VALUES ('a')", 'INSERT INTO other (thing_id) VALUES (1)');
    const before = await objects();
    const specs = [things('item', { column: 'label', before: 'thing', columnBefore: 'name' }), others('item')];
    const report = await apply('sync', ...specs);
    expect([...new Set(report.steps.map(({ kind }) => kind))]).toEqual([
      'rename-table',
      'rename-column',
      'rename-object',
    ]);
    expect(report.notices).toEqual([]);
    expect(await run(database.url, 'SELECT label FROM item')).toEqual([{ label: 'a' }]);
    const renamed = (name: unknown): string =>
      String(name)
        .replace(/^thing/, 'item')
        .replace('_name_', '_label_');
    expect(await objects()).toEqual(before.map(renamed).toSorted());
    const plan = await inTransaction(database.url, (transaction) => planSchema(transaction, specs));
    expect(plan).toMatchObject({ steps: [], unnoted: 0 });
  });

  it('is listed by a check, without a word about what the rename brings along', async () => {
    await apply('sync', things('thing', { column: 'name' }), others('thing'));
    const specs = [things('item', { column: 'label', before: 'thing', columnBefore: 'name' }), others('item')];
    const error = await apply('check', ...specs).catch((cause: unknown) => cause);
    const messages = (error as { problems: readonly { message: string }[] }).problems.map(({ message }) => message);
    expect(messages.slice(0, 2)).toEqual([
      'A sync would rename table "thing" to "item".',
      'A sync would rename column "name" of "item" to "label".',
    ]);
    expect(messages.every((message) => message.includes('would rename'))).toBe(true);
  });

  it('is drift for a person to settle when old and new are both there', async () => {
    await apply('sync', things('thing', { column: 'name' }));
    await apply('sync', things('item', { column: 'name' }));
    const report = await apply('sync', things('item', { column: 'name', before: 'thing' }));
    expect(report.steps).toEqual([]);
    expect(report.notices).toMatchObject([
      { level: 'drift', message: 'Tables "thing" and "item" are both there, though one was to become the other.' },
    ]);
  });
});
