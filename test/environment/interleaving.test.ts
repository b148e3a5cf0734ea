import { describe, expect, it } from 'vitest';
import {
  MissingError,
  RegistryError,
  TransactionEndedError,
  ValidationError,
  type Environment,
} from '../../lib/core.js';
import { aTurn, gate, statementsOf, useLibrary, watchStatements } from '../support/library.js';
import { Book, Card, Room, Shelf, Subject, withHooks } from '../support/library-models.js';

const library = useLibrary('interleaving');

/** Runs a unit of work whose first attempt ends in a conflict, after `first`. */
async function conflictOnce<T>(
  first: (env: Environment) => Promise<void>,
  second: (env: Environment) => Promise<T>,
): Promise<T> {
  let attempts = 0;
  return library.registry.run(async (env) => {
    attempts++;
    if (attempts > 1) return second(env);
    await first(env);
    await env.cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$");
    throw new Error('the conflict did not come');
  });
}

describe('rule 1: an older attempt of a retried unit cannot touch a newer one', () => {
  it('refuses whatever a straggler tries, and nothing of it is committed', async () => {
    const go = gate();
    const tried: Promise<PromiseSettledResult<unknown>[]>[] = [];
    const name = 'second attempt';
    await conflictOnce(
      async (env) => {
        const card = await env.model(Card).create({ name: 'first attempt' });
        const straggle = async (work: () => unknown): Promise<void> => {
          await go.passed;
          await work();
        };
        tried.push(
          Promise.allSettled([
            straggle(() => env.model(Card).create({ name: 'straggler' })),
            straggle(() => card.write({ name: 'straggler' })),
            straggle(() => (card.name = 'straggler')),
            straggle(() => env.model(Card).search([])),
            straggle(() => card.load('room')),
            straggle(() => card.unlink()),
            straggle(() => env.flush()),
            straggle(() => env.cursor.execute("INSERT INTO l_card (name) VALUES ('straggler')")),
            straggle(() => env.savepoint(async () => undefined)),
            straggle(() => env.transaction.beforeCommit(() => undefined)),
            straggle(() => env.transaction.afterCommit(() => undefined)),
            straggle(() => env.model(Card).searchCount([])),
            straggle(() => card.exists()),
          ]),
        );
      },
      async (env) => {
        await env.model(Card).create({ name });
        go.open();
        const results = await tried[0]!;
        expect(
          results.map((result) => (result.status === 'rejected' ? (result.reason as Error).name : 'went through')),
        ).toEqual(results.map(() => TransactionEndedError.name));
      },
    );
    await library.registry.run(async (env) => {
      expect((await env.model(Card).search([])).map((card) => card.name)).toEqual([name]);
    });
  });

  it('refuses a part of it that wants to join the newer one, which commits all the same', async () => {
    const go = gate();
    const tried: Promise<PromiseSettledResult<unknown>[]>[] = [];
    const { registry } = library;
    await conflictOnce(
      async (env) => {
        await env.model(Card).searchCount([]);
        const joinLate = async (): Promise<void> => {
          await go.passed;
          await registry.run((own) => own.model(Card).create({ name: 'join: older' }));
        };
        const endLate = (): Promise<void> =>
          registry.run(() => go.passed.then(() => Promise.reject(new Error('left over'))));
        tried.push(Promise.allSettled([joinLate(), endLate()]));
      },
      async (env) => {
        await env.model(Card).create({ name: 'join: newer' });
        go.open();
        expect(await tried[0]).toMatchObject([
          { status: 'rejected', reason: { code: 'TRANSACTION_ENDED' } },
          { status: 'rejected', reason: { message: 'left over' } },
        ]);
      },
    );
    expect(
      await registry.run(async (env) =>
        (await env.model(Card).search([['name', 'like', 'join:']])).map((card) => card.name),
      ),
    ).toEqual(['join: newer']);
  });

  it('refuses what an afterRollback hook of it leaves behind; the hook itself opens units of its own', async () => {
    const go = gate();
    const tried: Promise<PromiseSettledResult<unknown>[]>[] = [];
    await conflictOnce(
      async (env) => {
        await env.model(Card).create({ name: 'hook: older' });
        env.transaction.afterRollback(async () => {
          await library.registry.run((own) => own.model(Card).create({ name: 'hook: its own' }));
          tried.push(Promise.allSettled([go.passed.then(() => env.model(Card).create({ name: 'hook: left behind' }))]));
        });
      },
      async (env) => {
        await env.model(Card).create({ name: 'hook: newer' });
        go.open();
        expect(await tried[0]).toMatchObject([{ status: 'rejected', reason: { code: 'TRANSACTION_ENDED' } }]);
      },
    );
    const names = await library.registry.run(async (env) =>
      (await env.model(Card).search([['name', 'like', 'hook:']])).map((card) => card.name),
    );
    expect(names.toSorted()).toEqual(['hook: its own', 'hook: newer']);
  });

  it('refuses what its hooks try, and what is tried by way of things it held on to', async () => {
    const go = gate();
    const tried: Promise<PromiseSettledResult<unknown>[]>[] = [];
    const straggle = (work: () => unknown): Promise<unknown> => go.passed.then(work);
    const names = ['of a hook', 'of another user', 'of a cursor'];
    await conflictOnce(
      async (env) => {
        const { cursor, transaction } = env;
        const user = env.withUser(7);
        const cards = user.model(Card);
        await cards.searchCount([]);
        env.transaction.afterRollback(async () => {
          const attempts = Promise.allSettled([
            env
              .model(Card)
              .create({ name: names[0]! })
              .then(() => env.flush()),
            env.model(Card).search([]),
            env.cursor.execute('INSERT INTO l_card (name) VALUES ($1)', [names[0]]),
            env.savepoint(async () => undefined),
          ]);
          tried.push(attempts);
          await attempts;
        });
        tried.push(
          Promise.allSettled([
            straggle(() => cards.create({ name: names[1]! })),
            straggle(() => cards.search([])),
            straggle(() => user.sudo().model(Card).browse(1).read('name')),
            straggle(() => user.flush()),
            straggle(() => transaction.beforeCommit(() => undefined)),
            straggle(() => transaction.afterCommit(() => undefined)),
            straggle(() => cursor.execute('INSERT INTO l_card (name) VALUES ($1)', [names[2]])),
            straggle(() => cursor.savepoint(async () => undefined)),
            straggle(() => cursor.commit()),
          ]),
        );
        // Undoing what was undone is nothing, and is nothing to the newer attempt.
        void straggle(() => cursor.rollback());
      },
      async (env) => {
        await env.model(Card).create({ name: 'of the second attempt' });
        go.open();
        const results = (await Promise.all(tried)).flat();
        expect(results).toHaveLength(13);
        expect(
          results.map((result) => (result.status === 'rejected' ? (result.reason as Error).name : 'went through')),
        ).toEqual(results.map(() => TransactionEndedError.name));
      },
    );
    await library.registry.run(async (env) => {
      expect(await env.model(Card).searchCount([['name', 'in', names]])).toBe(0);
      expect(await env.model(Card).searchCount([['name', '=', 'of the second attempt']])).toBe(1);
    });
  });

  it('keeps what a flush of the older attempt was about out of the newer one', async () => {
    const go = gate();
    const entered = gate();
    let flushing: Promise<unknown> = Promise.resolve();
    const id = await library.registry.run(async (env) => (await env.model(Book).create({ title: 'kept' })).id);
    await withHooks(
      {
        write: async (_books, values) => {
          if (values.title !== 'of the first attempt') return;
          entered.open();
          await go.passed;
        },
      },
      () =>
        conflictOnce(
          async (env) => {
            const book = (await env.model(Book).search([['id', '=', id]])).one();
            book.title = 'of the first attempt';
            flushing = env.flush().catch((error: unknown) => error);
            await entered.passed;
            // The flush is in the middle of an override: a conflict ends the attempt.
            throw Object.assign(await conflictError(env), {});
          },
          async (env) => {
            go.open();
            expect(await flushing).toBeInstanceOf(TransactionEndedError);
            await env.model(Book).browse(id).load('title');
          },
        ),
    );
    await library.registry.run(async (env) => {
      expect((await env.model(Book).search([['id', '=', id]])).one().title).toBe('kept');
    });
  });

  it('runs the hooks of the attempt that committed, once', async () => {
    const ran: string[] = [];
    await conflictOnce(
      async (env) => {
        env.transaction.beforeCommit(() => ran.push('before of 1'));
        env.transaction.afterCommit(() => ran.push('after of 1'));
        env.transaction.afterRollback(() => ran.push('rollback of 1'));
        await env.model(Card).searchCount([]);
      },
      async (env) => {
        env.transaction.beforeCommit(() => ran.push('before of 2'));
        env.transaction.afterCommit(() => ran.push('after of 2'));
        env.transaction.afterRollback(() => ran.push('rollback of 2'));
        await env.model(Card).searchCount([]);
      },
    );
    expect(ran).toEqual(['rollback of 1', 'before of 2', 'after of 2']);
  });

  it('starts afresh: values, staged values and computations of the first attempt are gone', async () => {
    const id = await library.registry.run(async (env) => (await env.model(Book).create({ title: 'old', pages: 1 })).id);
    let held: Book | undefined;
    await conflictOnce(
      async (env) => {
        held = (await env.model(Book).search([['id', '=', id]])).one();
        held.title = 'never';
        await env.flush();
        held.pages = 99;
        expect(held.doubled).toBe(198);
      },
      async (env) => {
        expect(() => held!.title).toThrow('not loaded');
        expect(() => held!.pages).toThrow('not loaded');
        expect(() => held!.doubled).toThrow('not loaded');
        await held!.load('title', 'doubled');
        expect([held!.title, held!.pages, held!.doubled]).toEqual(['old', 1, 2]);
        expect(env.model(Book).browse(id)).toBe(held);
      },
    );
  });
});

