import { Console } from 'node:console';
import { Writable } from 'node:stream';
import { inspect } from 'node:util';
import { describe, expect, it } from 'vitest';
import { ExpectedOneError, FieldNotLoadedError, FieldValueError, type Environment } from '../../lib/core.js';
import { statementsOf, useLibrary } from '../support/library.js';
import { Book, Room, Shelf, Subject } from '../support/library-models.js';

const library = useLibrary('identity');

interface Stored {
  readonly shelf: number;
  readonly books: readonly number[];
}

/** A shelf in a room, and as many books on it as there are titles. */
async function shelved(...titles: string[]): Promise<Stored> {
  return library.registry.run(async (env) => {
    const room = await env.model(Room).create({ name: 'room' });
    const shelf = await env.model(Shelf).create({ name: 's', room });
    const books = await env.model(Book).create(titles.map((title) => ({ title, shelf })));
    return { shelf: shelf.id, books: books.ids };
  });
}

/** Whether a field of a record is loaded. */
function isLoaded(book: Book, field: 'title' | 'summary'): boolean {
  try {
    void book[field];
    return true;
  } catch (error) {
    expect(error).toBeInstanceOf(FieldNotLoadedError);
    return false;
  }
}

/** What the console writes of a value, by one of its methods. */
function written(how: 'log' | 'dir' | 'error' | 'table', value: unknown): string {
  let text = '';
  const stream = new Writable({
    write(chunk: Buffer, _encoding, done) {
      text += chunk.toString();
      done();
    },
  });
  new Console({ stdout: stream, stderr: stream, colorMode: false })[how](value);
  return text;
}

