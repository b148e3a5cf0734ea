import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import {
  DomainError,
  ExpectedOneError,
  FieldNotLoadedError,
  MissingError,
  UnknownFieldError,
  UsageError,
} from '../../lib/core.js';
import { statementsOf, useLibrary } from '../support/library.js';
import { Book, Card, Room, Shelf } from '../support/library-models.js';

const library = useLibrary('recordsets');

describe('sets without a query', () => {
  it('are empty from the model, and made of ids by browse', async () => {
    await library.registry.run(async (env) => {
      expect(env.model(Card).length).toBe(0);
      const cards = env.model(Card).browse([3, 1, 3, 2]);
      expect(cards.ids).toEqual([3, 1, 2]);
      for (const wrong of [null, undefined, 0, -1, 1.5, '1', Number.NaN]) {
        expect(() => env.model(Card).browse(wrong as never)).toThrow(UsageError);
        expect(() => env.model(Card).browse([1, wrong] as never)).toThrow(UsageError);
      }
      expect(env.cursor.stats().statements).toBe(0);
    });
  });

  it('have no scalar fields unless they hold one record', async () => {
    await library.registry.run(async (env) => {
      const cards = await env.model(Card).create([{ name: 'a' }, { name: 'b' }]);
      const error = await Promise.resolve()
        .then(() => (cards as unknown as Card).name)
        .catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(ExpectedOneError);
      expect(error).toMatchObject({ model: 'l.card', field: 'name' });
      expect(() => cards.one()).toThrow(ExpectedOneError);
      expect(() => env.model(Card).one()).toThrow(ExpectedOneError);
      expect(() => ((cards as unknown as Card).name = 'x')).toThrow(ExpectedOneError);
      const one = cards.at(0)!;
      expect([...one]).toEqual([one]);
      expect(one.one()).toBe(one);
    });
  });

  it('are combined in the order of the left, by model and id', async () => {
    await library.registry.run(async (env) => {
      const [a, b, c] = [1, 2, 3].map((id) => env.model(Card).browse(id));
      const set = env.model(Card).browse([2, 1]);
      expect(set.union(c!).union(a!).ids).toEqual([2, 1, 3]);
      expect(set.intersect(env.model(Card).browse([1, 2, 3])).ids).toEqual([2, 1]);
      expect(set.minus(b!).ids).toEqual([1]);
      expect([set.includes(a!), set.includes(c!), set.includes(a!.withUser(7))]).toEqual([true, false, true]);
      expect(() => set.union(env.model(Room).browse([1]) as never)).toThrow(UsageError);
      expect(set.withUser(7).union(c!).env).toBe(env.withUser(7));
    });
  });

  it('choose, sort and group loaded records without a query', async () => {
    await library.registry.run(async (env) => {
      const cards = await env.model(Card).create([
        { name: 'b', rank: 2 },
        { name: 'a', rank: 2 },
        { name: 'c', rank: 1 },
      ]);
      await env.flush();
      const count = await statementsOf(env, async () => {
        expect(cards.map((card) => card.name)).toEqual(['b', 'a', 'c']);
        expect(cards.filter((card) => card.rank === 2).map((card) => card.name)).toEqual(['b', 'a']);
        expect(cards.filterBy([['rank', '<', 2]]).map((card) => card.name)).toEqual(['c']);
        expect(cards.sorted('name').map((card) => card.name)).toEqual(['a', 'b', 'c']);
        expect(cards.sorted((x, y) => y.name.localeCompare(x.name)).map((card) => card.name)).toEqual(['c', 'b', 'a']);
        expect([...cards.groupBy('rank')].map(([rank, group]) => [rank, group.length])).toEqual([
          [2, 2],
          [1, 1],
        ]);
        expect([cards.first()?.name, cards.at(-1)?.name, cards.at(9)]).toEqual(['b', 'c', undefined]);
      });
      expect(count).toBe(0);
    });
  });
});

describe('identity', () => {
  it('is one object for each environment, model and id', async () => {
    await library.registry.run(async (env) => {
      const made = await env.model(Card).create({ name: 'a' });
      const found = (await env.model(Card).search([['id', '=', made.id]])).one();
      expect(found).toBe(made);
      expect(env.model(Card).browse(made.id)).toBe(made);
      expect(made.withUser(7)).toBe(env.withUser(7).model(Card).browse(made.id));
      expect(made.withUser(7)).not.toBe(made);
      expect(new Set([made, found, env.model(Card).browse([made.id]).at(0)]).size).toBe(1);
      expect(inspect(made)).toBe(`l.card(${made.id})`);
    });
  });

  it('lets Object.assign reach fields only', async () => {
    await library.registry.run(async (env) => {
      const card = await env.model(Card).create({ name: 'a' });
      Object.assign(card, { name: 'b', rank: 3 });
      expect([card.name, card.rank, card.id]).toEqual(['b', 3, card.id]);
      expect(() => Object.assign(card, { rank: 'many' })).toThrow();
    });
  });
});