async function conflictError(env: Environment): Promise<Error> {
  // From a transaction of its own, so that the one under way is not the one that failed.
  return library.registry
    .run({ propagation: 'new', retry: false }, async (other) => {
      expect(other).not.toBe(env);
      await other.cursor.execute("DO $$ BEGIN RAISE EXCEPTION 'conflict' USING ERRCODE = '40001'; END $$");
    })
    .then(
      () => new Error('no conflict'),
      (error: unknown) => error as Error,
    );
}

describe('what nobody awaits', () => {
  it('is refused when the end of its unit overtakes a write, not lost', async () => {
    const id = await library.registry.run(async (env) => (await env.model(Card).create({ name: 'before' })).id);
    const overtaken = await library.registry.run(async (env) => {
      const [card] = await env.model(Card).search([['id', '=', id]]);
      return [card!.write({ name: 'after' }).catch((error: unknown) => error)];
    });
    expect(await overtaken[0]).toBeInstanceOf(TransactionEndedError);
    await library.registry.run(async (env) => {
      const [card] = await env.model(Card).search([['id', '=', id]]);
      expect(card!.name).toBe('before');
    });
  });

  it('is a load that still gets its answer before the unit ends', async () => {
    const [load] = await library.registry.run(async (env) => {
      const books = await env.model(Book).search([]);
      return [books.load('subjects')];
    });
    await expect(load).resolves.toBeDefined();
  });
});

