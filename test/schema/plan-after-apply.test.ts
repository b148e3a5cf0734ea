import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { syncSchema } from '../../lib/schema/apply.js';
import { planSchema } from '../../lib/schema/plan-schema.js';
import type { TableSpec } from '../../lib/schema/table-spec.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { RandomSpecs } from './random-specs.js';
import { inTransaction, run } from './transaction.js';

/** Run one seed alone with TEST_SEED. */
const SEEDS = process.env['TEST_SEED'] === undefined ? [1, 2, 3, 4, 5, 6] : [Number(process.env['TEST_SEED'])];
const GENERATIONS = 4;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase('schema_property');
});

afterAll(async () => {
  await database.drop();
});

describe('the plan after an apply', () => {
  it.each(SEEDS)('is empty, whatever the models were and became (seed %i)', async (seed) => {
    await run(database.url, 'DROP SCHEMA public CASCADE', 'CREATE SCHEMA public');
    const random = new RandomSpecs(seed);
    for (let generation = 1; generation <= GENERATIONS; generation++) {
      const specs = random.next();
      await inTransaction(database.url, async (transaction) => {
        await syncSchema(transaction, specs, { mode: 'sync' });
        const plan = await planSchema(transaction, specs);
        const steps = plan.steps.map(({ description, sql }) => [description, ...sql]);
        expect({ generation, steps, unnoted: plan.unnoted }).toEqual({ generation, steps: [], unnoted: 0 });
        await fill(specs, (text) => transaction.execute(text));
      });
    }
  });
});

/** Adds a row of defaults to the tables that accept one, so that later generations meet full tables. */
async function fill(specs: readonly TableSpec[], execute: (text: string) => Promise<unknown>): Promise<void> {
  for (const { name } of specs) {
    const insert = `INSERT INTO "${name}" DEFAULT VALUES`;
    await execute(`DO $do$ BEGIN ${insert}; EXCEPTION WHEN integrity_constraint_violation THEN NULL; END $do$`);
  }
}