describe('reading', () => {
  it('throws with the call that mends it', async () => {
    const id = await library.registry.run(async (env) => {
      const room = await env.model(Room).create({ name: 'r' });
      const made = await env.model(Shelf).create({ name: 's', room, books: { create: [{ title: 'b' }] } });
      return made.id;
    });
    await library.registry.run(async (env) => {
      const shelf = (await env.model(Shelf).search([['id', '=', id]])).one();
      const error = (read: () => unknown): FieldNotLoadedError => {
        try {
          read();
        } catch (caught) {
          return caught as FieldNotLoadedError;
        }
        throw new Error('it was loaded');
      };
      expect(error(() => shelf.books)).toMatchObject({ model: 'l.shelf', field: 'books', ids: [id] });
      expect(error(() => shelf.books).hint).toContain("load('books')");
      expect(error(() => shelf.room!.name).hint).toContain("load('room.name')");
      expect(error(() => shelf.titles)).toMatchObject({ model: 'l.shelf', field: 'titles' });
      await shelf.load('books');
      expect(error(() => shelf.books.first()!.summary).hint).toContain("load('books.summary')");
      expect(error(() => shelf.books.first()!.subjects).hint).toContain("load('books.subjects')");
    });
  });

  it('never throws for the own columns of a record that was just created', async () => {
    await library.registry.run(async (env) => {
      const book = await env.model(Book).create({ title: 'a' });
      expect([book.title, book.isbn, book.pages, book.active, book.summary, book.shelf]).toEqual([
        'a',
        null,
        1,
        true,
        null,
        null,
      ]);
      expect([book.subjects.length, book.createdBy, book.createdAt, book.label]).toEqual([
        0,
        1,
        book.updatedAt,
        'a@-#',
      ]);
    });
  });

  it('says after a load that a record is missing', async () => {
    await library.registry.run(async (env) => {
      const cards = env.model(Card).browse([8_000_001, 8_000_002]);
      await cards.load('name');
      expect(() => cards.at(0)!.name).toThrow(MissingError);
      expect((await cards.exists()).length).toBe(0);
    });
  });

  it('counts root records for limit and offset, whatever is loaded', async () => {
    await library.registry.run(async (env) => {
      const shelf = await env.model(Shelf).create({ name: 's' });
      await env.model(Book).create(
        [1, 2, 3, 4, 5].map((n) => ({
          title: `page ${n}`,
          shelf,
          subjects: { create: [{ name: `${n}` }, { name: `x${n}` }] },
        })),
      );
      const page = await env.model(Book).search([['title', 'like', 'page']], {
        limit: 2,
        offset: 1,
        order: 'title',
        load: ['subjects.name', 'shelf.books.title'],
      });
      expect(page.map((book) => [book.title, book.subjects.length])).toEqual([
        ['page 2', 2],
        ['page 3', 2],
      ]);
      expect(await env.model(Book).searchCount([['title', 'like', 'page']])).toBe(5);
      expect(await env.model(Book).searchCount([['title', 'like', 'page']], { limit: 3 })).toBe(3);
      for (const limit of [-1, 1.5, Number.NaN, '3' as never]) {
        await expect(env.model(Book).search([], { limit })).rejects.toThrow(UsageError);
      }
      await expect(env.model(Book).search([], { order: 'titel' })).rejects.toThrow(UnknownFieldError);
      await expect(env.model(Book).search([], { load: ['shelf.nmae'] as never })).rejects.toThrow(UnknownFieldError);
      // Paths are remembered: one that reads like two others together is none of them.
      const book = env.model(Book).browse(1);
      await book.load('title', 'remark');
      await expect(book.load('title\nremark' as never)).rejects.toThrow(UnknownFieldError);
      await expect(book.load('5:title6:remark' as never)).rejects.toThrow(UnknownFieldError);
      await expect(env.model(Book).search([], { load: ['title.x'] as never })).rejects.toThrow(DomainError);
    });
  });

  it('finds a many2one that leads back to where it began', async () => {
    await library.registry.run(async (env) => {
      const books = await env.model(Book).create([{ title: 'a' }, { title: 'b' }, { title: 'c' }]);
      const [a, b, c] = [books.at(0)!, books.at(1)!, books.at(2)!];
      await b.write({ sequelOf: a });
      await c.write({ sequelOf: b });
      expect(await books.hasCycle('sequelOf')).toBe(false);
      await a.write({ sequelOf: c });
      for (const records of [a, b, c, books]) expect(await records.hasCycle('sequelOf')).toBe(true);
      await a.write({ sequelOf: null });
      b.sequelOf = b;
      expect(await statementsOf(env, async () => expect(await books.hasCycle('sequelOf')).toBe(true))).toBe(0);
      expect([await b.hasCycle('sequelOf'), await a.hasCycle('sequelOf')]).toEqual([true, false]);
    });
  });

  it('gives existing records in the order of the set', async () => {
    await library.registry.run(async (env) => {
      const cards = await env.model(Card).create([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
      await cards.at(1)!.unlink();
      const set = env.model(Card).browse([cards.ids[2]!, 9_000_000, cards.ids[1]!, cards.ids[0]!]);
      expect(
        await statementsOf(env, async () => expect((await set.exists()).ids).toEqual([cards.ids[2], cards.ids[0]])),
      ).toBe(1);
    });
  });
});

describe('plain data', () => {
  it('has the same shape whatever is loaded', async () => {
    const id = await library.registry.run(async (env) => {
      const shelf = await env.model(Shelf).create({ name: 's' });
      return (
        await env
          .model(Book)
          .create({ title: 'a', shelf, secret: 'hush', summary: 'long', subjects: { create: [{ name: 'x' }] } })
      ).id;
    });
    await library.registry.run(async (env) => {
      const book = (await env.model(Book).search([['id', '=', id]])).one();
      const before = JSON.stringify(book);
      await book.load('summary', 'subjects', 'shelf.books', 'shout', 'secret');
      expect(JSON.stringify(book)).toBe(before);
      const plain = JSON.parse(before) as Record<string, unknown>;
      expect(plain).toMatchObject({ id, title: 'a', shelf: book.shelf!.id, label: 'a@s#x' });
      for (const hidden of ['secret', 'summary', 'subjects', 'shout']) expect(plain).not.toHaveProperty(hidden);
      expect(JSON.parse(JSON.stringify(env.model(Book).browse([id])))).toHaveLength(1);
      expect(JSON.parse(JSON.stringify(await env.model(Book).search([['id', '=', id]])))).toEqual([plain]);
    });
  });

  it('is read by path, loading what is missing', async () => {
    const id = await library.registry.run(async (env) => {
      const room = await env.model(Room).create({ name: 'r' });
      const shelf = await env.model(Shelf).create({ name: 's', room });
      return (await env.model(Book).create({ title: 'a', shelf, subjects: { create: [{ name: 'x' }, { name: 'y' }] } }))
        .id;
    });
    await library.registry.run(async (env) => {
      const [row] = await env
        .model(Book)
        .browse([id])
        .read('title', 'shelf.name', 'shelf.room.name', 'subjects.name', 'sequelOf', 'doubled');
      expect(row).toEqual({
        id,
        title: 'a',
        shelf: { id: expect.any(Number) as number, name: 's', room: { id: expect.any(Number) as number, name: 'r' } },
        subjects: [
          { id: expect.any(Number) as number, name: 'x' },
          { id: expect.any(Number) as number, name: 'y' },
        ],
        sequelOf: null,
        doubled: 2,
      });
      const [ids] = await env.model(Book).browse([id]).read('subjects', 'shelf');
      expect(ids).toMatchObject({
        subjects: [expect.any(Number), expect.any(Number)],
        shelf: expect.any(Number) as number,
      });
    });
  });
});

describe('who writes and when', () => {
  it('stamps creations and changes with one instant and the acting user', async () => {
    const id = await library.registry.run({ uid: 7 }, async (env) => {
      const [a, b] = [...(await env.model(Card).create([{ name: 'a' }, { name: 'b' }]))];
      const c = await env.model(Card).create({ name: 'c', createdBy: 99, createdAt: new Date(0) } as never);
      expect([a!.createdBy, c.createdBy]).toEqual([7, 7]);
      expect(new Set([a!.createdAt?.getTime(), b!.createdAt?.getTime(), c.createdAt?.getTime()]).size).toBe(1);
      return a!.id;
    });
    await library.registry.run({ uid: 8 }, async (env) => {
      const card = (await env.model(Card).search([['id', '=', id]])).one();
      const before = card.updatedAt!;
      card.name = 'a';
      await env.flush();
      expect(card.updatedBy).toBe(7);
      await card.sudo().write({ name: 'A' });
      await env.flush();
      expect([card.updatedBy, card.createdBy]).toEqual([8, 7]);
      expect(card.updatedAt!.getTime()).toBeGreaterThanOrEqual(before.getTime());
      await card.withUser(9).write({ rank: 1 });
      await env.flush();
      expect(card.updatedBy).toBe(9);
    });
  });
});