describe('rule 2: a savepoint undoes what its own body did, and that alone', () => {
  it('keeps statements from outside until it has ended', async () => {
    await library.registry.run(async (env) => {
      const inside = gate();
      const failing = env.savepoint(async () => {
        await env.model(Card).create({ name: 'inside' });
        inside.open();
        await aTurn();
        await aTurn();
        throw new Error('undone');
      });
      await inside.passed;
      const outside = env.model(Card).create({ name: 'outside' });
      await expect(failing).rejects.toThrow('undone');
      await outside;
      const names = await env.model(Card).search([['name', 'in', ['inside', 'outside']]]);
      expect(names.map((card) => card.name)).toEqual(['outside']);
    });
  });

  it.each(['staged', 'written'] as const)('does not undo what is %s outside meanwhile', async (how) => {
    const ids = await library.registry.run(
      async (env) => (await env.model(Book).create([{ title: 'a' }, { title: 'b' }, { title: 'c' }])).ids,
    );
    await library.registry.run(async (env) => {
      const [a, b, c] = [...(await env.model(Book).search([['id', 'in', ids]]))];
      const inside = gate();
      const go = gate();
      const failing = env.savepoint(async () => {
        a!.title = 'undone';
        await env.flush();
        inside.open();
        await go.passed;
        c!.pages = 7;
        await env.flush();
        throw new Error('undone');
      });
      await inside.passed;
      if (how === 'staged') {
        b!.title = 'kept';
        c!.title = 'kept';
      } else await Promise.all([b!.write({ title: 'kept' }), c!.write({ title: 'kept' })]);
      go.open();
      await expect(failing).rejects.toThrow('undone');
      expect([a!.title, b!.title, c!.title]).toEqual(['a', 'kept', 'kept']);
    });
    await library.registry.run(async (env) => {
      const books = await env.model(Book).search([['id', 'in', ids]]);
      expect(books.map((book) => [book.title, book.pages, book.label])).toEqual([
        ['a', 1, 'a@-#'],
        ['kept', 1, 'kept@-#'],
        ['kept', 1, 'kept@-#'],
      ]);
    });
  });

  it('keeps links and new computations that were made outside meanwhile', async () => {
    const ids = await library.registry.run(async (env) => {
      const subject = await env.model(Subject).create({ name: 'art' });
      const shelf = await env.model(Shelf).create({ name: 's' });
      const books = await env.model(Book).create([{ title: 'a' }, { title: 'b' }]);
      return { subject: subject.id, books: books.ids, shelf: shelf.id };
    });
    await library.registry.run(async (env) => {
      const books = await env.model(Book).search([['id', 'in', ids.books]], { load: ['subjects', 'shelf'] });
      const inside = gate();
      const go = gate();
      const failing = env.savepoint(async () => {
        books.at(0)!.pages = 3;
        await env.flush();
        inside.open();
        await go.passed;
        await env.flush();
        throw new Error('undone');
      });
      await inside.passed;
      const outside = books.at(1)!.write({ subjects: { add: [ids.subject] }, shelf: ids.shelf });
      await aTurn();
      go.open();
      await expect(failing).rejects.toThrow('undone');
      await outside;
    });
    await library.registry.run(async (env) => {
      const books = await env.model(Book).search([['id', 'in', ids.books]], { load: ['subjects', 'shelf.pages'] });
      expect(books.map((book) => [book.pages, book.label, book.subjects.ids, book.shelf?.pages])).toEqual([
        [1, 'a@-#', [], undefined],
        [1, 'b@s#art', [ids.subject], 1],
      ]);
    });
  });

  it('restores rows, staged values, dirty marks and the compute queue', async () => {
    const ids = await library.registry.run(async (env) => {
      const shelf = await env.model(Shelf).create({ name: 's', books: { create: [{ title: 'a', pages: 5 }] } });
      return { shelf: shelf.id, book: (await shelf.load('books')).one().books.ids[0]! };
    });
    await library.registry.run(async (env) => {
      const shelf = (await env.model(Shelf).search([['id', '=', ids.shelf]], { load: ['books.doubled'] })).one();
      const book = shelf.books.first()!;
      book.pages = 6;
      expect(shelf.pages).toBe(6);
      let held: Book | undefined;
      await expect(
        env.savepoint(async () => {
          book.pages = 7;
          held = await env.model(Book).create({ title: 'never', shelf, pages: 100 });
          expect(shelf.books.length).toBe(2);
          await env.flush();
          expect(shelf.pages).toBe(107);
          expect(held.label).toBe('never@s#');
          book.title = 'staged inside';
          throw new Error('undone');
        }),
      ).rejects.toThrow('undone');
      expect([book.pages, book.doubled, book.title, shelf.pages, shelf.books.length]).toEqual([6, 12, 'a', 6, 1]);
      expect(() => held!.title).toThrow(MissingError);
      expect(() => (held!.title = 'x')).toThrow(MissingError);
    });
    await library.registry.run(async (env) => {
      const shelf = (await env.model(Shelf).search([['id', '=', ids.shelf]], { load: ['books'] })).one();
      expect([shelf.pages, shelf.weight, shelf.books.map((book) => [book.title, book.pages])]).toEqual([
        6,
        12,
        [['a', 6]],
      ]);
    });
  });

  it('may be opened in an override that a flush calls, and be undone there', async () => {
    const ids = await library.registry.run(
      async (env) => (await env.model(Book).create([{ title: 'a' }, { title: 'b' }])).ids,
    );
    let depth = 0;
    await withHooks(
      {
        write: async (books, values) => {
          const { env } = books;
          if (depth > 0) return;
          depth++;
          await env
            .savepoint(async () => {
              await env.model(Card).create({ name: 'in the flush' });
              await env.model(Book).browse(ids[1]!).write({ remark: 'undone' });
              await env.flush();
              throw new Error('undone');
            })
            .catch(() => undefined);
          depth--;
          return { ...values, remark: 'kept' };
        },
      },
      () =>
        library.registry.run(async (env) => {
          const [a, b] = [...(await env.model(Book).search([['id', 'in', ids]]))];
          a!.title = 'A';
          b!.pages = 2;
          await env.flush();
          expect([a!.title, a!.remark, b!.pages, b!.remark]).toEqual(['A', 'kept', 2, 'kept']);
        }),
    );
    await library.registry.run(async (env) => {
      const books = await env.model(Book).search([['id', 'in', ids]]);
      expect(books.map((book) => [book.title, book.pages, book.remark])).toEqual([
        ['A', 1, 'kept'],
        ['b', 2, 'kept'],
      ]);
      expect(await env.model(Card).searchCount([['name', '=', 'in the flush']])).toBe(0);
    });
  });

  it('lets overlapping savepoints follow each other', async () => {
    await library.registry.run(async (env) => {
      const order: string[] = [];
      const part = (name: string, fails: boolean): Promise<unknown> =>
        env
          .savepoint(async () => {
            order.push(`${name} begins`);
            await env.model(Card).create({ name: `overlap ${name}` });
            await aTurn();
            order.push(`${name} ends`);
            if (fails) throw new Error(name);
          })
          .catch((error: unknown) => error);
      await Promise.all([part('a', false), part('b', true), part('c', false)]);
      expect(order).toEqual(['a begins', 'a ends', 'b begins', 'b ends', 'c begins', 'c ends']);
      const cards = await env.model(Card).search([['name', 'like', 'overlap']], { order: 'name' });
      expect(cards.map((card) => card.name)).toEqual(['overlap a', 'overlap c']);
    });
  });

  it('nests, an inner one undone alone', async () => {
    await library.registry.run(async (env) => {
      const card = await env.model(Card).create({ name: 'nested', rank: 0 });
      await env.savepoint(async () => {
        card.rank = 1;
        await env
          .savepoint(async () => {
            card.rank = 2;
            await env.savepoint(async () => {
              card.rank = 3;
            });
            expect(card.rank).toBe(3);
            throw new Error('undone');
          })
          .catch(() => undefined);
        expect(card.rank).toBe(1);
      });
      expect(card.rank).toBe(1);
      await env.flush();
      env.invalidate();
      await card.load('rank');
      expect(card.rank).toBe(1);
    });
  });

  it('makes a violation catchable, with what was loaded before still readable', async () => {
    await library.registry.run(async (env) => {
      const [a, b] = [
        ...(await env.model(Book).create([
          { title: 'a', isbn: 'r2-1' },
          { title: 'b', isbn: 'r2-2' },
        ])),
      ];
      await env.flush();
      await expect(
        env.savepoint(async () => {
          a!.title = 'changed';
          b!.isbn = 'r2-1';
        }),
      ).rejects.toThrow('Another book has that ISBN');
      expect([a!.title, a!.label, b!.isbn]).toEqual(['a', 'a@-#', 'r2-2']);
      b!.isbn = 'r2-3';
      await env.flush();
    });
  });

  it('never mixes loads of different savepoints', async () => {
    const ids = await library.registry.run(
      async (env) => (await env.model(Card).create([{ name: 'x' }, { name: 'y' }])).ids,
    );
    await library.registry.run(async (env) => {
      const [x, y] = ids.map((id) => env.model(Card).browse(id));
      const failing = env.savepoint(async () => {
        await Promise.all([x!.load('name'), env.cursor.execute('SELECT 1')]);
        throw new Error('undone');
      });
      const outside = y!.load('name');
      await expect(failing).rejects.toThrow('undone');
      await outside;
      expect(y!.name).toBe('y');
    });
  });

  it('sends nothing when nothing happened inside', async () => {
    await library.registry.run(async (env) => {
      const texts = watchStatements(env);
      await env.savepoint(async () => env.savepoint(async () => undefined));
      expect(texts).toEqual([]);
      expect(env.cursor.stats().roundTrips).toBe(0);
    });
  });
});

