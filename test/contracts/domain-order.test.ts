import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseWrittenOrder } from '../../lib/domain/order.js';
import { orderToSql } from '../../lib/domain/order-to-sql.js';
import { compileComparer } from '../../lib/domain/to-comparer.js';
import { identifier, joinSql, sql } from '../../lib/sql/sql.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { domainModels, type FakeModel } from '../support/domain-fixture.js';
import { FakeReader, insertRecords, randomRecords } from '../support/domain-rows.js';
import { SeededRandom } from '../support/seeded-random.js';

const firstSeed = Number(process.env['DOMAIN_SEED'] ?? 11);
const rounds = Number(process.env['DOMAIN_ROUNDS'] ?? 6);
const models = domainModels();
const all = Object.values(models);
let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase('domain_order');
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (const model of all) await client.query(model.ddl());
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

function randomOrder(model: FakeModel, random: SeededRandom): string {
  const sortable = [...model.fields.values()].filter(
    ({ column, kind }) => column !== null && kind !== 'json' && kind !== 'binary',
  );
  const terms = Array.from(
    { length: random.below(4) },
    () => `${random.pick(sortable).name}${random.pick(['', ' asc', ' DESC'])}`,
  );
  return terms.join(', ');
}

describe('a random order on random records', () => {
  it(
    `sorts alike in SQL and in memory (seed ${firstSeed})`,
    async () => {
      for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
        const random = new SeededRandom(seed);
        const records = randomRecords(all, random, 25);
        await insertRecords(client, records);
        const reader = new FakeReader(records);
        for (let index = 0; index < 30; index++) {
          const model = random.chance(0.6) ? models.node : random.pick(all);
          const written = randomOrder(model, random);
          const order = parseWrittenOrder(model, written);
          const { joins, orderBy } = orderToSql(order, model, 't');
          const from = sql`FROM ${identifier(model.table)} AS "t" ${joinSql(joins, ' ')}`;
          const query = sql`SELECT "t"."id" ${from} ORDER BY ${joinSql(orderBy, ', ')}`;
          const { rows } = await client.query<{ id: string }>(query.text, [...query.values]);
          const sorted = records.filter((record) => record.model === model).sort(compileComparer(order, model, reader));
          const told = `seed ${seed}, order ${index}, ${model.name}: "${written}"`;
          expect(
            sorted.map(({ id }) => id),
            told,
          ).toEqual(rows.map(({ id }) => Number(id)));
        }
      }
    },
    Math.max(30_000, rounds * 10_000),
  );
});
