import { describe, expect, it } from 'vitest';
import { FieldNotLoadedError, MissingError, UnknownFieldError, type Environment, type Many } from '../../lib/core.js';
import { statementsOf, useLibrary, watchStatements } from '../support/library.js';
import { Book, Card, Room, Shelf, Subject, withHooks } from '../support/library-models.js';

const library = useLibrary('lists');

async function shelfOf(
  titles: readonly string[],
): Promise<{ readonly shelf: number; readonly books: readonly number[] }> {
  return library.registry.run(async (env) => {
    const shelf = await env.model(Shelf).create({ name: 's' });
    const books = await env.model(Book).create(titles.map((title) => ({ title, shelf })));
    return { shelf: shelf.id, books: books.ids };
  });
}

async function titlesOf(env: Environment, shelf: number): Promise<string[]> {
  const books = await env.model(Book).search([['shelf', '=', shelf]]);
  return books.map((book) => book.title);
}

describe('rule 10: loaded lists follow the other side', () => {
  it('adds a new record at the end, and takes out moved and deleted ones', async () => {
    const data = await shelfOf(['a', 'b', 'c']);
    await library.registry.run(async (env) => {
      const shelf = env.model(Shelf).browse(data.shelf);
      await shelf.load('books');
      const held = shelf.books;
      const [a, b, c] = [...held];
      const count = await statementsOf(env, () => env.model(Book).create({ title: 'd', shelf }));
      expect(shelf.books.map((book) => book.title)).toEqual(['a', 'b', 'c', 'd']);
      expect(count).toBeLessThanOrEqual(1);
      b!.shelf = null;
      expect(shelf.books.map((book) => book.title)).toEqual(['a', 'c', 'd']);
      await c!.write({ shelf: null });
      expect(shelf.books.map((book) => book.title)).toEqual(['a', 'd']);
      c!.shelf = shelf;
      expect(shelf.books.map((book) => book.title)).toEqual(['a', 'd', 'c']);
      await a!.unlink();
      expect(shelf.books.map((book) => book.title)).toEqual(['d', 'c']);
      expect(held.length).toBe(3);
      expect(() => held.map((book) => book.title)).toThrow(MissingError);
      expect(() => a!.title).toThrow(MissingError);
      expect(() => (a!.title = 'x')).toThrow(MissingError);
      await expect(a!.write({ title: 'x' })).rejects.toThrow(MissingError);
      expect((await held.exists()).ids).toEqual(data.books.slice(1));
    });
  });

  it('keeps both sides of a many2many in step, on every record that is loaded', async () => {
    const data = await shelfOf(['a', 'b']);
    await library.registry.run(async (env) => {
      const [x, y] = [...(await env.model(Subject).create([{ name: 'x' }, { name: 'y' }]))];
      const books = env.model(Book).browse([...data.books]);
      await books.load('subjects');
      const [a, b] = [...books];
      await x!.write({ books: { add: data.books } });
      expect([a!.subjects.ids, b!.subjects.ids]).toEqual([[x!.id], [x!.id]]);
      await a!.write({ subjects: [y!.id] });
      expect([x!.books.ids, y!.books.ids]).toEqual([[b!.id], [a!.id]]);
      await y!.unlink();
      expect(a!.subjects.ids).toEqual([]);
      await b!.write({ subjects: { create: [{ name: 'z' }], remove: [x!.id] } });
      expect([b!.subjects.map((subject) => subject.name), x!.books.length]).toEqual([['z'], 0]);
      await env.flush();
      env.invalidate();
      await books.load('subjects');
      expect([a!.subjects.ids, b!.subjects.map((subject) => subject.name)]).toEqual([[], ['z']]);
    });
  });

  it('takes archived records out of lists that skip them, links included', async () => {
    const data = await shelfOf(['a', 'b']);
    await library.registry.run(async (env) => {
      const shelf = env.model(Shelf).browse(data.shelf);
      const [x, y] = [
        ...(await env.model(Subject).create([
          { name: 'x', books: data.books },
          { name: 'y', books: data.books },
        ])),
      ];
      const books = await shelf.load('books.subjects').then(() => shelf.books);
      await x!.write({ active: false });
      expect(books.map((book) => book.subjects.ids)).toEqual([[y!.id], [y!.id]]);
      await x!.write({ active: true });
      await books.load('subjects');
      expect(books.map((book) => book.subjects.ids.length)).toEqual([2, 2]);
      await env.model(Book).browse(data.books[0]!).write({ active: false });
      expect(shelf.books.ids).toEqual([data.books[1]]);
    });
    await library.registry.run(async (env) => {
      const shelf = env.model(Shelf).browse(data.shelf);
      await shelf.load('books');
      // Never loaded: whose list it joins is not known before it is.
      await env.model(Book).browse(data.books[0]!).write({ active: true });
      await env.flush();
      await shelf.load('books');
      expect(shelf.books.ids.toSorted()).toEqual(data.books);
    });
  });

  it('takes a staged list apart from what happens to its members meanwhile', async () => {
    const data = await shelfOf(['a', 'b']);
    await library.registry.run(async (env) => {
      const shelf = env.model(Shelf).browse(data.shelf);
      await shelf.load('books');
      shelf.books = { remove: [data.books[0]!] } as never;
      expect(shelf.books.ids).toEqual([data.books[1]]);
      const book = await env.model(Book).create({ title: 'c', shelf });
      expect(shelf.books.ids).toEqual([data.books[1], book.id]);
      await env.flush();
      expect(shelf.books.ids).toEqual([data.books[1], book.id]);
      shelf.books = [book.id] as never;
      await env.model(Book).browse(data.books[1]!).unlink();
      await env.flush();
      expect(shelf.books.ids).toEqual([book.id]);
    });
  });

  it('carries out every kind of change: deletes first, creates last', async () => {
    const data = await shelfOf(['a', 'b', 'c']);
    const other = await shelfOf(['x']);
    await library.registry.run(async (env) => {
      const [a, b, c] = data.books;
      await env
        .model(Shelf)
        .browse(data.shelf)
        .write({
          books: {
            delete: [a!],
            remove: [b!],
            update: [[c!, { title: 'C' }]],
            add: [...other.books],
            create: [{ title: 'new' }],
          },
        });
      await env.flush();
      expect((await titlesOf(env, data.shelf)).toSorted()).toEqual(['C', 'new', 'x']);
      expect(await titlesOf(env, other.shelf)).toEqual([]);
      expect(
        (
          await env
            .model(Book)
            .browse([...data.books])
            .exists()
        ).ids,
      ).toEqual([b, c]);
      await env.model(Shelf).browse(data.shelf).write({ books: [] });
      await env.flush();
      expect(await titlesOf(env, data.shelf)).toEqual([]);
    });
  });

  it('leaves loaded what has nothing to do with a deletion', async () => {
    const data = await shelfOf(['a', 'b']);
    await library.registry.run(async (env) => {
      const shelf = env.model(Shelf).browse(data.shelf);
      await shelf.load('name', 'books.subjects');
      await env.model(Book).browse(data.books[0]!).unlink();
      expect([shelf.name, shelf.books.map((book) => [book.title, book.subjects.length])]).toEqual(['s', [['b', 0]]]);
    });
  });
});

