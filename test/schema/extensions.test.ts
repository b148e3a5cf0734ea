import { randomUUID } from 'node:crypto';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syncSchema, type SchemaMode, type SchemaReport } from '../../lib/schema/apply.js';
import { defineTable } from '../../lib/schema/table-spec.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { inTransaction, run } from './transaction.js';

const role = `schema_role_${randomUUID().slice(0, 8)}`;
let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase('schema_extensions');
  await run(database.url, `CREATE ROLE ${role}`, `GRANT CREATE, USAGE ON SCHEMA public TO ${role}`);
});

afterAll(async () => {
  await run(database.url, `DROP OWNED BY ${role}`, `DROP ROLE ${role}`);
  await database.drop();
});

const spec = (name: string) =>
  defineTable({
    name,
    columns: [
      { name: 'id', type: 'bigint', identity: true },
      { name: 'name', type: 'text' },
    ],
    constraints: [
      { kind: 'exclude', name: `${name}_excl`, definition: 'USING gist (name WITH =)', extension: 'not_an_extension' },
    ],
    indexes: [{ name: `${name}_trigram`, columns: ['name'], method: 'trigram' }],
  });

function apply(mode: SchemaMode, table: string, as?: string): Promise<SchemaReport> {
  return inTransaction(database.url, async (transaction) => {
    if (as !== undefined) await transaction.execute(`SET LOCAL ROLE ${as}`);
    return syncSchema(transaction, [spec(table)], { mode });
  });
}

const missing = (table: string, object: string, extension: string) =>
  `${object} is missing, because the extension ${extension} is not installed in this database.`.replace('%', table);

describe('an extension', () => {
  it('that this role may not install costs its index, with a warning, and not the start', async () => {
    for (const mode of ['sync', 'sync', 'check'] as const) {
      const report = await apply(mode, 'plain', role);
      const messages = report.notices.map(({ level, message }) => [level, message]);
      expect(messages.toSorted()).toEqual([
        ['warning', expect.stringContaining(missing('plain', '_excl"', 'not_an_extension'))],
        ['warning', expect.stringContaining(missing('plain', '_trigram"', 'pg_trgm'))],
      ]);
    }
    const rows = await run(database.url, "SELECT indexname FROM pg_indexes WHERE tablename = 'plain'");
    expect(rows).toEqual([{ indexname: 'plain_pkey' }]);
  });

  it('is installed by a role that may, and the index made up for', async () => {
    const report = await apply('sync', 'plain');
    expect(report.steps.map(({ kind }) => kind)).toEqual(['create-extension', 'add-index']);
    expect((await apply('sync', 'plain')).steps).toEqual([]);
  });

  it('that lives in a schema off the search path is found there', async () => {
    await run(database.url, 'CREATE SCHEMA tools', 'ALTER EXTENSION pg_trgm SET SCHEMA tools');
    expect((await apply('sync', 'plain')).steps).toEqual([]);
    expect((await apply('sync', 'elsewhere')).steps.map(({ kind }) => kind)).toEqual(['create-table', 'add-index']);
    expect((await apply('sync', 'elsewhere')).steps).toEqual([]);
  });
});