describe('rule 14: one record object for each environment, model and id', () => {
  it('is the same object on every way that leads to it', async () => {
    const data = await shelved('a', 'b');
    await library.registry.run(async (env) => {
      const [id] = data.books;
      const book = env.model(Book).browse(id!);
      const set = await env.model(Book).search([['id', 'in', data.books]], { load: ['shelf.books', 'subjects'] });
      const shelf = env.model(Shelf).browse(data.shelf);
      const ways: unknown[] = [
        env.model(Book).browse([id!]).one(),
        set.first(),
        set.at(0),
        set.at(-2),
        [...set][0],
        set.map((each) => each)[0],
        set.filter((each) => each.id === id).one(),
        set.filterBy([['title', '=', 'a']]).one(),
        set.sorted((a, b) => b.id - a.id).at(1),
        set.groupBy('title').get('a')!.one(),
        set.union(book).first(),
        set.intersect(book).one(),
        set.minus(set.at(1)!).one(),
        shelf.books.first(),
        env.model(Shelf).browse([data.shelf]).mapped('books').first(),
        set.at(1)!.shelf!.books.at(0),
        book.one(),
        book.first(),
        [...book][0],
        (await book.load('summary')).one(),
        (await book.exists()).one(),
        (await env.model(Book).search([['id', '=', id!]])).one(),
      ];
      for (const [index, way] of ways.entries()) expect([index, way === book]).toEqual([index, true]);
      for (const each of set) expect(each.shelf === shelf).toBe(true);
    });
  });

  it('is one in a Set and in a Map, and equal to itself', async () => {
    const data = await shelved('a', 'b', 'c');
    await library.registry.run(async (env) => {
      const books = await env.model(Book).search([['id', 'in', data.books]], { load: ['shelf.books'] });
      const shelves = new Set(books.map((book) => book.shelf));
      expect([shelves.size, shelves.has(env.model(Shelf).browse(data.shelf))]).toEqual([1, true]);
      const count = new Map<unknown, number>();
      for (const book of books) count.set(book.shelf, (count.get(book.shelf) ?? 0) + 1);
      expect([...count.values()]).toEqual([3]);
      const all = new Set([...books, ...books.at(0)!.shelf!.books, ...books.sorted('title')]);
      expect([all.size, books.map((book) => all.has(book))]).toEqual([3, [true, true, true]]);
      const byShelf = books.groupBy('shelf');
      expect([byShelf.size, byShelf.get(env.model(Shelf).browse(data.shelf))?.length]).toEqual([1, 3]);
      expect(new WeakSet([books.first()!]).has(env.model(Book).browse(data.books[0]!))).toBe(true);
    });
  });

  it('is the object that create gave, before and after it is written', async () => {
    await library.registry.run(async (env) => {
      const book = await env.model(Book).create({ title: 'new' });
      const made = await env.model(Book).create([{ title: 'x' }, { title: 'y' }]);
      expect([made.at(1) === env.model(Book).browse(made.ids[1]!), book === made.at(0)]).toEqual([true, false]);
      await env.flush();
      expect((await env.model(Book).search([['id', '=', book.id]])).one() === book).toBe(true);
      env.invalidate();
      await book.load('title');
      expect(env.model(Book).browse(book.id) === book).toBe(true);
      await env
        .savepoint(async () => {
          book.title = 'changed';
          await env.flush();
          throw new Error('undone');
        })
        .catch(() => undefined);
      expect(env.model(Book).browse(book.id) === book).toBe(true);
      expect(book.title).toBe('new');
    });
  });

  it('is another in each environment, and the same one there whenever it is asked for', async () => {
    const data = await shelved('a');
    await library.registry.run(async (env) => {
      const book = (await env.model(Book).search([['id', 'in', data.books]], { load: ['shelf'] })).one();
      const ways: ((env: Environment) => Environment)[] = [
        (from) => from.withUser(7),
        (from) => from.withContext({ lang: 'fr_FR' }),
        (from) => from.withUser(7).withContext({ lang: 'fr_FR' }),
        (from) => from.withUser(7).sudo(),
      ];
      const seen = new Set<Book>([book]);
      for (const way of ways) {
        const other = way(env);
        const there = book.withEnv(other);
        expect(there.env).toBe(other);
        expect(there === other.model(Book).browse(book.id)).toBe(true);
        expect(there === book.withEnv(way(env))).toBe(true);
        expect(there.shelf === other.model(Shelf).browse(data.shelf)).toBe(true);
        seen.add(there);
      }
      expect(seen.size).toBe(1 + ways.length);
      expect(book.withUser(7).withEnv(env) === book).toBe(true);
      expect(book.withUser(1) === book).toBe(true);
      expect(book.sudo() === book).toBe(true);
    });
  });

  it('is never shared by two units of work, nor by two models with the same id', async () => {
    const data = await shelved('a');
    const [first, second] = [new Set<unknown>(), new Set<unknown>()];
    for (const seen of [first, second]) {
      await library.registry.run(async (env) => {
        seen.add(env.model(Book).browse(data.books[0]!));
        seen.add(env.model(Shelf).browse(data.books[0]!));
      });
    }
    expect(new Set([...first, ...second]).size).toBe(4);
  });
});

describe('rule 14: iteration renews the group that a record belongs to', () => {
  it('to that of the set it was iterated in last', async () => {
    const data = await shelved('a', 'b', 'c');
    await library.registry.run(async (env) => {
      const [a, b, c] = data.books.map((id) => env.model(Book).browse(id));
      const left = env.model(Book).browse([a!.id, b!.id]);
      const right = env.model(Book).browse([b!.id, c!.id]);
      for (const book of left) expect([a, b]).toContain(book);
      for (const book of right) if (book === b) await book.load('title');
      expect([a, b, c].map((book) => isLoaded(book!, 'title'))).toEqual([false, true, true]);
      left.map((book) => book.id);
      await b!.load('summary');
      expect([a, b, c].map((book) => isLoaded(book!, 'summary'))).toEqual([true, true, false]);
    });
  });

  it('in loops within each other, too: each loads what it runs over', async () => {
    const data = await shelved('a', 'b', 'c');
    await library.registry.run(async (env) => {
      const all = env.model(Book).browse([...data.books]);
      const last = env.model(Book).browse([data.books[2]!]);
      const statements = await statementsOf(env, async () => {
        for (const book of all) {
          for (const other of last) expect(other.id).toBe(data.books[2]);
          await book.load('title');
        }
      });
      expect(statements).toBe(1);
      env.invalidate();
      for (const book of all) {
        // The inner loop takes the record out of the outer group, until the outer loop comes to it again.
        for (const other of last) await other.load('title');
        expect([...data.books].map((id) => isLoaded(env.model(Book).browse(id), 'title'))).toEqual([
          false,
          false,
          true,
        ]);
        if (book.id === data.books[1]) break;
      }
    });
  });

  it('by at, first, one and browse as well: a record that is browsed alone loads alone', async () => {
    const data = await shelved('a', 'b', 'c');
    await library.registry.run(async (env) => {
      const all = env.model(Book).browse([...data.books]);
      const first = all.first()!;
      expect(env.model(Book).browse(first.id) === first).toBe(true);
      await first.load('title');
      expect([...data.books].map((id) => isLoaded(env.model(Book).browse(id), 'title'))).toEqual([true, false, false]);
      await all.at(-1)!.load('summary');
      expect([...data.books].map((id) => isLoaded(env.model(Book).browse(id), 'summary'))).toEqual([true, true, true]);
    });
  });
});