describe('unlink', () => {
  it('is one DELETE for a set, none for the empty set, and calls overrides of lines that a list deletes', async () => {
    const data = await shelfOf(['a', 'b', 'c']);
    const seen: number[][] = [];
    await withHooks({ unlink: async (books) => void seen.push([...books.ids]) }, () =>
      library.registry.run(async (env) => {
        const books = await env.model(Book).search([['id', 'in', data.books]]);
        const texts = watchStatements(env);
        await books.filter((book) => book.title !== 'c').unlink();
        expect(texts.filter((text) => text.startsWith('DELETE'))).toHaveLength(1);
        await env.flush();
        expect(await statementsOf(env, () => env.model(Book).browse([]).unlink())).toBe(0);
        expect(await statementsOf(env, () => books.at(0)!.unlink())).toBe(0);
        await env
          .model(Shelf)
          .browse(data.shelf)
          .write({ books: { delete: [data.books[2]!] } });
      }),
    );
    expect(seen).toEqual([data.books.slice(0, 2), [], [data.books[0]], [data.books[2]]]);
  });

  it('takes part of a set that others refer to only as its foreign key says', async () => {
    const ids = await library.registry.run(async (env) => {
      const room = await env.model(Room).create({ name: 'kept' });
      const card = await env.model(Card).create({ name: 'c', room });
      return { room: room.id, card: card.id };
    });
    await expect(library.registry.run(async (env) => env.model(Room).browse(ids.room).unlink())).rejects.toMatchObject({
      code: 'VALIDATION',
    });
    await library.registry.run(async (env) => {
      const room = env.model(Room).browse(ids.room);
      await env.savepoint(() => room.unlink()).catch(() => undefined);
      expect(room.id).toBe(ids.room);
      await room.load('name');
      expect(room.name).toBe('kept');
      // A staged change that takes the reference away counts.
      env.model(Card).browse(ids.card).room = null;
      await room.unlink();
    });
  });

  it('is not undone by a stale value: records held across it read as missing in every environment', async () => {
    const data = await shelfOf(['a']);
    await library.registry.run(async (env) => {
      const book = (await env.model(Book).search([['id', '=', data.books[0]!]])).one();
      const others = [book.withUser(7), book.sudo(), book.withContext({ lang: 'fr' })];
      expect(others.map((one) => one.title)).toEqual(['a', 'a', 'a']);
      await book.withUser(7).unlink();
      for (const one of [book, ...others]) expect(() => one.title).toThrow(MissingError);
      expect((await env.model(Book).search([['id', '=', book.id]])).length).toBe(0);
    });
  });
});

