import { beforeEach, describe, expect, it } from 'vitest';
import { useLibrary } from '../support/library.js';
import { Book } from '../support/library-models.js';

const asked: number[] = [];
let failure: Error | undefined;

const library = useLibrary('users', {
  async groups(uid, env) {
    asked.push(uid);
    if (failure !== undefined) throw failure;
    expect(env.su).toBe(true);
    // The books a user has stand for memberships: they are read in the unit of work that asks.
    const books = await env.model(Book).search([['pages', '=', uid]]);
    return books.map(({ title }) => title);
  },
  userModel: () => Book,
});

beforeEach(() => {
  asked.length = 0;
  failure = undefined;
});

describe('groups of a user', () => {
  it('are asked once a unit of work, at the first need', async () => {
    await library.registry.run((env) => env.model(Book).create({ title: 'sales', pages: 7 }));
    for (let unit = 0; unit < 2; unit++) {
      await library.registry.run({ uid: 7 }, async (env) => {
        expect(await Promise.all(['sales', 'stock', 'sales'].map((group) => env.hasGroup(group)))).toEqual([
          true,
          false,
          true,
        ]);
        expect(await env.withContext({ lang: 'fr_FR' }).hasGroup('sales')).toBe(true);
      });
    }
    expect(asked).toEqual([7, 7]);
  });

  it('that a unit of work gave and then lost are not remembered', async () => {
    const failed = library.registry.run({ uid: 8 }, async (env) => {
      await env.sudo().model(Book).create({ title: 'stock', pages: 8 });
      expect(await env.hasGroup('stock')).toBe(true);
      throw new Error('undone');
    });
    await expect(failed).rejects.toThrow('undone');
    await library.registry.run({ uid: 8 }, async (env) => expect(await env.hasGroup('stock')).toBe(false));
  });

  it('are all groups for the superuser, and `public` alone for the anonymous user, without asking', async () => {
    await library.registry.run(async (env) => expect(await env.hasGroup('any')).toBe(true));
    await library.registry.run({ uid: 0 }, async (env) => {
      expect([await env.hasGroup('public'), await env.hasGroup('sales')]).toEqual([true, false]);
    });
    expect(asked).toEqual([]);
  });

  it('are asked again after a question that failed', async () => {
    await library.registry.run({ uid: 9 }, async (env) => {
      failure = new Error('no answer');
      await expect(env.hasGroup('sales')).rejects.toThrow('no answer');
      failure = undefined;
      expect(await env.hasGroup('sales')).toBe(false);
    });
    expect(asked).toEqual([9, 9]);
  });
});

describe('the acting user', () => {
  it('is a record of the user model, read as superuser; nobody for the anonymous user', async () => {
    const id = await library.registry.run(async (env) => (await env.model(Book).create({ title: 'Mia' })).id);
    await library.registry.run({ uid: id }, async (env) => {
      const user = env.user as unknown as Book;
      await user.load('title');
      expect([user.id, user.title, user.env.su, user.env.uid]).toEqual([id, 'Mia', true, id]);
      expect(env.user).toBe(user);
    });
    await library.registry.run({ uid: 0 }, (env) => Promise.resolve(expect(env.user).toBe(null)));
  });
});

describe('registry.stats', () => {
  it('counts what all units of work and cursors have sent, failures apart', async () => {
    const { registry } = library;
    const before = registry.stats();
    await registry.run((env) => env.model(Book).create({ title: 'counted' }));
    await registry.run((env) => env.model(Book).searchCount([]));
    await using cursor = registry.cursor();
    await cursor.execute('SELECT * FROM nowhere').catch(() => undefined);
    const after = registry.stats();
    expect(after.statements - before.statements).toBe(3);
    expect(after.failed - before.failed).toBe(1);
    expect(after.rows - before.rows).toBe(2);
    expect(after.roundTrips - before.roundTrips).toBe(4);
  });
});
