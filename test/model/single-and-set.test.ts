import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BaseModel,
  ExpectedOneError,
  Extend,
  FieldValueError,
  Model,
  Registry,
  fields,
  parseDomain,
  parseOrder,
  parseValues,
  type Many,
  type One,
} from '../../lib/core.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

@Model('y.country')
class Country extends BaseModel<Country> {
  @fields.Char({ required: true }) name!: string;
}

@Model('y.task', { order: 'id' })
class Task extends BaseModel<Task> {
  @fields.Char({ required: true }) name!: string;
  @fields.Integer() effort!: number | null;
  @fields.Many2one(() => Country) country!: One<Country>;
  @fields.Many2one(() => Task) parent!: One<Task>;
  @fields.One2many(() => Task, 'parent') parts!: Many<Task>;
  @fields.Many2many(() => Country) visited!: Many<Country>;

  async finish(this: Many<Task>): Promise<string[]> {
    for (const task of this) task.effort = task.weight();
    return this.map((task) => task.secret);
  }

  title(): string {
    return `${this.name}: ${this.secret}`;
  }

  private weight(): number {
    return this.name.length;
  }

  private get secret(): string {
    return `secret of ${this.name}`;
  }
}

@Extend()
class LoudTask extends Task {
  override async finish(this: Many<Task>): Promise<string[]> {
    return (await super.finish()).map((text) => text.toUpperCase());
  }

  override title(): string {
    return `${super.title()}!`;
  }
}

let database: TestDatabase;
let registry: Registry;

beforeAll(async () => {
  database = await createTestDatabase('single');
  registry = await Registry.create({
    database: { url: database.url },
    models: [Country, Task, LoudTask],
    pool: { max: 2 },
  });
});
afterAll(async () => {
  await registry.close();
  await database.drop();
});

describe('rule 17: a method meant for sets declares this: Many', () => {
  it('and is called on none, one or many, by all layers', async () => {
    await registry.run(async (env) => {
      const tasks = await env.model(Task).create([{ name: 'a' }, { name: 'bb' }]);
      expect(await env.model(Task).finish()).toEqual([]);
      expect(await tasks.finish()).toEqual(['SECRET OF A', 'SECRET OF BB']);
      expect(await tasks.at(1)!.finish()).toEqual(['SECRET OF BB']);
      expect(await tasks.filter((task) => task.name === 'a').finish()).toEqual(['SECRET OF A']);
      expect(tasks.map((task) => task.effort)).toEqual([1, 2]);
    });
  });

  it('while one that reads its record is refused on any set, even on a set of one', async () => {
    await registry.run(async (env) => {
      const tasks = await env.model(Task).create([{ name: 'a' }, { name: 'b' }]);
      expect(tasks.map((task) => task.title())).toEqual(['a: secret of a!', 'b: secret of b!']);
      for (const set of [tasks, env.model(Task), tasks.filter((task) => task.name === 'a')]) {
        expect(() => set.title()).toThrow(ExpectedOneError);
      }
    });
  });
});

describe('rule 17: private members are reached on single records', () => {
  it('by the methods of their class, whatever layers are above', async () => {
    await registry.run(async (env) => {
      const task = await env.model(Task).create({ name: 'abc' });
      expect([task.title(), await task.finish(), task.effort]).toEqual(['abc: secret of abc!', ['SECRET OF ABC'], 3]);
      expect(() => (env.model(Task) as unknown as { secret: string }).secret).toThrow(ExpectedOneError);
    });
  });
});

describe('rule 17: assignment takes records, values take ids, too', () => {
  it('and both give the same', async () => {
    await registry.run(async (env) => {
      const [france, spain] = [...(await env.model(Country).create([{ name: 'France' }, { name: 'Spain' }]))];
      const tasks = env.model(Task);
      const made = await tasks.create([
        { name: 'by id', country: france!.id, visited: [spain!.id] },
        { name: 'by record', country: france!, visited: spain! },
        { name: 'by set', country: france!.sudo(), visited: env.model(Country).browse([spain!.id]) },
      ]);
      expect(made.map((task) => task.country === france)).toEqual([true, true, true]);
      expect(made.map((task) => task.visited.ids)).toEqual([[spain!.id], [spain!.id], [spain!.id]]);
      const [first, second, third] = [...made];
      first!.country = spain!;
      await second!.write({ country: spain!.id });
      await third!.write({ country: spain! });
      first!.visited = env.model(Country).browse([france!.id, spain!.id]);
      await second!.write({ visited: { add: [france!], remove: spain! } });
      await third!.write({ visited: [] });
      second!.parent = first!;
      await first!.write({ parts: { add: [third!.id] } });
      await env.flush();
      env.invalidate();
      await made.load('country', 'visited', 'parts');
      expect(made.map((task) => task.country === spain)).toEqual([true, true, true]);
      expect(made.map((task) => task.visited.ids)).toEqual([[france!.id, spain!.id], [france!.id], []]);
      expect(first!.parts.ids).toEqual([second!.id, third!.id]);
      first!.country = null;
      await second!.write({ country: null });
      expect(made.map((task) => task.country === null)).toEqual([true, true, false]);
    });
  });

  it('and neither takes a set for one record, records of another model or what is no id', async () => {
    await registry.run(async (env) => {
      const country = await env.model(Country).create({ name: 'x' });
      const task = await env.model(Task).create({ name: 'a', country });
      const loose = task as unknown as Record<string, unknown>;
      const wrong: unknown[] = [task, env.model(Country).browse([1, 2]), env.model(Country), '1', 0, -1, 1.5, {}, [1]];
      for (const value of wrong) {
        expect(() => (loose['country'] = value)).toThrow(FieldValueError);
        await expect(task.write({ country: value } as never)).rejects.toThrow(FieldValueError);
        await expect(env.model(Task).create({ name: 'b', country: value } as never)).rejects.toThrow(FieldValueError);
      }
      for (const value of [task, ['1'], [0], 'x', { append: [1] }]) {
        expect(() => (loose['visited'] = value)).toThrow(FieldValueError);
        await expect(task.write({ visited: value } as never)).rejects.toThrow(FieldValueError);
      }
      expect([task.country === country, task.visited.length]).toEqual([true, 0]);
    });
  });
});

describe('rule 17: untyped ways in for what is only known at run time', () => {
  it('give what search, create and write take', async () => {
    const query: Record<string, unknown> = { filter: '[["name", "=like", "client %"]]', order: 'effort desc' };
    await registry.run(async (env) => {
      const tasks = env.model(Task);
      const country = await env.model(Country).create({ name: 'x' });
      const body: unknown = JSON.parse(`{ "name": "client a", "country": ${country.id}, "effort": 1 }`);
      await tasks.create(parseValues(tasks, body));
      const other = await tasks.create({ name: 'client b' });
      await other.write(parseValues(tasks, { effort: 7 }, { fields: ['effort'] }));
      const domain = parseDomain(tasks, query['filter']);
      const found = await tasks.search(domain, { order: parseOrder(tasks, query['order']) });
      expect(found.map((task) => [task.name, task.effort])).toEqual([
        ['client b', 7],
        ['client a', 1],
      ]);
      expect(await tasks.searchCount([domain, ['country', '=', country]])).toBe(1);
      expect(() => parseValues(tasks, { weight: 3 })).toThrow('weight');
      expect(() => parseValues(tasks, { secret: 'x' })).toThrow('secret');
      expect(() => parseDomain(tasks, [['secret', '=', 'x']])).toThrow('secret');
    });
  });
});