describe('rule 14: a set of one stays a set', () => {
  it('and is an array in JSON, while its record is an object', async () => {
    const data = await shelved('only');
    await library.registry.run(async (env) => {
      const subject = await env.model(Subject).create({ name: 'x', books: { add: [...data.books] } });
      const found = await env.model(Book).search([['id', 'in', data.books]], { load: ['subjects', 'shelf.books'] });
      const record = found.one();
      const sets = [
        found,
        env.model(Book).browse([...data.books]),
        found.filter(() => true),
        found.sorted('title'),
        found.union(record),
        found.intersect(record),
        found.groupBy('title').get('only')!,
        record.shelf!.books,
        env.model(Shelf).browse([data.shelf]).mapped('books'),
        await found.exists(),
        await found.load('summary'),
        subject.books,
      ];
      for (const [index, set] of sets.entries()) {
        expect([index, (set as unknown) === record, set.length]).toEqual([index, false, 1]);
        expect(JSON.parse(JSON.stringify(set))).toMatchObject([{ id: record.id, title: 'only', shelf: data.shelf }]);
        expect(JSON.parse(JSON.stringify({ set }))).toMatchObject({ set: [{ id: record.id }] });
      }
      expect(JSON.parse(JSON.stringify(await env.model(Book).create([{ title: 'listed' }])))).toMatchObject([
        { title: 'listed' },
      ]);
      expect(JSON.parse(JSON.stringify(record))).toMatchObject({ id: record.id, title: 'only' });
      expect(JSON.parse(JSON.stringify(env.model(Book)))).toEqual([]);
    });
  });

  it('whose fields are those of its record, and of no set', async () => {
    const data = await shelved('only');
    await library.registry.run(async (env) => {
      const found = (await env.model(Book).search([['id', 'in', data.books]])) as unknown as Book & {
        one(): Book;
      };
      for (const read of [() => found.title, () => found.shelf, () => found.subjects, () => found.id]) {
        expect(read).toThrow(ExpectedOneError);
      }
      expect(() => (found.title = 'x')).toThrow(ExpectedOneError);
      expect(() => Object.assign(found, { title: 'x' })).toThrow(ExpectedOneError);
      expect(found.one().title).toBe('only');
    });
  });
});

