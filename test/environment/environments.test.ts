import { inspect } from 'node:util';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { describe, expect, it } from 'vitest';
import {
  FieldNotLoadedError,
  TransactionEndedError,
  UnknownModelError,
  UsageError,
  type Environment,
} from '../../lib/core.js';
import { aTurn, statementsOf, useLibrary, watchStatements } from '../support/library.js';
import { Book, Card, Shelf, withHooks } from '../support/library-models.js';

const library = useLibrary('environments');

setFlagsFromString('--expose-gc');
const collect = runInNewContext('gc') as () => void;

/** Bytes of the heap that are in use when all that can go has gone; weak references go between turns. */
async function usedHeap(): Promise<number> {
  for (let turn = 0; turn < 3; turn++) {
    await aTurn();
    collect();
  }
  return process.memoryUsage().heapUsed;
}

describe('the identity of environments', () => {
  it('is that of user, privilege and context', async () => {
    await library.registry.run({ uid: 7, context: { lang: 'fr', companies: [1, 2] } }, async (env) => {
      expect(env.withUser(7)).toBe(env);
      expect(env.withContext({ companies: [1, 2], lang: 'fr' })).toBe(env);
      expect(env.withContext({})).toBe(env);
      expect(env.withContext({ companies: [2, 1] })).not.toBe(env);
      expect(env.withContext({ lang: undefined }).withContext({ lang: 'fr' })).toBe(env);
      expect(env.withContext({ filter: { a: 1 } })).not.toBe(env.withContext({ filter: [['a', 1]] }));
      expect(env.withContext({ filter: { a: 1, b: 2 } })).toBe(env.withContext({ filter: { b: 2, a: 1 } }));
      expect(env.withContext({ lang: undefined }).context).not.toHaveProperty('lang');
      expect(env.sudo()).not.toBe(env);
      expect(env.sudo().sudo()).toBe(env.sudo());
      expect([env.su, env.sudo().su, env.sudo().uid]).toEqual([false, true, 7]);
      expect(env.sudo().withUser(7)).toBe(env);
      expect(env.sudo().withUser(8).su).toBe(false);
      expect(env.withUser(1).su).toBe(true);
      expect(env.withUser(1).sudo()).toBe(env.withUser(1));
      expect(() => env.withUser(-1)).toThrow(UsageError);
      expect(() => env.withUser(1.5)).toThrow(UsageError);
      await aTurn();
    });
  });

  it('cannot be changed, nor the context', async () => {
    const companies = [1, 2];
    await library.registry.run({ uid: 7, context: { companies } }, async (env) => {
      expect(Object.isFrozen(env)).toBe(true);
      companies.push(3);
      expect(env.context['companies']).toEqual([1, 2]);
      expect(
        () => (env.context as { lang?: string }).lang === undefined && Object.assign(env.context, { lang: 'x' }),
      ).toThrow();
      expect(() => (env.context['companies'] as number[]).push(4)).toThrow();
      expect(() => env.withContext({ callback: () => 1 } as never)).toThrow(UsageError);
      await aTurn();
    });
  });

  it('is one for a cursor, too', async () => {
    await using cursor = library.registry.cursor();
    const env = library.registry.environment(cursor, { uid: 7, context: { lang: 'fr' } });
    expect(library.registry.environment(cursor, { context: { lang: 'fr' }, uid: 7 })).toBe(env);
    expect(env.cursor).toBe(cursor);
    await env.model(Card).create({ name: 'by cursor' });
    await cursor.rollback();
    expect(await env.model(Card).searchCount([['name', '=', 'by cursor']])).toBe(0);
  });

  it('answers the questions that frameworks ask of any object', async () => {
    const returned = await library.registry.run(async (env) => env);
    const asked = returned as unknown as Record<string, unknown>;
    for (const name of [
      'then',
      'toJSON',
      'onModuleInit',
      'onModuleDestroy',
      'inspect',
      'asymmetricMatch',
      '$$typeof',
    ]) {
      expect(asked[name]).toBeUndefined();
    }
    expect(inspect(returned)).toBe('Environment(uid 1, su)');
    expect(() => asked['l.bok']).toThrow(UnknownModelError);
    expect(() => asked['l.bok']).toThrow('l.book');
    expect(JSON.stringify({ env: returned })).toBeTypeOf('string');
  });

  it('leaves nothing behind of a hundred thousand contexts', { timeout: 60_000 }, async () => {
    await library.registry.run(async (env) => {
      const card = await env.model(Card).create({ name: 'a' });
      const before = await usedHeap();
      for (let n = 0; n < 100_000; n++) {
        const other = env.withContext({ number: n });
        if (n % 1_000 === 0) {
          expect(card.withEnv(other).name).toBe('a');
          // As a collector would that has enough to do: it looks through weak references now and then alone.
          if (n % 10_000 === 0) await usedHeap();
          else await aTurn();
        }
      }
      // Holding all of them takes more than three times as much.
      expect((await usedHeap()) - before).toBeLessThan(10_000_000);
    });
  });
});

