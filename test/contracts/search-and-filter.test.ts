import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { Registry, not, or, type Environment, type Many, type BaseModel } from '../../lib/core.js';
import { readWritten } from '../../lib/domain/written.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { pools } from '../support/domain-rows.js';
import { drawModels, type DrawnModel } from '../support/random-schema.js';
import { drawDomain, pairings, type Pairing } from '../support/random-terms.js';
import { SeededRandom } from '../support/seeded-random.js';

/** Set DOMAIN_SEED to repeat a run, DOMAIN_ROUNDS to make it shorter or longer. A round is one random domain. */
const firstSeed = Number(process.env['DOMAIN_SEED'] ?? 20_261);
const rounds = Number(process.env['DOMAIN_ROUNDS'] ?? 10_000);
const roundsPerData = 500;
const modelsPerData = 4;
const recordsPerModel = 12;
/** So many domains are asked at once: their statements travel together. */
const together = 25;
/** Every pairing of a kind with an operator is the subject of at least so many rounds of a full run. */
const leastOfEach = 50;

let database: TestDatabase;

beforeAll(async () => {
  database = await createTestDatabase('search_filter');
});

afterAll(async () => {
  await database.drop();
});

type Records = Many<BaseModel>;
/** The records of a set that satisfy a domain, found in memory. */
type Filter = (records: Records, domain: readonly unknown[]) => Records;
const filterBy: Filter = (records, domain) => records.filterBy(domain as never);

/** What a run has seen. */
class Tally {
  readonly pairs = new Map<string, number>();
  rounds = 0;
  notEmpty = 0;
  deep = 0;

  count({ kind, operator }: Pairing, domain: readonly unknown[], found: number): void {
    const key = `${kind} ${operator}`;
    this.pairs.set(key, (this.pairs.get(key) ?? 0) + 1);
    this.rounds++;
    if (found > 0) this.notEmpty++;
    if (readWritten(domain, []).depth >= 3) this.deep++;
  }

  table(): string {
    const rows = [...this.pairs].sort().map(([pair, count]) => `${pair}: ${count}`);
    return `${this.rounds} rounds, ${this.notEmpty} not empty, ${this.deep} of depth 3 and more\n${rows.join(', ')}`;
  }
}

interface Stage {
  readonly env: Environment;
  readonly random: SeededRandom;
  readonly models: readonly DrawnModel[];
  readonly sets: ReadonlyMap<DrawnModel, Records>;
}

function drawValues(model: DrawnModel, random: SeededRandom): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const { name, kind, target } of model.fields) {
    if (name === 'active') values[name] = random.chance(0.75);
    else if (target === null && !random.chance(0.2)) values[name] = random.pick(pools[kind]!);
  }
  return values;
}

async function drawRecords(env: Environment, models: readonly DrawnModel[], random: SeededRandom): Promise<Stage> {
  const sets = new Map<DrawnModel, Records>();
  for (const model of models) {
    const values = Array.from({ length: recordsPerModel }, () => drawValues(model, random));
    const created: unknown = await env.model(model.modelClass).create(values as never[]);
    sets.set(model, created as Records);
  }
  for (const [model, records] of sets) {
    for (const record of records)
      await linkAtRandom(record as unknown as BaseModel, model, { env, random, models, sets });
  }
  await env.flush();
  env.invalidate();
  for (const [model, records] of sets) {
    const names = model.fields.map(({ name }) => name) as never[];
    await records.load(...names);
    // Conditions that name the active field of related records are judged on the whole lists.
    await records.withContext({ activeTest: false }).load(...names);
  }
  return { env, random, models, sets };
}

async function linkAtRandom(record: BaseModel, model: DrawnModel, { models, sets, random }: Stage): Promise<void> {
  const values: Record<string, unknown> = {};
  for (const { name, kind, target } of model.fields) {
    if (target === null) continue;
    const others = sets.get(models[target]!)!.ids;
    if (kind === 'many2one' && !random.chance(0.25)) values[name] = random.pick(others);
    if (kind === 'many2many')
      values[name] = [...new Set([random.pick(others), random.pick(others)])].slice(random.below(3));
  }
  await record.write(values as never);
}

function show(domain: unknown): string {
  return JSON.stringify(domain, (_, value: unknown) => (typeof value === 'bigint' ? `${value}n` : value));
}

/** Asks database and memory for a domain and for its complement, and gives how many records were found. */
async function compare(
  model: DrawnModel,
  domain: readonly unknown[],
  { env, sets }: Stage,
  filter: Filter,
): Promise<number> {
  const all = sets.get(model)!;
  const records = env.model(model.modelClass) as unknown as Records;
  const [found, others] = await Promise.all([
    records.search(domain as never, { order: 'id' }),
    records.search([not(domain)] as never, { order: 'id' }),
  ]);
  const told = `of ${model.name}: ${show(domain)}`;
  expect(filter(all, domain).ids, `the answer ${told}`).toEqual(found.ids);
  expect(filter(all, [not(domain)]).ids, `the complement ${told}`).toEqual(others.ids);
  return found.length;
}