describe('rule 14: what a record holds lies under symbols', () => {
  it('so Object.assign sets fields', async () => {
    const data = await shelved('a');
    const dto: unknown = JSON.parse('{ "title": "assigned", "pages": 12, "remark": null, "active": false }');
    await library.registry.run(async (env) => {
      const book = (await env.model(Book).search([['id', 'in', data.books]])).one();
      expect(Object.assign(book, dto) === book).toBe(true);
      expect([book.title, book.pages, book.remark, book.active]).toEqual(['assigned', 12, null, false]);
    });
    await library.registry.run(async (env) => {
      const book = env.model(Book).browse(data.books[0]!);
      await book.load('title');
      expect([book.title, book.pages, book.active]).toEqual(['assigned', 12, false]);
    });
  });

  it.each([
    '{ "write": null }',
    '{ "load": 1 }',
    '{ "toJSON": "x" }',
    '{ "unlink": {} }',
    '{ "checkPages": 1 }',
    '{ "constructor": {} }',
    '{ "__proto__": { "isAdmin": true } }',
    '{ "titel": "misspelt" }',
    '{ "id": 99 }',
    '{ "ids": [99] }',
    '{ "env": {} }',
    '{ "length": 0 }',
    '{ "then": 1 }',
    '{ "row": [], "runtime": {}, "group": {} }',
  ])('and nothing but fields: %s', async (text) => {
    const data = await shelved('a');
    await library.registry.run(async (env) => {
      const set = await env.model(Book).search([['id', 'in', data.books]]);
      const book = set.one();
      const members = Object.getPrototypeOf(book) as unknown;
      for (const records of [book, set]) {
        expect(() => Object.assign(records, JSON.parse(text))).toThrow(TypeError);
        expect(Object.keys(records)).toEqual([]);
        expect(Object.getOwnPropertyNames(records)).toEqual([]);
        expect(Object.getPrototypeOf(records)).toBe(members);
      }
      await book.write({ title: 'b' });
      await book.load('summary');
      expect([book.id, book.title, book.env === env, book.ids]).toEqual([data.books[0], 'b', true, [data.books[0]]]);
    });
  });

  it('and checks what it assigns, as any assignment', async () => {
    const data = await shelved('a');
    await library.registry.run(async (env) => {
      const book = (await env.model(Book).search([['id', 'in', data.books]])).one();
      for (const dto of [{ pages: 'many' }, { title: 5 }, { doubled: 4 }, { createdAt: new Date() }, { shelf: 'x' }]) {
        expect(() => Object.assign(book, dto)).toThrow(FieldValueError);
      }
      expect([book.title, book.pages]).toEqual(['a', 1]);
      expect(await statementsOf(env, () => env.flush())).toBe(0);
    });
  });

  it('so the console shows the records', async () => {
    const data = await shelved('a', 'b');
    await library.registry.run(async (env) => {
      const books = await env.model(Book).search([['id', 'in', data.books]]);
      const [a, b] = data.books;
      expect(inspect(books.first())).toBe(`l.book(${a})`);
      expect(inspect(books)).toBe(`l.book(${a}, ${b})`);
      expect(inspect(env.model(Book))).toBe('l.book()');
      expect(inspect({ order: { book: books.first() } }, { depth: 1 })).toContain(`l.book(${a})`);
      expect(inspect(env.model(Book).browse(Array.from({ length: 5_000 }, (_, n) => n + 1))).length).toBeLessThan(200);
      expect(written('log', books.first())).toBe(`l.book(${a})\n`);
      expect(written('error', [books])).toBe(`[ l.book(${a}, ${b}) ]\n`);
      expect(written('log', { env })).toBe('{ env: Environment(uid 1, su) }\n');
    });
    const held = await library.registry.run(async (env) => env.model(Book).browse(data.books[0]!));
    expect(inspect(held)).toBe(`l.book(${data.books[0]})`);
  });

  it('and shows neither pool nor connection string, however it is asked', async () => {
    const data = await shelved('a');
    const url = new URL(process.env['TEST_DATABASE_URL']!);
    await library.registry.run(async (env) => {
      const book = (await env.model(Book).search([['id', 'in', data.books]], { load: ['shelf'] })).one();
      for (const value of [book, env.model(Book), env, { book }, [book.shelf]]) {
        const texts = [
          inspect(value, { depth: 10, showHidden: true }),
          inspect(value, { customInspect: false, depth: 4, getters: true }),
          inspect(value, { customInspect: false, depth: 4, showHidden: true, showProxy: true }),
          ...(['log', 'dir', 'error', 'table'] as const).map((how) => written(how, value)),
        ];
        for (const text of texts) {
          expect(text).not.toMatch(/postgres(ql)?:\/\/|ConnectionPool|PooledConnection|connectionString|password/);
          expect(text).not.toContain(library.registry.name);
          expect(text).not.toContain(`${url.hostname}:${url.port}`);
        }
      }
    });
  });
});