describe('statements asked for together', () => {
  it('travel in the order in which they were asked, in one write: a lock and what is read behind it', async () => {
    const { id } = await library.registry.run(async (env) => env.model(Card).create({ name: 'locked' }));
    await library.registry.run(async (env) => {
      const texts = watchStatements(env);
      const [, cards] = await Promise.all([
        env.cursor.execute('SELECT FROM l_card WHERE id = $1 FOR UPDATE', [id]),
        env.model(Card).search([['id', '=', id]]),
      ]);
      expect(cards.one().name).toBe('locked');
      expect(texts).toEqual([expect.stringContaining('FOR UPDATE'), expect.stringContaining('WHERE')]);
      expect(env.cursor.stats()).toMatchObject({ statements: 2, roundTrips: 1 });
    });
  });

  it('are a new record and the changes that were pending, in one write', async () => {
    const { id } = await library.registry.run(async (env) => env.model(Card).create({ name: 'old' }));
    await library.registry.run(async (env) => {
      const card = (await env.model(Card).search([['id', '=', id]])).one();
      card.name = 'changed';
      const before = env.cursor.stats().roundTrips;
      const [made] = await Promise.all([env.model(Card).create({ name: 'made' }), env.flush()]);
      expect(env.cursor.stats().roundTrips - before).toBe(1);
      expect(made.id).toBeGreaterThan(id);
    });
    expect(await library.registry.run(async (env) => (await env.model(Card).browse(id).load('name')).name)).toBe(
      'changed',
    );
  });
});

