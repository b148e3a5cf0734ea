import { describe, expect, it } from 'vitest';
import { ValidationError, type Environment } from '../../lib/core.js';
import { aTurn, useLibrary } from '../support/library.js';
import { Book, Room, Shelf, Subject, withHooks } from '../support/library-models.js';

const library = useLibrary('hostile');

/** Numbers that are the same in every run, and look like chance. */
function chance(seed: number): (below: number) => number {
  let state = seed;
  return (below) => {
    state = (state * 1_103_515_245 + 12_345) % 2_147_483_648;
    return Math.floor((state / 2_147_483_648) * below);
  };
}

/** Compares what is kept in columns with what it should be, computed by SQL from the tables alone. */
async function differences(env: Environment): Promise<unknown[]> {
  const shelves = await env.cursor.execute(`
    SELECT 'shelf' AS kind, s.id, s.pages, s.weight, s.heaviest, t.pages AS right_pages, t.heaviest AS right_heaviest
    FROM l_shelf s, LATERAL (
      SELECT coalesce(sum(coalesce(pages, 0)), 0)::int AS pages, coalesce(max(coalesce(pages, 0)), 0)::int * 2 AS heaviest
      FROM l_book b WHERE b.shelf_id = s.id AND b.active) t
    WHERE s.pages IS DISTINCT FROM t.pages OR s.weight IS DISTINCT FROM t.pages * 2 OR s.heaviest IS DISTINCT FROM t.heaviest`);
  const rooms = await env.cursor.execute(`
    SELECT 'room' AS kind, r.id, r.pages FROM l_room r
    WHERE r.pages IS DISTINCT FROM (SELECT coalesce(sum(pages), 0)::int FROM l_shelf s WHERE s.room_id = r.id)`);
  const books = await env.cursor.execute(`
    SELECT 'book' AS kind, b.id, b.label, t.label AS right_label FROM l_book b, LATERAL (
      SELECT b.title || '@' || coalesce((SELECT name FROM l_shelf s WHERE s.id = b.shelf_id), '-') || '#' ||
        coalesce((SELECT string_agg(x.name, '+' ORDER BY x.name COLLATE "C") FROM l_subject x
          JOIN l_book_l_subject_rel l ON l.l_subject_id = x.id WHERE l.l_book_id = b.id AND x.active), '') AS label) t
    WHERE b.label IS DISTINCT FROM t.label`);
  return [...shelves, ...rooms, ...books];
}

/** One random deed; those that fail are meant to. */
async function deed(env: Environment, below: (limit: number) => number): Promise<void> {
  const pick = async <M>(model: {
    search(domain: never[], options: object): Promise<Iterable<M>>;
  }): Promise<M | undefined> => {
    const all = [...(await model.search([] as never[], { order: 'id', limit: 30 }))];
    return all[below(all.length || 1)];
  };
  const books = env.model(Book).withContext(below(2) === 0 ? {} : { activeTest: false });
  const book = await pick(books as never as { search(d: never[], o: object): Promise<Iterable<Book>> });
  const shelf = await pick(env.model(Shelf) as never as { search(d: never[], o: object): Promise<Iterable<Shelf>> });
  const subject = await pick(
    env.model(Subject) as never as { search(d: never[], o: object): Promise<Iterable<Subject>> },
  );
  if (shelf === undefined || subject === undefined) return;
  const title = `t${below(1_000)}`;
  const kind = below(22);
  if (kind === 0)
    await env.model(Book).create([
      { title, shelf },
      { title, pages: below(9) },
    ]);
  else if (kind === 1) shelf.name = `s${below(1_000)}`;
  else if (kind === 2) subject.name = `x${below(1_000)}`;
  else if (kind === 3) await subject.write({ active: below(2) === 0 });
  else if (kind === 4) await shelf.write({ books: { create: [{ title, pages: below(50) }] } });
  else if (kind === 5) await shelf.load('books', 'titles');
  else if (kind === 6) await env.flush();
  else if (kind === 7) env.invalidate();
  else if (kind === 8)
    shelf.room =
      (await pick(env.model(Room) as never as { search(d: never[], o: object): Promise<Iterable<Room>> })) ?? null;
  else if (kind === 9)
    await env.savepoint(async () => {
      shelf.name = 'never';
      await subject.write({ name: 'never' });
      if (book !== undefined) await book.write({ pages: 999, shelf: null });
      if (below(2) === 0) await env.flush();
      if (below(2) === 0) throw new ValidationError('undone');
      shelf.name = title;
      await subject.write({ name: title });
    });
  else if (book === undefined) return;
  else if (kind === 10) book.pages = below(100);
  else if (kind === 11) await book.write({ pages: below(100) });
  else if (kind === 12) book.shelf = shelf;
  else if (kind === 13) await book.write({ shelf: below(3) === 0 ? null : shelf });
  else if (kind === 14) await book.write({ subjects: { add: [subject.id] } });
  else if (kind === 15) await subject.write({ books: { remove: [book.id] } });
  else if (kind === 16) book.active = below(2) === 0;
  else if (kind === 17 && below(3) === 0) await book.unlink();
  else if (kind === 18 && below(5) === 0) await shelf.unlink();
  else if (kind === 19) book.subjects = [subject.id] as never;
  else if (kind === 20) {
    await book.load('label', 'shelf.pages', 'subjects.books', 'shout');
    void [book.label, book.shelf?.pages, book.shout];
  } else if (kind === 21) {
    const found = await env.model(Shelf).search([['pages', '>', below(50)]], { load: ['books.label'] });
    void found.map((one) => one.pages);
  }
}

