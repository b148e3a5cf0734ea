import { describe, expect, it } from 'vitest';
import { useLibrary, statementsOf, watchStatements } from '../support/library.js';
import { Book, Card, Room, Shelf, Subject } from '../support/library-models.js';

const library = useLibrary('bulk');
const COUNT = 1_000;
const numbers = Array.from({ length: COUNT }, (_, n) => n);

describe('a thousand records', () => {
  it('are created by one INSERT, in order, whatever keys each has', async () => {
    await library.registry.run(async (env) => {
      const texts = watchStatements(env);
      const cards = await env
        .model(Card)
        .create(numbers.map((n) => ({ name: `card ${n}`, ...(n % 2 === 0 ? { rank: n } : { issued: '2024-02-29' }) })));
      await env.flush();
      expect(texts).toHaveLength(1);
      expect(texts[0]).toMatch(/^INSERT INTO "l_card"/);
      expect(cards.map((card) => card.name)).toEqual(numbers.map((n) => `card ${n}`));
      expect(cards.ids).toEqual(cards.ids.toSorted((a, b) => a - b));
      expect(cards.map((card) => card.rank).slice(0, 3)).toEqual([0, null, 2]);
      env.invalidate();
      await cards.load('name', 'issued');
      expect(cards.map((card) => [card.name, card.issued]).at(-1)).toEqual(['card 999', '2024-02-29']);
    });
  });

  it('that change to different values are one UPDATE, assigned or written', async () => {
    const ids = await library.registry.run(
      async (env) => (await env.model(Card).create(numbers.map((n) => ({ name: `c${n}` })))).ids,
    );
    await library.registry.run(async (env) => {
      const cards = await env.model(Card).search([['id', 'in', ids]]);
      const texts = watchStatements(env);
      for (const [n, card] of [...cards].entries()) {
        card.rank = n;
        card.code = `k${n}`;
      }
      await env.flush();
      expect(texts).toHaveLength(1);
      expect(texts[0]).toMatch(/^UPDATE "l_card"/);
      texts.length = 0;
      for (const [n, card] of [...cards].entries()) await card.write({ rank: n + 1 });
      await env.flush();
      expect(texts).toHaveLength(1);
      texts.length = 0;
      await cards.write({ rank: 7 });
      await env.flush();
      expect(texts).toHaveLength(1);
    });
    await library.registry.run(async (env) => {
      expect(
        await env.model(Card).searchCount([
          ['rank', '=', 7],
          ['id', 'in', ids],
        ]),
      ).toBe(COUNT);
      const cards = await env.model(Card).search([['id', 'in', ids]], { order: 'id' });
      expect(cards.map((card) => card.code).slice(-2)).toEqual(['k998', 'k999']);
    });
  });

  it('with overrides of write are one UPDATE still, and one query where they were not loaded', async () => {
    const ids = await library.registry.run(
      async (env) => (await env.model(Book).create(numbers.map((n) => ({ title: `b${n}` })))).ids,
    );
    await library.registry.run(async (env) => {
      const texts = watchStatements(env);
      for (const [n, book] of [...env.model(Book).browse([...ids])].entries()) book.remark = `r${n}`;
      await env.flush();
      expect(texts.map((text) => text.slice(0, 6))).toEqual(['SELECT', 'UPDATE']);
    });
  });

  it('with two relations loaded are at most three queries', async () => {
    const ids = await library.registry.run(async (env) => {
      const shelves = await env.model(Shelf).create([{ name: 'x' }, { name: 'y' }]);
      const subjects = await env.model(Subject).create([{ name: 'p' }, { name: 'q' }, { name: 'r' }]);
      const books = await env
        .model(Book)
        .create(numbers.map((n) => ({ title: `b${n}`, shelf: shelves.ids[n % 2]!, subjects: [subjects.ids[n % 3]!] })));
      return books.ids;
    });
    await library.registry.run(async (env) => {
      expect(
        await statementsOf(env, async () => {
          const books = await env
            .model(Book)
            .search([['id', 'in', ids]], { load: ['shelf.name', 'subjects.name'], order: 'id' });
          expect(books.map((book) => `${book.shelf?.name}${book.subjects.one().name}`).slice(0, 4)).toEqual([
            'xp',
            'yq',
            'xr',
            'yp',
          ]);
        }),
      ).toBeLessThanOrEqual(3);
    });
  });

  it('loaded one by one, all at once, are one query a relation', async () => {
    await library.registry.run(async (env) => {
      const books = await env.model(Book).search([], { limit: COUNT });
      expect(
        await statementsOf(env, () => Promise.all(books.map((book) => book.load('shelf.name', 'subjects.name')))),
      ).toBeLessThanOrEqual(2);
    });
  });

  it('deleted are one DELETE', async () => {
    await library.registry.run(async (env) => {
      const cards = await env.model(Card).search([]);
      const texts = watchStatements(env);
      await cards.unlink();
      expect(texts.map((text) => text.slice(0, 6))).toEqual(['DELETE']);
    });
  });

  it('of a chain of totals are one UPDATE a model', async () => {
    await library.registry.run(async (env) => {
      const room = await env.model(Room).create({ name: 'hall' });
      const texts = watchStatements(env);
      const shelves = await env.model(Shelf).create(
        Array.from({ length: 50 }, (_, n) => ({
          name: `s${n}`,
          room,
          books: { create: Array.from({ length: 20 }, (_, m) => ({ title: `b${m}`, pages: m })) },
        })),
      );
      await env.flush();
      expect(texts.filter((text) => text.startsWith('INSERT')).length).toBe(2);
      expect(texts.filter((text) => text.startsWith('UPDATE')).length).toBeLessThanOrEqual(4);
      await room.load('pages');
      await shelves.load('pages', 'weight');
      expect([room.pages, shelves.at(7)!.pages, shelves.at(7)!.weight]).toEqual([50 * 190, 190, 380]);
    });
  });

  it('of one list take a time in proportion', async () => {
    await library.registry.run(async (env) => {
      const shelf = await env.model(Shelf).create({ name: 'long' });
      const books = await env
        .model(Book)
        .create(Array.from({ length: 5_000 }, (_, n) => ({ title: `b${n}`, pages: 1, shelf })));
      expect(shelf.books.length).toBe(5_000);
      await books.filter((_, index) => index % 2 === 0).unlink();
      expect(shelf.books.length).toBe(2_500);
      await shelf.load('pages');
      expect(shelf.pages).toBe(2_500);
      const other = await env.model(Shelf).create({ name: 'other' });
      for (const book of shelf.books) book.shelf = other;
      expect([shelf.books.length, other.books.length]).toEqual([0, 2_500]);
      await env.flush();
      expect([shelf.pages, other.pages]).toEqual([0, 2_500]);
    });
  });
});