describe('rule 3: loads of one tick are one query', () => {
  it('joins loads of columns, of many2ones and of lists', async () => {
    const ids = await library.registry.run(async (env) => {
      const room = await env.model(Room).create({ name: 'r' });
      const shelves = await env.model(Shelf).create([1, 2, 3, 4].map((n) => ({ name: `s${n}`, room })));
      for (const shelf of shelves) await env.model(Book).create({ title: `b of ${shelf.name}`, shelf });
      return shelves.ids;
    });
    await library.registry.run(async (env) => {
      const records = ids.map((id) => env.model(Shelf).browse(id));
      expect(await statementsOf(env, () => Promise.all(records.map((shelf) => shelf.load('name'))))).toBe(1);
      expect(await statementsOf(env, () => Promise.all(records.map((shelf) => shelf.load('books', 'room'))))).toBe(2);
      expect(records.map((shelf) => [shelf.name, shelf.room?.name, shelf.books.first()?.title])).toEqual(
        [1, 2, 3, 4].map((n) => [`s${n}`, 'r', `b of s${n}`]),
      );
    });
  });

  it('joins many2manys and paths, and keeps apart what is of another model or environment', async () => {
    const ids = await library.registry.run(async (env) => {
      const subjects = await env.model(Subject).create([{ name: 'p' }, { name: 'q', active: false }]);
      const shelves = await env.model(Shelf).create([{ name: 's1' }, { name: 's2' }]);
      for (const [index, shelf] of [...shelves].entries()) {
        await env.model(Book).create([
          { title: `seen ${index}`, shelf, subjects: subjects.ids },
          { title: `archived ${index}`, shelf, active: false },
        ]);
      }
      return shelves.ids;
    });
    await library.registry.run(async (env) => {
      const all = env.withContext({ activeTest: false });
      const views = [env, all, env.withUser(7)];
      const shelves = views.flatMap((view) => ids.map((id) => view.model(Shelf).browse(id)));
      const statements = await statementsOf(env, () => Promise.all(shelves.map((shelf) => shelf.load('books'))));
      expect(statements).toBe(views.length);
      expect(shelves.map((shelf) => shelf.books.length)).toEqual([1, 1, 2, 2, 1, 1]);
      const books = shelves.slice(0, 4).flatMap((shelf) => [...shelf.books]);
      expect(await statementsOf(env, () => Promise.all(books.map((book) => book.load('subjects.name'))))).toBe(2);
      expect(books.map((book) => book.subjects.length)).toEqual([1, 1, 2, 0, 2, 0]);
    });
  });

  it('leaves out what is on its way already, and may try again after a failure', async () => {
    const ids = await library.registry.run(
      async (env) => (await env.model(Shelf).create([{ name: 'a' }, { name: 'b' }])).ids,
    );
    await library.registry.run(async (env) => {
      const shelves = env.model(Shelf).browse(ids);
      const first = shelves.load('books');
      await aTurn();
      expect(
        await statementsOf(env, () => Promise.all([first, shelves.load('books'), shelves.at(0)!.load('books')])),
      ).toBeLessThanOrEqual(1);
      expect(await statementsOf(env, () => shelves.load('books'))).toBe(0);
    });
    await library.registry.run(async (env) => {
      const shelves = env.model(Shelf).browse(ids);
      const failed = env.savepoint(async () => {
        const load = shelves.load('books');
        void env.cursor.execute('SELECT 1/0').catch(() => undefined);
        await load;
        await env.cursor.execute('SELECT 1');
      });
      await expect(failed).rejects.toThrow();
      await shelves.load('books');
      expect(shelves.map((shelf) => shelf.books.length)).toEqual([0, 0]);
    });
  });
});