const isMeant = (error: unknown): boolean =>
  error instanceof Error && ['ValidationError', 'MissingError', 'FieldNotLoadedError'].includes(error.constructor.name);

async function furnish(): Promise<void> {
  await library.registry.run(async (env) => {
    await env.cursor.execute('TRUNCATE l_room, l_shelf, l_book, l_subject CASCADE');
    await env.model(Room).create([{ name: 'r1' }, { name: 'r2' }]);
    const shelves = await env.model(Shelf).create(Array.from({ length: 6 }, (_, n) => ({ name: `s${n}` })));
    const subjects = await env.model(Subject).create([{ name: 'a' }, { name: 'b' }, { name: 'c' }]);
    await env.model(Book).create(
      Array.from({ length: 12 }, (_, n) => ({
        title: `b${n}`,
        pages: n,
        shelf: shelves.ids[n % 6]!,
        subjects: [subjects.ids[n % 3]!],
      })),
    );
  });
}

describe('whatever is done, in whatever order', () => {
  it.each([1, 2, 3, 4, 5, 6])('what is kept is what it should be, one deed after the other (%i)', async (seed) => {
    await furnish();
    const below = chance(seed);
    for (let unit = 0; unit < 6; unit++) {
      await library.registry.run(async (env) => {
        for (let n = 0; n < 15; n++) {
          await deed(env, below).catch((error: unknown) => {
            if (!isMeant(error)) throw error;
          });
        }
      });
      await library.registry.run(async (env) => expect(await differences(env)).toEqual([]));
    }
  });

  it.each([11, 12, 13, 14, 15, 16])('what is kept is what it should be, many deeds at once (%i)', async (seed) => {
    await furnish();
    const below = chance(seed);
    for (let unit = 0; unit < 6; unit++) {
      const outcome = await library.registry
        .run(async (env) => {
          for (let round = 0; round < 4; round++) {
            const done = await Promise.allSettled(Array.from({ length: 6 }, () => deed(env, below)));
            for (const each of done) if (each.status === 'rejected' && !isMeant(each.reason)) throw each.reason;
          }
        })
        .catch((error: unknown) => error);
      // A check or a deleted record may refuse the whole unit, which must then have left nothing.
      if (outcome !== undefined && !isMeant(outcome)) throw outcome;
      await library.registry.run(async (env) => expect(await differences(env)).toEqual([]));
    }
    expect(library.registry.pool.stats().borrowed).toBe(0);
  });

  it.each([21, 22, 23])('with overrides that write, search and create (%i)', async (seed) => {
    await furnish();
    const below = chance(seed);
    let depth = 0;
    await withHooks(
      {
        write: async (books, values) => {
          if (depth > 2 || below(3) > 0) return undefined;
          depth++;
          try {
            const { env } = books;
            await aTurn();
            if (below(2) === 0) await env.model(Shelf).search([['pages', '>', 3]], { limit: 2 });
            const other = await env.model(Book).search([], { limit: 1, order: 'id desc' });
            if (below(3) === 0) await other.write({ remark: `r${below(9)}` });
            if (below(4) === 0) await env.model(Book).create({ title: 'made in write', pages: 2 });
            if (below(4) === 0) for (const book of books) book.remark = 'staged in write';
            return below(4) === 0 ? { ...values, pages: 3 } : undefined;
          } finally {
            depth--;
          }
        },
        weigh: async () => aTurn(),
      },
      async () => {
        for (let unit = 0; unit < 6; unit++) {
          const outcome = await library.registry
            .run(async (env) => {
              for (let n = 0; n < 15; n++) {
                await deed(env, below).catch((error: unknown) => {
                  if (!isMeant(error)) throw error;
                });
              }
            })
            .catch((error: unknown) => error);
          if (outcome !== undefined && !isMeant(outcome)) throw outcome;
          await library.registry.run(async (env) => expect(await differences(env)).toEqual([]));
        }
      },
    );
  });
});