async function onRandomData(
  seed: number,
  { activeTest }: { readonly activeTest: boolean },
  work: (stage: Stage) => Promise<void>,
): Promise<void> {
  const random = new SeededRandom(seed);
  const models = drawModels(random, `s${seed}`, modelsPerData);
  const registry = await Registry.create({
    database: { url: database.url },
    models: models.map(({ modelClass }) => modelClass),
    pool: { max: 1 },
  });
  try {
    await registry.run({ context: { activeTest } }, async (env) => work(await drawRecords(env, models, random)));
  } finally {
    await registry.close();
  }
}

/** Draws a domain for a pairing, on the first model that can have it. */
function drawFor(pairing: Pairing, { random, models, sets }: Stage): { model: DrawnModel; domain: unknown[] } | null {
  const ids = new Map([...sets].map(([model, records]) => [model, records.ids]));
  const first = random.below(models.length);
  for (let index = 0; index < models.length; index++) {
    const model = models[(first + index) % models.length]!;
    const domain = drawDomain(model, pairing, random, { models, ids, levels: 2 });
    if (domain !== null) return { model, domain };
  }
  return null;
}

async function compareMany(stage: Stage, tally: Tally, count: number, filter: Filter = filterBy): Promise<void> {
  const before = tally.rounds;
  for (let done = 0; done < count; done += together) {
    const running: Promise<void>[] = [];
    for (let index = done; index < Math.min(done + together, count); index++) {
      const pairing = pairings[(before + index) % pairings.length]!;
      const drawn = drawFor(pairing, stage);
      if (drawn === null) throw new Error(`No model has a field for ${show(pairing)}`);
      const { model, domain } = drawn;
      running.push(compare(model, domain, stage, filter).then((found) => tally.count(pairing, domain, found)));
    }
    // All are awaited before the first failure is told: the others still read the records of this unit.
    await Promise.allSettled(running);
    await Promise.all(running);
  }
}

describe('a random domain on random models and data', () => {
  it(`finds the same in the database and in memory, ${rounds} times`, { timeout: 600_000 }, async () => {
    const tally = new Tally();
    for (let seed = firstSeed; tally.rounds < rounds; seed++) {
      const count = Math.min(roundsPerData, rounds - tally.rounds);
      await onRandomData(seed, { activeTest: seed % 2 === 0 }, (stage) => compareMany(stage, tally, count)).catch(
        (cause: unknown) => {
          throw new Error(`Seed ${seed} finds a difference. Repeat it with DOMAIN_SEED=${seed}.`, { cause });
        },
      );
    }
    console.log(`Seeds ${firstSeed} and after: ${tally.table()}`);
    expect(tally.notEmpty / tally.rounds).toBeGreaterThanOrEqual(0.3);
    expect(tally.deep / tally.rounds).toBeGreaterThanOrEqual(0.5);
    const least = Math.min(leastOfEach, Math.floor(rounds / pairings.length));
    const rare = pairings.filter(({ kind, operator }) => (tally.pairs.get(`${kind} ${operator}`) ?? 0) < least);
    expect(rare).toEqual([]);
  });

  const faults: Readonly<Record<string, (search: Filter) => Filter>> = {
    'that takes what is not set for a match of a negation the other way': (right) => (records, domain) =>
      right(records, turned(domain)),
    'that loses the last record': (right) => (records, domain) => {
      const found = right(records, domain);
      return found.filter((record) => record.id !== found.ids.at(-1));
    },
    'that knows no archived records': (right) => (records, domain) =>
      right(records, domain).filter((record) => (record as { readonly active?: boolean }).active !== false),
  };

  it.for(Object.keys(faults))('is told apart from a filter %s', { timeout: 60_000 }, async (fault) => {
    const wrong = faults[fault]!(filterBy);
    await onRandomData(firstSeed, { activeTest: false }, async (stage) => {
      await expect(compareMany(stage, new Tally(), 400, wrong)).rejects.toThrow(/the (answer|complement) of/);
    });
  });
});

/** The domain with every `!=` read as "is set and differs", as a careless `<>` in SQL would. */
function turned(domain: readonly unknown[]): readonly unknown[] {
  return domain.map((item) =>
    Array.isArray(item) && item[1] === '!=' && item[2] !== null
      ? not(or([[item[0], '=', item[2]]] as never, [[item[0], '=', null]] as never))
      : item,
  );
}