describe('rule 4: of statements sent together those behind a failure report the first one', () => {
  it('names the first failure as the cause of the others, and nothing is left unhandled', async () => {
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    try {
      await library.registry
        .run(async (env) => {
          // Not awaited: the transaction is about to end, and nobody looks at these.
          void env.model(Card).create({ name: 'fine' });
          void env.cursor.execute('SELECT 1/0');
          const behind = await env
            .model(Card)
            .search([])
            .catch((error: unknown) => error);
          expect(String((behind as { cause?: unknown }).cause)).toContain('division by zero');
        })
        .catch(() => undefined);
      await aTurn();
      await aTurn();
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unhandled).toEqual([]);
    expect(library.registry.pool.stats().borrowed).toBe(0);
  });

  it.each([
    [
      'a SAVEPOINT behind it',
      'SELECT 1/0',
      (env: Environment) => env.savepoint(async () => env.model(Card).create({ name: 'behind a failure' })),
    ],
    ['a COMMIT behind it', 'SELECT 1/0', async () => undefined],
    ['a COMMIT that is refused', 'INSERT INTO r4 VALUES (1), (1)', async () => undefined],
    [
      'whatever a lost connection cuts off',
      'SELECT pg_terminate_backend(pg_backend_pid())',
      (env: Environment) => env.model(Card).create({ name: 'behind a failure' }),
    ],
  ] as const)('leaves nothing unhandled: %s', async (_what, text, work) => {
    await library.registry.run(
      async (env) =>
        void (await env.cursor.execute('CREATE TABLE IF NOT EXISTS r4 (n int UNIQUE DEFERRABLE INITIALLY DEFERRED)')),
    );
    const unhandled: unknown[] = [];
    const note = (error: unknown): void => void unhandled.push(error);
    process.on('unhandledRejection', note);
    try {
      const failure = await library.registry
        .run({ retry: false }, async (env) => {
          void env.cursor.execute(text);
          await work(env);
        })
        .then(
          () => 'committed',
          (error: unknown) => error,
        );
      expect(failure).toBeInstanceOf(RegistryError);
      for (let turn = 0; turn < 5; turn++) await aTurn();
    } finally {
      process.off('unhandledRejection', note);
    }
    expect(unhandled).toEqual([]);
    expect(library.registry.pool.stats().borrowed).toBe(0);
    expect(await library.registry.run((env) => env.model(Card).searchCount([['name', '=', 'behind a failure']]))).toBe(
      0,
    );
  });

  it('tells after a violation that the transaction is over, with the violation as the cause', async () => {
    await expect(
      library.registry.run(async (env) => {
        await env.model(Book).create({ title: 'one', isbn: 'r4' });
        const violation = await env
          .model(Book)
          .create({ title: 'two', isbn: 'r4' })
          .catch((error: unknown) => error);
        expect(violation).toBeInstanceOf(ValidationError);
        const next = await env
          .model(Book)
          .search([])
          .catch((error: unknown) => error);
        expect(next).toMatchObject({ code: 'TRANSACTION_ABORTED' });
      }),
    ).rejects.toMatchObject({ code: 'TRANSACTION_ABORTED' });
    expect(library.registry.pool.stats().borrowed).toBe(0);
  });
});
