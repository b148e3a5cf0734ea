import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import {
  BaseModel,
  Depends,
  LockTimeoutError,
  MissingError,
  Model,
  ReadOnlyTransactionError,
  Registry,
  UsageError,
  fields,
} from '../../lib/core.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';
import { gate } from '../support/library.js';

@Model('k.job', { order: 'name' })
class Job extends BaseModel<Job> {
  @fields.Char({ required: true }) name!: string;
  @fields.Integer({ default: 0 }) tries!: number | null;

  @fields.Integer()
  @Depends('tries')
  get left(): number {
    return 3 - (this.tries ?? 0);
  }
}

let database: TestDatabase;
let registry: Registry;
beforeAll(async () => {
  database = await createTestDatabase('lock');
  registry = await Registry.create({ database: { url: database.url }, models: [Job], pool: { max: 6 } });
});
afterAll(async () => {
  await registry?.close();
  await database?.drop();
});

async function makeJobs(...names: string[]): Promise<readonly number[]> {
  return registry.run(async (env) => (await env.model(Job).create(names.map((name) => ({ name })))).ids);
}

/** Holds locks on these jobs while `work` runs, in a transaction of its own that then adds a try to each. */
async function whileLocked(
  ids: readonly number[],
  work: (release: () => Promise<void>) => Promise<void>,
): Promise<void> {
  const [locked, go] = [gate(), gate()];
  const holder = registry.run({ propagation: 'new' }, async (env) => {
    const jobs = await env.model(Job).browse(ids).lock();
    locked.open();
    await go.passed;
    for (const job of jobs) job.tries = (job.tries ?? 0) + 1;
  });
  await locked.passed;
  try {
    await work(async () => {
      go.open();
      await holder;
    });
  } finally {
    go.open();
    await holder;
  }
}

describe('locking records', () => {
  it('waits for others, and gives the values after them under read committed', async () => {
    const ids = await makeJobs('b', 'a');
    await whileLocked(ids, async (release) => {
      await registry.run({ isolation: 'read committed' }, async (env) => {
        const jobs = await env.model(Job).search([['id', 'in', ids]]);
        expect(jobs.map(({ tries, left }) => [tries, left])).toEqual([
          [0, 3],
          [0, 3],
        ]);
        const locking = jobs.lock();
        await release();
        const locked = await locking;
        // The set keeps its order; the rows were locked by id.
        expect(locked.ids).toEqual(jobs.ids);
        expect(jobs.map(({ tries, left }) => [tries, left])).toEqual([
          [1, 2],
          [1, 2],
        ]);
      });
    });
  });

  it('keeps what waits to be written', async () => {
    const ids = await makeJobs('staged');
    await registry.run(async (env) => {
      const job = (await env.model(Job).search([['id', 'in', ids]])).one();
      job.name = 'changed';
      await job.lock();
      expect(job.name).toBe('changed');
    });
    expect(await registry.run(async (env) => (await env.model(Job).browse(ids).read('name'))[0]?.name)).toBe('changed');
  });

  it('leads to another attempt under repeatable read, where the row was changed meanwhile', async () => {
    const ids = await makeJobs('again');
    await whileLocked(ids, async (release) => {
      let attempts = 0;
      const tries = await registry.run({ propagation: 'new' }, async (env) => {
        attempts++;
        const job = (await env.model(Job).search([['id', 'in', ids]])).one();
        await Promise.all([job.lock(), attempts === 1 ? release() : undefined]);
        return job.tries;
      });
      expect([attempts, tries]).toEqual([2, 1]);
    });
  });

  it('passes over what others have locked, so that workers share a queue', async () => {
    const ids = await makeJobs('one', 'two', 'three');
    await whileLocked(ids.slice(0, 2), async () => {
      await registry.run({ propagation: 'new' }, async (env) => {
        const jobs = await env.model(Job).browse(ids).lock({ skipLocked: true });
        expect(jobs.ids).toEqual(ids.slice(2));
        expect(jobs.one().name).toBe('three');
      });
    });
  });

  it('fails at once where it shall not wait', async () => {
    const ids = await makeJobs('impatient');
    await whileLocked(ids, async () => {
      const refused = registry.run({ propagation: 'new', retry: false }, async (env) =>
        env.model(Job).browse(ids).lock({ noWait: true }),
      );
      await expect(refused).rejects.toBeInstanceOf(LockTimeoutError);
    });
  });

  it('shared, lets others share and nobody change', async () => {
    const ids = await makeJobs('shared');
    await registry.run(async (env) => {
      await env.model(Job).browse(ids).lock({ mode: 'share' });
      await registry.run({ propagation: 'new', retry: false }, async (other) => {
        expect((await other.model(Job).browse(ids).lock({ mode: 'share', noWait: true })).ids).toEqual(ids);
      });
      const change = registry.run({ propagation: 'new', retry: false }, async (other) =>
        other.model(Job).browse(ids).lock({ noWait: true }),
      );
      await expect(change).rejects.toBeInstanceOf(LockTimeoutError);
    });
  });

  it('says which records are gone, asks nothing for none, and is refused where nothing may be written', async () => {
    const [id = 0] = await makeJobs('gone');
    await registry.run(async (env) => env.model(Job).browse(id).unlink());
    await registry.run(async (env) => {
      await expect(env.model(Job).browse([id]).lock()).rejects.toMatchObject({ model: 'k.job', ids: [id] });
      await expect(env.model(Job).browse([id]).lock()).rejects.toBeInstanceOf(MissingError);
      expect((await env.model(Job).browse([id]).lock({ skipLocked: true })).ids).toEqual([]);
      const before = env.cursor.stats().statements;
      expect((await env.model(Job).lock()).ids).toEqual([]);
      expect(env.cursor.stats().statements).toBe(before);
      await expect(env.model(Job).browse([id]).lock({ skipLocked: true, noWait: true })).rejects.toBeInstanceOf(
        UsageError,
      );
      await expect(
        env
          .model(Job)
          .browse([id])
          .lock({ mode: 'exclusive' as never }),
      ).rejects.toBeInstanceOf(UsageError);
    });
    await registry.run({ readOnly: true }, async (env) => {
      await expect(env.model(Job).browse([id]).lock()).rejects.toBeInstanceOf(ReadOnlyTransactionError);
    });
  });
});