describe('rule 11: what is given', () => {
  it('counts undefined as not given, in create and in write', async () => {
    await library.registry.run(async (env) => {
      const book = await env.model(Book).create({ title: 'a', pages: undefined, remark: undefined, isbn: null });
      expect([book.pages, book.remark, book.isbn]).toEqual([1, null, null]);
      const none = await env.model(Book).create({ title: 'b', pages: null });
      expect(none.pages).toBeNull();
      await env.flush();
      expect(await statementsOf(env, async () => (await book.write({ title: undefined }), env.flush()))).toBe(0);
      await expect(env.model(Book).create({ titel: 'x' } as never)).rejects.toThrow(UnknownFieldError);
      await expect(book.write({ titel: 'x' } as never)).rejects.toThrow('Did you mean "title"');
    });
  });

  it('counts it as not given in the values of a list, too, while an assignment of it is refused', async () => {
    const data = await shelfOf(['a']);
    await library.registry.run(async (env) => {
      const book = env.model(Book).browse(data.books[0]!);
      await book.write({ remark: 'kept', pages: 5 });
      const shelf = env.model(Shelf).browse(data.shelf);
      await shelf.write({
        name: undefined,
        books: {
          create: [{ title: 'b', pages: undefined }],
          update: [[book, { remark: undefined, title: 'A' }]],
          add: undefined,
        },
      });
      await shelf.write({ books: undefined });
      await shelf.load('name', 'books');
      expect([shelf.name, shelf.books.map(({ title, remark, pages }) => [title, remark, pages])]).toEqual([
        's',
        [
          ['A', 'kept', 5],
          ['b', null, 1],
        ],
      ]);
      for (const dto of [{ remark: undefined }, { title: undefined }, { shelf: undefined }]) {
        expect(() => Object.assign(book, dto)).toThrow('was given undefined');
      }
      expect([book.remark, book.title]).toEqual(['kept', 'A']);
    });
  });

  it('flushes before a search the fields it looks at, and no others', async () => {
    const data = await shelfOf(['a', 'b']);
    await library.registry.run(async (env) => {
      const cards = await env.model(Card).create([
        { name: 'flush a', rank: 1 },
        { name: 'flush b', rank: 2 },
      ]);
      const texts = watchStatements(env);
      cards.at(0)!.rank = 5;
      expect((await env.model(Card).search([['name', 'like', 'flush']])).length).toBe(2);
      expect(texts.filter((text) => text.startsWith('UPDATE'))).toEqual([]);
      expect(
        (await env.model(Card).search([['name', 'like', 'flush']], { order: 'rank desc' })).map((card) => card.name),
      ).toEqual(['flush a', 'flush b']);
      expect(texts.filter((text) => text.startsWith('UPDATE'))).toHaveLength(1);
      await cards.at(1)!.write({ rank: 9 });
      expect(await env.model(Card).searchCount([['rank', '=', 9]])).toBe(1);
      const shelf = env.model(Shelf).browse(data.shelf);
      shelf.name = 'flushed shelf';
      expect(await env.model(Book).searchCount([['shelf.name', '=', 'flushed shelf']])).toBe(2);
      expect(await env.model(Book).searchCount([['label', 'like', 'flushed shelf']])).toBe(2);
      shelf.books = [data.books[0]!] as never;
      expect(await env.model(Book).searchCount([['shelf', '=', data.shelf]])).toBe(1);
      const subject = await env.model(Subject).create({ name: 'flush' });
      subject.books = [...data.books] as never;
      expect(await env.model(Book).searchCount([['subjects.name', '=', 'flush']])).toBe(2);
      expect(await env.model(Shelf).searchCount([['books.subjects', 'in', [subject.id]]])).toBe(1);
    });
  });
});

