import { describe, expect, it } from 'vitest';
import {
  FieldNotLoadedError,
  FieldValueError,
  MissingError,
  UsageError,
  ValidationError,
  type Environment,
  type Values,
} from '../../lib/core.js';
import { aTurn, gate, statementsOf, useLibrary, watchStatements } from '../support/library.js';
import { Book, Card, Shelf, Subject, withHooks } from '../support/library-models.js';

const library = useLibrary('staging');

async function made(...values: Values<Book>[]): Promise<number[]> {
  return library.registry.run(async (env) => [...(await env.model(Book).create(values)).ids]);
}

async function stored(ids: readonly number[]): Promise<Book[]> {
  return library.registry.run(async (env) => [...(await env.model(Book).search([['id', 'in', ids]]))]);
}

async function loaded(env: Environment, ids: readonly number[]): Promise<Book[]> {
  return [...(await env.model(Book).search([['id', 'in', ids]]))];
}

describe('rule 5: a flush goes through write, with the old values in place', () => {
  it.each(['assignment', 'write'] as const)('shows an override old and new alike for %s', async (how) => {
    const ids = await made({ title: 'old', pages: 3 });
    const seen: unknown[] = [];
    await withHooks(
      {
        write: async (books, values) => {
          seen.push([books.map((book) => [book.title, book.pages, book.doubled, book.label]), values]);
        },
        afterWrite: async (books) => {
          seen.push(books.map((book) => [book.title, book.pages, book.doubled, book.label]));
        },
      },
      () =>
        library.registry.run(async (env) => {
          const [book] = await loaded(env, ids);
          await book!.load('shelf', 'subjects');
          if (how === 'write') await book!.write({ title: 'new', pages: 4 });
          else {
            book!.title = 'new';
            book!.pages = 4;
            expect([book!.title, book!.doubled, book!.label]).toEqual(['new', 8, 'new@-#']);
            await env.flush();
          }
        }),
    );
    expect(seen).toEqual([[[['old', 3, 6, 'old@-#']], { title: 'new', pages: 4 }], [['new', 4, 8, 'new@-#']]]);
  });

  it('makes several assignments to one field one value, and equal values one call', async () => {
    const ids = await made({ title: 'a' }, { title: 'b' }, { title: 'c' });
    const calls: unknown[] = [];
    await withHooks({ write: async (books, values) => void calls.push([books.ids.length, values]) }, () =>
      library.registry.run(async (env) => {
        const [a, b, c] = await loaded(env, ids);
        for (const pages of [5, 6, 7]) a!.pages = pages;
        b!.pages = 7;
        c!.pages = 8;
        await env.flush();
        await env.flush();
      }),
    );
    expect(calls).toEqual([
      [2, { pages: 7 }],
      [1, { pages: 8 }],
    ]);
    expect((await stored(ids)).map((book) => book.pages)).toEqual([7, 7, 8]);
  });

  it('goes through no override for a value that is the old one again, and sends nothing', async () => {
    const ids = await made({ title: 'same', pages: 2 });
    await library.registry.run(async (env) => {
      const [book] = await loaded(env, ids);
      book!.title = 'same';
      expect(await statementsOf(env, () => env.flush())).toBe(0);
      const before = book!.updatedAt;
      await book!.write({ title: 'same', pages: 2 });
      expect(await statementsOf(env, () => env.flush())).toBe(0);
      expect(book!.updatedAt).toBe(before);
    });
  });

  it('lets what an override drops never have been', async () => {
    const ids = await made({ title: 'old', pages: 3 });
    await withHooks({ write: async (_books, { title: _, ...rest }) => rest }, () =>
      library.registry.run(async (env) => {
        const [book] = await loaded(env, ids);
        await book!.load('shelf', 'subjects', 'shout');
        book!.title = 'dropped';
        book!.pages = 9;
        expect([book!.seenBy, book!.label, book!.shout, book!.doubled]).toEqual([
          'dropped seen by 1 in no language',
          'dropped@-#',
          'DROPPED@-#',
          18,
        ]);
        await env.flush();
        expect([book!.title, book!.pages, book!.doubled]).toEqual(['old', 9, 18]);
        expect([book!.seenBy, book!.label, book!.shout]).toEqual(['old seen by 1 in no language', 'old@-#', 'OLD@-#']);
      }),
    );
    expect((await stored(ids)).map((book) => [book.title, book.label, book.pages])).toEqual([['old', 'old@-#', 9]]);
  });

  it('sends in a search inside an override what has passed write, while siblings wait', async () => {
    const ids = await made({ title: 'first' }, { title: 'second' });
    const found: unknown[] = [];
    await withHooks(
      {
        afterWrite: async (books) => {
          const { env } = books;
          found.push([
            await env.model(Book).searchCount([
              ['id', 'in', ids],
              ['title', '=', 'FIRST'],
            ]),
            await env.model(Book).searchCount([
              ['id', 'in', ids],
              ['title', '=', 'SECOND'],
            ]),
          ]);
        },
      },
      () =>
        library.registry.run(async (env) => {
          const [first, second] = await loaded(env, ids);
          first!.title = 'FIRST';
          second!.title = 'SECOND';
          await env.flush();
        }),
    );
    expect(found).toEqual([
      [1, 0],
      [1, 1],
    ]);
  });

  it('finds in a search inside an override what was computed from what has passed write', async () => {
    const ids = await made({ title: 'first' });
    const found: unknown[] = [];
    await withHooks(
      {
        afterWrite: async (books) => {
          found.push(await books.env.model(Book).searchCount([['label', '=', 'FIRST@-#']]));
        },
      },
      () =>
        library.registry.run(async (env) => {
          (await loaded(env, ids))[0]!.title = 'FIRST';
          await env.flush();
        }),
    );
    expect(found).toEqual([1]);
  });

  it('lets an override search, create, write and delete elsewhere', async () => {
    const ids = await made({ title: 'main' }, { title: 'other' }, { title: 'doomed' });
    await withHooks(
      {
        write: async (books, values) => {
          if (values.remark !== undefined) return;
          const { env } = books;
          const others = await env.model(Book).search([['id', 'in', ids.slice(1)]]);
          await others.write({ remark: `seen by ${books.map((book) => book.title).join()}` });
          await env.model(Card).create({ name: `card of ${books.ids.join()}` });
          await env.model(Book).browse(ids[2]!).unlink();
        },
      },
      () =>
        library.registry.run(async (env) => {
          const [main, other, doomed] = await loaded(env, ids);
          main!.pages = 2;
          other!.pages = 3;
          doomed!.pages = 4;
          await env.flush();
          expect(() => doomed!.pages).toThrow(MissingError);
        }),
    );
    const books = await stored(ids);
    expect(books.map((book) => [book.title, book.pages])).toEqual([
      ['main', 2],
      ['other', 3],
    ]);
  });

  it('takes an assignment inside an override into the next round, and ends rounds that do not end', async () => {
    const ids = await made({ title: 'a', pages: 1 });
    await withHooks(
      {
        write: async (books) => {
          for (const book of books) if ((book.pages ?? 0) < 3) book.remark = `more than ${book.pages}`;
        },
      },
      () =>
        library.registry.run(async (env) => {
          const [book] = await loaded(env, ids);
          book!.pages = 3;
          await env.flush();
          expect(book!.remark).toBe('more than 1');
        }),
    );
    let count = 0;
    await withHooks(
      {
        write: async (books) => {
          for (const book of books) book.remark = `again ${count++}`;
        },
      },
      async () => {
        await expect(
          library.registry.run(async (env) => {
            (await loaded(env, ids))[0]!.pages = 4;
          }),
        ).rejects.toThrow('l.book.remark');
      },
    );
    expect((await stored(ids))[0]!.remark).toBe('more than 1');
  });

  it('lets the later of an assignment and a write win', async () => {
    const ids = await made({ title: 'a' });
    await library.registry.run(async (env) => {
      const [book] = await loaded(env, ids);
      book!.pages = 5;
      await book!.write({ pages: 6 });
      expect(book!.pages).toBe(6);
      await book!.write({ pages: 7 });
      book!.pages = 8;
    });
    expect((await stored(ids))[0]!.pages).toBe(8);
  });

  it('keeps an assignment that is made while a flush is under way', async () => {
    const ids = await made({ title: 'x' }, { title: 'y' });
    const entered = gate();
    const go = gate();
    await withHooks(
      {
        write: async () => {
          entered.open();
          await go.passed;
        },
      },
      () =>
        library.registry.run(async (env) => {
          const [x, y] = await loaded(env, ids);
          x!.title = 'flushed';
          y!.title = 'flushed';
          const flushing = env.flush();
          await entered.passed;
          x!.title = 'x';
          y!.title = 'newest';
          go.open();
          await flushing;
          expect([x!.title, y!.title]).toEqual(['x', 'newest']);
        }),
    );
    expect((await stored(ids)).map((book) => book.title)).toEqual(['x', 'newest']);
  });

  it('refuses at the assignment what is no value of the field', async () => {
    const ids = await made({ title: 'a' });
    await library.registry.run(async (env) => {
      const [book] = await loaded(env, ids);
      expect(() => (book!.pages = 'many' as never)).toThrow(FieldValueError);
      expect(() => (book!.shelf = env.model(Card).browse(1) as never)).toThrow(FieldValueError);
      expect(book!.pages).toBe(1);
      expect(await statementsOf(env, () => env.flush())).toBe(0);
    });
  });

  it('adds the line of the assignment to the error of a flush', async () => {
    const ids = await made({ title: 'a' });
    const failed = await withHooks(
      {
        write: async () => {
          throw new ValidationError('not today');
        },
      },
      () =>
        library.registry
          .run(async (env) => {
            (await loaded(env, ids))[0]!.pages = 2;
          })
          .catch((error: unknown) => error),
    );
    expect((failed as Error).stack).toMatch(/assigned .*staging\.test\.ts/);
  });
});