describe('the cache of a transaction', () => {
  it('is one for all its environments', async () => {
    await library.registry.run(async (env) => {
      const card = await env.model(Card).create({ name: 'a' });
      const other = card.withUser(7);
      card.name = 'b';
      expect(other.name).toBe('b');
      other.rank = 3;
      expect(card.rank).toBe(3);
      expect(await statementsOf(env, () => other.load('name', 'rank'))).toBe(0);
      await env.flush();
      expect([card.updatedBy, (await card.exists()).length]).toEqual([7, 1]);
    });
  });

  it('forgets clean values of a field, and what was computed from them', async () => {
    await library.registry.run(async (env) => {
      const shelf = await env.model(Shelf).create({ name: 's', books: { create: [{ title: 'a', pages: 3 }] } });
      await env.flush();
      await shelf.load('books.doubled', 'titles');
      const book = shelf.books.one();
      expect([book.doubled, shelf.titles]).toEqual([6, 's: a ()']);
      await env.cursor.execute("UPDATE l_book SET pages = 5, title = 'b' WHERE id = $1", [book.id]);
      env.cache.invalidate([
        [env.registry.fields.get('l.book')!.get('pages')!, [book.id]],
        [env.registry.fields.get('l.book')!.get('title')!, null],
      ]);
      expect(() => book.pages).toThrow(FieldNotLoadedError);
      expect(() => book.doubled).toThrow(FieldNotLoadedError);
      expect(() => shelf.titles).toThrow(FieldNotLoadedError);
      expect(book.active).toBe(true);
      await shelf.load('titles', 'books.doubled');
      expect([book.doubled, shelf.titles]).toEqual([10, 's: b ()']);
    });
  });

  it('is never overwritten by a load under way', async () => {
    const id = await library.registry.run(async (env) => (await env.model(Card).create({ name: 'old', rank: 1 })).id);
    await library.registry.run(async (env) => {
      const card = env.model(Card).browse(id);
      const loading = card.load('name');
      await aTurn();
      card.name = 'assigned';
      await card.write({ rank: 2 });
      const flushing = env.flush();
      await Promise.all([loading, flushing]);
      expect([card.name, card.rank]).toEqual(['assigned', 2]);
      env.invalidate();
      await card.load('name');
      expect([card.name, card.rank]).toEqual(['assigned', 2]);
    });
  });

  it('costs nothing at the flush of a transaction that only read', async () => {
    await library.registry.run(async (env) => {
      await env.model(Book).search([], { load: ['shelf', 'subjects', 'doubled'] });
      expect(await statementsOf(env, () => env.flush())).toBe(0);
    });
  });
});

describe('the end of a transaction', () => {
  it.each(['committed', 'rolled back'] as const)(
    'leaves loaded values readable and refuses the rest (%s)',
    async (how) => {
      let held: Book | undefined;
      let env: Environment | undefined;
      await library.registry
        .run(async (inside) => {
          env = inside;
          held = await inside.model(Book).create({ title: 'held', pages: 2 });
          expect(held.label).toBe('held@-#');
          if (how === 'rolled back') throw new Error('undone');
        })
        .catch(() => undefined);
      if (how === 'committed') {
        expect([held!.title, held!.doubled, held!.label, held!.id > 0]).toEqual(['held', 4, 'held@-#', true]);
        expect(JSON.parse(JSON.stringify(held))).toMatchObject({ title: 'held', pages: 2 });
      } else expect(() => held!.title).toThrow(FieldNotLoadedError);
      expect(() => (held!.title = 'x')).toThrow(TransactionEndedError);
      expect(() => (held!.title = 'x')).toThrow(how);
      await expect(held!.load('summary')).rejects.toThrow(TransactionEndedError);
      await expect(held!.write({ title: 'x' })).rejects.toThrow(TransactionEndedError);
      await expect(held!.unlink()).rejects.toThrow(TransactionEndedError);
      await expect(env!.model(Book).search([])).rejects.toThrow(TransactionEndedError);
      await expect(env!.model(Book).create({ title: 'x' })).rejects.toThrow(TransactionEndedError);
      await expect(env!.flush()).rejects.toThrow(TransactionEndedError);
      await expect(env!.savepoint(async () => undefined)).rejects.toThrow(TransactionEndedError);
      await expect(env!.cursor.execute('SELECT 1')).rejects.toThrow(TransactionEndedError);
      expect(() => env!.transaction.afterCommit(() => undefined)).toThrow(TransactionEndedError);
      expect(library.registry.pool.stats().borrowed).toBe(0);
    },
  );
});