describe('rule 11, of what a search looks at without being told', () => {
  it('flushes the fields of the model’s own order and the one that archives', async () => {
    await library.registry.run(async (env) => {
      const subjects = await env.model(Subject).create([{ name: 'r11 a' }, { name: 'r11 b' }, { name: 'r11 c' }]);
      await env.flush();
      const found = async (): Promise<string[]> =>
        (await env.model(Subject).search([['id', 'in', subjects.ids]])).map((subject) => subject.name);
      const texts = watchStatements(env);
      subjects.at(0)!.name = 'r11 z';
      expect(await found()).toEqual(['r11 b', 'r11 c', 'r11 z']);
      subjects.at(1)!.active = false;
      expect(await found()).toEqual(['r11 c', 'r11 z']);
      expect(texts.filter((text) => text.startsWith('UPDATE'))).toHaveLength(2);
      // With archived ones that field plays no part.
      subjects.at(2)!.active = false;
      const all = env.withContext({ activeTest: false }).model(Subject);
      expect(await all.searchCount([['name', 'like', 'r11']])).toBe(3);
      expect(texts.filter((text) => text.startsWith('UPDATE'))).toHaveLength(2);
    });
  });

  it('flushes what an order follows over a relation, and links for a list', async () => {
    const data = [await shelfOf(['a']), await shelfOf(['b'])];
    await library.registry.run(async (env) => {
      const ids = data.flatMap(({ books }) => books);
      const shelves = env.model(Shelf).browse(data.map(({ shelf }) => shelf));
      const rooms = await env.model(Room).create([{ name: 'r' }, { name: 's' }]);
      await env.flush();
      const order = async (): Promise<number[]> => [
        ...(await env.model(Book).search([['id', 'in', ids]], { order: 'shelf desc' })).ids,
      ];
      const before = await order();
      const [first, second] = [...env.model(Book).browse(ids)];
      first!.shelf = shelves.at(1)!;
      second!.shelf = shelves.at(0)!;
      expect(await order()).toEqual(before.toReversed());
      shelves.at(0)!.room = rooms.at(1)!;
      expect(await env.model(Room).searchCount([['shelves', 'in', shelves.ids]])).toBe(1);
    });
  });
});