describe('rule 6: an override may read this', () => {
  it.each(['assignment', 'write', 'unlink', 'list'] as const)(
    'loads the stored fields of records that were never loaded, for %s',
    async (how) => {
      const ids = await made({ title: 'a', pages: 2 }, { title: 'b', pages: 3 });
      const shelf = await library.registry.run(async (env) => (await env.model(Shelf).create({ name: 's' })).id);
      const seen: unknown[] = [];
      const look = async (books: Iterable<Book>): Promise<void> => {
        for (const book of books) seen.push([book.title, book.pages, book.label]);
      };
      await withHooks({ write: async (books) => look(books), unlink: async (books) => look(books) }, () =>
        library.registry.run(async (env) => {
          const books = env.model(Book).browse(ids);
          const texts = watchStatements(env);
          if (how === 'assignment') for (const book of books) book.remark = 'x';
          if (how === 'write') await books.write({ remark: 'x' });
          if (how === 'unlink') await books.unlink();
          if (how === 'list')
            await env
              .model(Shelf)
              .browse(shelf)
              .write({ books: { add: ids } });
          await env.flush();
          expect(seen).toEqual([
            ['a', 2, 'a@-#'],
            ['b', 3, 'b@-#'],
          ]);
          expect(
            texts.filter((text) => text.startsWith('SELECT') && text.includes('"l_book"')).length,
          ).toBeLessThanOrEqual(how === 'unlink' ? 2 : 3);
        }),
      );
    },
  );

  it('asks for nothing that is loaded, in one query for a set, and for nothing where no layer overrides', async () => {
    const ids = await made({ title: 'a' }, { title: 'b' }, { title: 'c' });
    const cards = await library.registry.run(
      async (env) => (await env.model(Card).create([{ name: 'a' }, { name: 'b' }])).ids,
    );
    await withHooks({ write: async (books) => void books.map((book) => [book.title, book.isbn]) }, () =>
      library.registry.run(async (env) => {
        await env.model(Book).browse(ids[0]!).load('title');
        const texts = watchStatements(env);
        await env.model(Book).browse(ids).write({ isbn: null, secret: 'x' });
        expect(texts.map((text) => text.slice(0, 6))).toEqual(['SELECT']);
        await env.flush();
        expect(texts.map((text) => text.slice(0, 6))).toEqual(['SELECT', 'UPDATE']);
        await env.model(Book).browse(ids).write({ secret: 'y' });
        await env.flush();
        expect(texts.map((text) => text.slice(0, 6))).toEqual(['SELECT', 'UPDATE', 'UPDATE']);
        texts.length = 0;
        await env.model(Card).browse(cards).write({ rank: 1 });
        for (const card of env.model(Card).browse(cards)) card.code = `k${card.id}`;
        await env.flush();
        await env.model(Card).browse(cards).unlink();
        await env.flush();
        expect(texts.map((text) => text.slice(0, 6))).toEqual(['UPDATE', 'DELETE']);
      }),
    );
  });

  it('calls an override for the empty set, and sends nothing', async () => {
    let calls = 0;
    await withHooks({ write: async () => void calls++, unlink: async () => void calls++ }, () =>
      library.registry.run(async (env) => {
        await env.model(Book).write({ title: 'x' });
        await env.model(Book).browse([]).unlink();
        expect(env.cursor.stats().statements).toBe(0);
      }),
    );
    expect(calls).toBe(2);
  });
});