describe('hooks', () => {
  it('run around the commit in order, each once; they may write and add hooks', async () => {
    const ran: string[] = [];
    const id = await library.registry.run(async (env) => {
      const card = await env.model(Card).create({ name: 'hooked' });
      const texts = watchStatements(env);
      env.transaction.beforeCommit(async () => {
        ran.push('before 1');
        card.rank = 1;
        env.transaction.beforeCommit(() => {
          ran.push('before 3');
          card.code = 'late';
        });
      });
      env.transaction.beforeCommit(() => ran.push('before 2'));
      env.transaction.afterCommit(async () => {
        ran.push('after 1');
        expect(texts.length).toBeGreaterThan(0);
        await expect(card.load('room')).rejects.toThrow(TransactionEndedError);
        await library.registry.run(async (fresh) => {
          expect(fresh).not.toBe(env);
          expect((await fresh.model(Card).search([['id', '=', card.id]])).one().code).toBe('late');
        });
      });
      env.transaction.afterCommit(() => {
        throw new Error('reported, not thrown');
      });
      env.transaction.afterCommit(() => ran.push('after 2'));
      env.transaction.afterRollback(() => ran.push('never'));
      return card.id;
    });
    expect(ran).toEqual(['before 1', 'before 2', 'before 3', 'after 1', 'after 2']);
    await library.registry.run(async (env) => {
      const card = (await env.model(Card).search([['id', '=', id]])).one();
      expect([card.rank, card.code]).toEqual([1, 'late']);
    });
  });

  it('of a rolled back transaction run after the rollback only, and may open a unit of their own', async () => {
    const ran: string[] = [];
    for (const where of ['work', 'beforeCommit', 'flush'] as const) {
      await library.registry
        .run(async (env) => {
          const card = await env.model(Card).create({ name: `undone in ${where}` });
          env.transaction.afterCommit(() => ran.push('never'));
          env.transaction.afterRollback(async () => {
            const count = await library.registry.run((fresh) =>
              fresh.model(Card).searchCount([['name', '=', `undone in ${where}`]]),
            );
            ran.push(`${where}: ${count}`);
          });
          if (where === 'work') throw new Error('undone');
          if (where === 'flush') await card.write({ name: null as never });
          env.transaction.beforeCommit(() => {
            throw new Error('undone');
          });
        })
        .catch(() => undefined);
    }
    expect(ran).toEqual(['work: 0', 'beforeCommit: 0', 'flush: 0']);
    expect(library.registry.pool.stats().borrowed).toBe(0);
  });

  it('of a savepoint that was undone never run', async () => {
    const ran: string[] = [];
    await library.registry.run(async (env) => {
      await env
        .savepoint(async () => {
          env.transaction.beforeCommit(() => ran.push('never'));
          env.transaction.afterCommit(() => ran.push('never'));
          throw new Error('undone');
        })
        .catch(() => undefined);
      await env.savepoint(async () => {
        env.transaction.afterCommit(() => ran.push('of the savepoint'));
      });
    });
    expect(ran).toEqual(['of the savepoint']);
  });
});

describe('savepoints', () => {
  it('give results and errors through, and count a failing flush at their end as their error', async () => {
    await library.registry.run(async (env) => {
      expect(await env.savepoint(async () => 7)).toBe(7);
      const book = await env.model(Book).create({ title: 'a' });
      await env.flush();
      await expect(
        env.savepoint(async () => {
          book.pages = 20_000;
        }),
      ).rejects.toThrow('a is too thick');
      expect(book.pages).toBe(1);
      await expect(
        env.savepoint(async () => {
          await book.write({ title: null as never });
        }),
      ).rejects.toThrow('required');
      expect(book.title).toBe('a');
    });
  });

  it('flush what was pending before them outside themselves', async () => {
    await library.registry.run(async (env) => {
      const card = await env.model(Card).create({ name: 'outer', rank: 1 });
      card.rank = 2;
      await env
        .savepoint(async () => {
          card.rank = 3;
          await env.flush();
          throw new Error('undone');
        })
        .catch(() => undefined);
      expect(card.rank).toBe(2);
      env.invalidate();
      await card.load('rank');
      expect(card.rank).toBe(2);
    });
  });

  it('restore what a deletion inside them took', async () => {
    await library.registry.run(async (env) => {
      const shelf = await env.model(Shelf).create({
        name: 's',
        books: {
          create: [
            { title: 'a', pages: 3 },
            { title: 'b', pages: 4 },
          ],
        },
      });
      await env.flush();
      await shelf.load('books', 'pages');
      const [a] = [...shelf.books];
      await env
        .savepoint(async () => {
          await a!.unlink();
          expect(shelf.books.length).toBe(1);
          await shelf.load('pages');
          expect(shelf.pages).toBe(4);
          throw new Error('undone');
        })
        .catch(() => undefined);
      expect([a!.title, shelf.books.length, shelf.pages]).toEqual(['a', 2, 7]);
      a!.title = 'A';
      await env.flush();
      expect((await env.model(Book).search([['shelf', '=', shelf.id]])).map((book) => book.title)).toEqual(['A', 'b']);
    });
  });
});