describe('rule 12: what one view holds is not another’s', () => {
  it('gives the user nothing that sudo loaded: no list, no links and nothing computed from them', async () => {
    const data = await shelfOf(['a', 'b']);
    await library.registry.run({ uid: 7 }, async (env) => {
      const shelf = env.model(Shelf).browse(data.shelf);
      const book = env.model(Book).browse(data.books[0]!);
      await shelf.sudo().load('titles', 'books.subjects');
      expect([shelf.sudo().titles, shelf.sudo().books.length]).toEqual(['s: a, b ()', 2]);
      expect(book.sudo().subjects.ids).toEqual([]);
      for (const read of [() => shelf.books, () => shelf.titles, () => book.subjects]) {
        expect(read).toThrow(FieldNotLoadedError);
      }
      expect(() => shelf.mapped('books')).toThrow(FieldNotLoadedError);
      const other = shelf.withUser(8);
      expect(() => other.books).toThrow(FieldNotLoadedError);
      await shelf.load('titles');
      expect([shelf.titles, shelf.books.length]).toEqual(['s: a, b ()', 2]);
      expect(() => other.titles).toThrow(FieldNotLoadedError);
    });
  });

  it('keeps what is computed apart by user, superuser, language and archived ones', async () => {
    const data = await shelfOf(['a', 'b']);
    await library.registry.run({ uid: 7 }, async (env) => {
      env.model(Book).browse(data.books[1]!).active = false;
      const book = env.model(Book).browse(data.books[0]!);
      await book.load('title');
      const views = [book, book.sudo(), book.withUser(8), book.withContext({ lang: 'fr_FR' })];
      const seen = (): unknown[] => views.map((each) => each.seenBy);
      const expected = (title: string): string[] => [
        `${title} seen by 7 in no language`,
        `${title} seen by 7 in no language`,
        `${title} seen by 8 in no language`,
        `${title} seen by 7 in fr_FR`,
      ];
      expect(seen()).toEqual(expected('a'));
      book.title = 'A';
      expect(seen()).toEqual(expected('A'));
      const shelf = env.model(Shelf).browse(data.shelf);
      const all = shelf.withContext({ activeTest: false });
      await shelf.load('titles');
      await all.load('titles');
      expect([shelf.titles, all.titles]).toEqual(['s: A ()', 's: A, b ()']);
    });
  });

  it('keeps lists apart by user, superuser and archived ones', async () => {
    const data = await shelfOf(['a', 'b']);
    await library.registry.run(async (env) => {
      await env.model(Book).browse(data.books[0]!).write({ active: false });
      const shelf = env.model(Shelf).browse(data.shelf);
      const all = shelf.withContext({ activeTest: false });
      const user = shelf.withUser(7);
      await shelf.load('books');
      expect(() => all.books).toThrow(FieldNotLoadedError);
      expect(() => user.books).toThrow(FieldNotLoadedError);
      await all.load('books');
      await user.load('books');
      expect([shelf.books.length, all.books.length, user.books.length]).toEqual([1, 2, 1]);
      const book = await env.model(Book).create({ title: 'c', shelf });
      expect([shelf.books.length, all.books.length, user.books.length]).toEqual([2, 3, 2]);
      await book.write({ active: false });
      expect([shelf.books.length, all.books.length, user.books.length]).toEqual([1, 3, 1]);
    });
  });
});