describe('rule 7: what a failed flush did not write stays staged', () => {
  it('cannot commit half of what a caught error left', async () => {
    const ids = await made({ title: 'a' }, { title: 'b' }, { title: 'c' });
    await withHooks(
      {
        write: async (_books, values) => {
          if (values.title === 'B' && values.remark === undefined) throw new ValidationError('B needs a remark');
        },
      },
      async () => {
        await library.registry.run(async (env) => {
          const [a, b, c] = await loaded(env, ids);
          a!.title = 'A';
          b!.title = 'B';
          c!.title = 'C';
          await expect(env.flush()).rejects.toThrow('B needs a remark');
          expect([a!.title, b!.title, c!.title]).toEqual(['A', 'B', 'C']);
          b!.remark = 'here';
        });
        await expect(
          library.registry.run(async (env) => {
            const [a, b] = await loaded(env, ids);
            a!.pages = 50;
            b!.title = 'b';
            await env.flush();
            b!.title = 'B';
            await env.flush().catch(() => undefined);
          }),
        ).rejects.toThrow('B needs a remark');
      },
    );
    expect((await stored(ids)).map((book) => [book.title, book.remark, book.pages])).toEqual([
      ['A', null, 1],
      ['B', 'here', 1],
      ['C', null, 1],
    ]);
  });

  it('keeps every change when one record lacks a required value', async () => {
    const ids = await library.registry.run(
      async (env) => (await env.model(Card).create([{ name: 'a' }, { name: 'b' }, { name: 'c' }])).ids,
    );
    const book = await made({ title: 'book' });
    await library.registry.run(async (env) => {
      const [a, b, c] = [...(await env.model(Card).search([['id', 'in', ids]]))];
      const [other] = await loaded(env, book);
      other!.title = 'BOOK';
      a!.rank = 1;
      await b!.write({ name: null as never, rank: 2 });
      c!.code = 'C';
      await expect(env.flush()).rejects.toThrow(ValidationError);
      b!.name = 'B';
    });
    await library.registry.run(async (env) => {
      const cards = await env.model(Card).search([['id', 'in', ids]]);
      expect(cards.map((card) => [card.name, card.rank, card.code])).toEqual([
        ['a', 1, null],
        ['B', 2, null],
        ['c', null, 'C'],
      ]);
    });
    expect((await stored(book))[0]!.title).toBe('BOOK');
  });

  it('checks again what a check refused, at the next flush and at the commit', async () => {
    const ids = await made({ title: 'thick' });
    await expect(
      library.registry.run(async (env) => {
        const [book] = await loaded(env, ids);
        book!.pages = 20_000;
        await expect(env.flush()).rejects.toThrow('thick is too thick');
      }),
    ).rejects.toThrow('thick is too thick');
    await library.registry.run(async (env) => {
      const [book] = await loaded(env, ids);
      book!.pages = 20_000;
      await env.flush().catch(() => undefined);
      book!.pages = 20;
    });
    expect((await stored(ids))[0]!.pages).toBe(20);
  });

  it('says so when fewer rows were written than there are records', async () => {
    const ids = await made({ title: 'a' }, { title: 'b' });
    await expect(
      library.registry.run(async (env) => {
        await env.model(Card).browse([4_000_000, 4_000_001]).write({ rank: 1 });
      }),
    ).rejects.toMatchObject({ code: 'MISSING', model: 'l.card', ids: [4_000_000, 4_000_001] });
    await expect(
      library.registry.run(async (env) => {
        env.model(Book).browse(4_000_000).title = 'x';
        env.model(Book).browse(ids[0]!).title = 'x';
      }),
    ).rejects.toBeInstanceOf(MissingError);
    await library.registry.run(async (env) => {
      const [a] = await loaded(env, ids.slice(0, 1));
      await env.cursor.execute('DELETE FROM l_book WHERE id = $1', [ids[1]]);
      const b = env.model(Book).browse(ids[1]!);
      expect(await statementsOf(env, () => b.load('title'))).toBe(1);
      expect(() => b.title).toThrow(MissingError);
      expect(a!.title).toBe('a');
    });
  });

  it('keeps what is staged or dirty when clean values are forgotten', async () => {
    const ids = await made({ title: 'a', pages: 2 });
    await library.registry.run(async (env) => {
      const [book] = await loaded(env, ids);
      book!.title = 'staged';
      await book!.write({ remark: 'dirty' });
      book!.pages = 5;
      env.invalidate();
      expect([book!.pages, book!.remark, book!.title]).toEqual([5, 'dirty', 'staged']);
      expect(() => book!.isbn).toThrow(FieldNotLoadedError);
      env.cache.invalidate([[env.registry.fields.get('l.book')!.get('pages')!, null]]);
      expect(book!.pages).toBe(5);
    });
    expect((await stored(ids)).map((book) => [book.title, book.remark, book.pages, book.label])).toEqual([
      ['staged', 'dirty', 5, 'staged@-#'],
    ]);
  });

  it('writes everything pending before SQL of the application', async () => {
    const ids = await made({ title: 'a' });
    await library.registry.run(async (env) => {
      const [book] = await loaded(env, ids);
      const subject = await env.model(Subject).create({ name: 'x' });
      book!.title = 'A';
      book!.subjects = [subject.id] as never;
      const rows = await env.cursor.execute(
        'SELECT b.title, b.label, (SELECT count(*)::int FROM l_book_l_subject_rel) AS links FROM l_book b WHERE b.id = $1',
        [ids[0]],
      );
      expect(rows).toEqual([{ title: 'A', label: 'A@-#x', links: 1 }]);
    });
  });

  it('does not carry lines twice when the flush that created them failed later on', async () => {
    const shelves = await library.registry.run(
      async (env) => (await env.model(Shelf).create([{ name: 'p' }, { name: 'q' }])).ids,
    );
    await library.registry.run(async (env) => {
      const [p, q] = [...(await env.model(Shelf).search([['id', 'in', shelves]]))];
      p!.books = { create: [{ title: 'once' }] } as never;
      q!.books = { create: [{ title: null as never }] } as never;
      await expect(env.flush()).rejects.toThrow('required');
      q!.books = { create: [{ title: 'twice' }] } as never;
      await env.flush();
      await p!.load('books');
      await q!.load('books');
      expect([p!.books.map((book) => book.title), q!.books.map((book) => book.title)]).toEqual([['once'], ['twice']]);
    });
  });
});

describe('computed and implicit fields', () => {
  it('cannot be assigned', async () => {
    const ids = await made({ title: 'a' });
    await library.registry.run(async (env) => {
      const [book] = await loaded(env, ids);
      expect(() => ((book as { label: unknown }).label = 'x')).toThrow(FieldValueError);
      await expect(book!.write({ label: 'x' })).rejects.toThrow(FieldValueError);
      await expect(book!.write({ id: 3 } as never)).rejects.toThrow(UsageError);
      await aTurn();
    });
  });
});