describe('constraints', () => {
  it('name the message, the model and the field, and leave the others to say theirs', async () => {
    const isbn = 'constraint 1';
    await library.registry.run(async (env) => void (await env.model(Book).create({ title: 'a', isbn })));
    await expect(
      library.registry.run(async (env) => void (await env.model(Book).create({ title: 'b', isbn }))),
    ).rejects.toMatchObject({
      code: 'VALIDATION',
      message: 'Another book has that ISBN',
      model: 'l.book',
      field: 'isbn',
    });
    await expect(
      library.registry.run(async (env) => void (await env.model(Book).create({ title: 'b', pages: -1 }))),
    ).rejects.toMatchObject({ code: 'VALIDATION', message: 'A book has no fewer than 0 pages', model: 'l.book' });
    const missing = await library.registry.run(async (env) => {
      const error = await env
        .model(Book)
        .create({ remark: 'no title' } as never)
        .catch((caught: unknown) => caught);
      // Nothing was sent: the transaction is alive.
      await env.model(Book).searchCount([]);
      return error;
    });
    expect(missing).toMatchObject({ code: 'VALIDATION', model: 'l.book', field: 'title' });
    await expect(
      library.registry.run(async (env) => void (await env.model(Card).create({ name: 'x', room: 7_000_000 }))),
    ).rejects.toMatchObject({ code: 'VALIDATION', model: 'l.card', field: 'room' });
  });

  it('see the values that a flush ends with: two unique values may be swapped', async () => {
    await library.registry.run(async (env) => {
      const [a, b] = [
        ...(await env.model(Book).create([
          { title: 'a', isbn: 'swap 1' },
          { title: 'b', isbn: 'swap 2' },
        ])),
      ];
      await env.flush();
      [a!.isbn, b!.isbn] = [b!.isbn, a!.isbn];
      await env.flush();
      expect([a!.isbn, b!.isbn]).toEqual(['swap 2', 'swap 1']);
    });
  });

  it('run once for each changed record, with paths loaded, also when the far side changes', async () => {
    const ids = await library.registry.run(async (env) => {
      const shelf = await env
        .model(Shelf)
        .create({ name: 'fine', books: { create: [{ title: 'x' }, { title: 'antidote' }, { title: 'y' }] } });
      return { shelf: shelf.id };
    });
    const error = await library.registry
      .run(async (env) => {
        env.model(Shelf).browse(ids.shelf).name = 'poison';
      })
      .catch((caught: unknown) => caught);
    expect(error).toMatchObject({ code: 'VALIDATION', model: 'l.book' });
    expect((error as Error).message).toContain('x is poisoned');
    expect((error as Error).message).toContain('y is poisoned');
    let checked = 0;
    await withHooks({ check: () => void checked++ }, () =>
      library.registry.run(async (env) => {
        const books = await env.model(Book).search([['shelf', '=', ids.shelf]]);
        for (const book of books) {
          book.pages = 5;
          book.pages = 6;
        }
        await env.flush();
        books.first()!.remark = 'not checked';
      }),
    );
    expect(checked).toBe(3);
  });

  it('may write and search, and what they write is checked', async () => {
    await withHooks(
      {
        check: async (book) => {
          await book.env.model(Book).searchCount([['pages', '>', 1]]);
          if ((book.pages ?? 0) > 5) await book.write({ pages: 5, remark: 'cut' });
        },
      },
      () =>
        library.registry.run(async (env) => {
          const book = await env.model(Book).create({ title: 'long', pages: 50 });
          await env.flush();
          expect([book.pages, book.remark]).toEqual([5, 'cut']);
        }),
    );
  });
});