describe('rule 13: what a load loads', () => {
  it('loads on a set that set, on an iterated record its whole group', async () => {
    const data = await shelfOf(['a', 'b', 'c', 'd']);
    await library.registry.run(async (env) => {
      const books = env.model(Book).browse([...data.books]);
      expect(
        await statementsOf(env, async () => {
          for (const book of books) await book.load('title');
        }),
      ).toBe(1);
      env.invalidate();
      await books.at(0)!.load('title');
      expect(books.at(3)!.title).toBe('d');
      env.invalidate();
      const some = books.filter((book) => book.id !== data.books[3]);
      await some.load('title');
      expect(() => books.at(3)!.title).toThrow(FieldNotLoadedError);
      for (const book of some) await book.load('remark');
      expect(() => books.at(3)!.remark).toThrow(FieldNotLoadedError);
    });
  });

  it('makes a new group of what is chosen, sorted or combined', async () => {
    const data = [await shelfOf(['a', 'b']), await shelfOf(['c', 'd'])];
    const ways: Record<string, (books: Many<Book>) => Iterable<Book>> = {
      filter: (books) => books.filter(() => true),
      filterBy: (books) => books.filterBy([]),
      'sorted by a field': (books) => books.sorted('title'),
      'sorted by comparison': (books) => books.sorted((x, y) => y.id - x.id),
      sorted: (books) => books.sorted(),
      union: (books) => books.union(books),
      intersect: (books) => books.intersect(books),
      minus: (books) => books.minus(books.env.model(Book)),
      groupBy: (books) => books.groupBy(() => 'all').get('all')!,
    };
    await library.registry.run(async (env) => {
      const shelves = env.model(Shelf).browse(data.map(({ shelf }) => shelf));
      const others = env.model(Book).browse([...data[1]!.books]);
      const isLoaded = (): boolean[] =>
        others.map((book) => {
          try {
            return book.summary === null;
          } catch {
            return false;
          }
        });
      for (const [way, chosen] of Object.entries(ways)) {
        env.invalidate();
        await shelves.load('books.title');
        const { books } = shelves.at(0)!;
        for (const book of chosen(books)) await book.load('summary');
        expect([way, books.map((book) => book.summary), isLoaded()]).toEqual([way, [null, null], [false, false]]);
        // The list itself loads with those of the other shelf.
        env.invalidate();
        await shelves.load('books.title');
        for (const book of shelves.at(0)!.books) await book.load('summary');
        expect([way, isLoaded()]).toEqual([way, [true, true]]);
      }
    });
  });

  it('loads through a relation the group of the whole relation', async () => {
    const data = await Promise.all([shelfOf(['a', 'b']), shelfOf(['c', 'd']), shelfOf(['e'])]);
    await library.registry.run(async (env) => {
      const shelves = await env
        .model(Shelf)
        .search([['id', 'in', data.map((each) => each.shelf)]], { load: ['books'] });
      env.invalidate();
      await shelves.load('books');
      expect(
        await statementsOf(env, async () => {
          for (const shelf of shelves) for (const book of shelf.books) await book.load('subjects');
        }),
      ).toBe(1);
      expect(
        await statementsOf(env, async () => {
          for (const shelf of shelves) {
            expect(shelf.mapped('books').length).toBe(shelf.books.length);
            for (const book of shelf.mapped('books')) await book.load('summary');
          }
        }),
      ).toBe(1);
    });
  });

  it('fills what is not loaded and leaves the rest', async () => {
    const data = await shelfOf(['a']);
    await library.registry.run(async (env) => {
      const book = (await env.model(Book).search([['id', '=', data.books[0]!]])).one();
      book.title = 'staged';
      await book.write({ pages: 77 });
      expect(() => book.summary).toThrow(FieldNotLoadedError);
      await book.load('summary', 'title', 'pages');
      expect([book.summary, book.title, book.pages]).toEqual([null, 'staged', 77]);
    });
  });

  it('loads at most a thousand of a group for one record, those around it', async () => {
    const ids = await library.registry.run(
      async (env) => (await env.model(Card).create(Array.from({ length: 2_500 }, (_, n) => ({ name: `n${n}` })))).ids,
    );
    await library.registry.run(async (env) => {
      const cards = env.model(Card).browse([...ids]);
      await cards.at(1_200)!.load('name');
      const isLoaded = (index: number): boolean => {
        try {
          return cards.at(index)!.name.length > 0;
        } catch {
          return false;
        }
      };
      expect([0, 999, 1_000, 1_200, 1_999, 2_000, 2_499].map(isLoaded)).toEqual([
        false,
        false,
        true,
        true,
        true,
        false,
        false,
      ]);
      expect(
        await statementsOf(env, async () => {
          for (const card of cards) await card.load('name');
        }),
      ).toBeLessThanOrEqual(3);
      expect(await statementsOf(env, () => cards.load('name'))).toBe(0);
    });
  });
});
