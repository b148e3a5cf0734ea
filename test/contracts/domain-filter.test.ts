import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { withActiveFilter } from '../../lib/domain/active-filter.js';
import { isNever, type Domain } from '../../lib/domain/domain.js';
import { parseWrittenDomain } from '../../lib/domain/parse.js';
import { compilePredicate } from '../../lib/domain/to-predicate.js';
import { domainToSql } from '../../lib/domain/to-sql.js';
import { not } from '../../lib/domain/written.js';
import { identifier, sql } from '../../lib/sql/sql.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { domainModels, type FakeModel } from '../support/domain-fixture.js';
import { DomainReference } from '../support/domain-reference.js';
import { FakeReader, insertRecords, randomRecords, type FakeRecord } from '../support/domain-rows.js';
import { randomDomain } from '../support/random-domain.js';
import { SeededRandom } from '../support/seeded-random.js';

/** Records of each model in a round. */
const count = 12;
/** Set DOMAIN_SEED and DOMAIN_ROUNDS to repeat or lengthen a run. */
const firstSeed = Number(process.env['DOMAIN_SEED'] ?? 20_260);
const rounds = Number(process.env['DOMAIN_ROUNDS'] ?? 12);
const domainsPerRound = 60;

const models = domainModels();
const all = Object.values(models);
let database: TestDatabase;
let client: pg.Client;

beforeAll(async () => {
  database = await createTestDatabase('domain_filter');
  client = new pg.Client({ connectionString: database.url });
  await client.connect();
  for (const model of all) await client.query(model.ddl());
});

afterAll(async () => {
  await client.end();
  await database.drop();
});

async function search(domain: Domain, model: FakeModel, activeTest: boolean): Promise<number[]> {
  if (isNever(domain)) return [];
  const where = domainToSql(domain, model, { alias: 't', activeTest });
  const query = sql`SELECT "id" FROM ${identifier(model.table)} AS "t" WHERE ${where} ORDER BY "id"`;
  const { rows } = await client.query<{ id: string }>(query.text, [...query.values]);
  return rows.map(({ id }) => Number(id));
}

interface Round {
  readonly records: readonly FakeRecord[];
  readonly reader: FakeReader;
  readonly random: SeededRandom;
}

async function compare(model: FakeModel, { records, reader, random }: Round, label: string): Promise<void> {
  const written = randomDomain(model, random, { levels: 2, ids: count });
  const activeTest = random.chance(0.6);
  const told = `${label}, activeTest ${activeTest}, ${model.name}: ${show(written)}`;
  const candidates = records.filter((record) => record.model === model);
  const reference = new DomainReference(records, reader, { activeTest });
  const expected = candidates.filter((record) => reference.holds(model, written, record)).map(({ id }) => id);
  const others = candidates.filter(({ id }) => !expected.includes(id)).map(({ id }) => id);
  const domain = parseWrittenDomain(model, written);
  const inMemory = (condition: Domain): number[] =>
    candidates.filter(compilePredicate(condition, model, reader, { activeTest })).map(({ id }) => id);

  expect(inMemory(domain), `in memory, ${told}`).toEqual(expected);
  expect(inMemory(not(domain)), `complement in memory, ${told}`).toEqual(others);
  expect(await search(domain, model, activeTest), `SQL, ${told}`).toEqual(expected);
  expect(await search(not(domain), model, activeTest), `complement in SQL, ${told}`).toEqual(others);

  const skipping = withActiveFilter(domain, model, activeTest);
  expect(inMemory(skipping), `filtered, ${told}`).toEqual(await search(skipping, model, activeTest));
  const named = written.some((element) => Array.isArray(element) && element[0] === model.activeField);
  const skips = activeTest && model.activeField !== null && !named;
  const kept = candidates.filter(
    ({ id, values }) => expected.includes(id) && (!skips || values[model.activeField!] === true),
  );
  expect(inMemory(skipping), `archived records, ${told}`).toEqual(kept.map(({ id }) => id));
}

function show(written: unknown): string {
  return JSON.stringify(written, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}

describe('a random domain on random records', () => {
  it(
    `is answered alike by SQL, by the predicate and by its plain meaning, and so is its complement (seed ${firstSeed})`,
    async () => {
      for (let seed = firstSeed; seed < firstSeed + rounds; seed++) {
        const random = new SeededRandom(seed);
        const records = randomRecords(all, random, count);
        await insertRecords(client, records);
        const round = { records, reader: new FakeReader(records), random };
        for (let index = 0; index < domainsPerRound; index++) {
          await compare(random.chance(0.7) ? models.node : random.pick(all), round, `seed ${seed}, domain ${index}`);
        }
      }
    },
    Math.max(30_000, rounds * 10_000),
  );
});
