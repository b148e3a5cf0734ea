import { describe, expect, it } from 'vitest';
import {
  BaseModel,
  Depends,
  FieldNotLoadedError,
  FieldValueError,
  Model,
  UsageError,
  fields,
  type Environment,
  type Many,
  type Values,
} from '../../lib/core.js';
import { aTurn, gate, statementsOf, useLibrary, watchStatements } from '../support/library.js';
import { Book, Card, Room, Shelf, Subject, computedAs, libraryModels, withHooks } from '../support/library-models.js';

/** What `Bill.split` does before it assigns, and the values with which `write` was called. */
const bills: { before: (() => void | Promise<void>) | null; readonly written: unknown[] } = {
  before: null,
  written: [],
};

/** Two stored fields of one method, and getters that assign. */
@Model('l.bill', { order: 'id' })
class Bill extends BaseModel<Bill> {
  @fields.Integer({ required: true }) amount!: number;
  @fields.Char() note!: string | null;
  @fields.Integer({ store: true, compute: 'split' }) net!: number | null;
  @fields.Integer({ store: true, compute: 'split' }) tax!: number | null;

  @fields.Char()
  @Depends('amount')
  get assigning(): string {
    this.note = 'assigned';
    return 'x';
  }

  @fields.Char()
  @Depends('amount', 'net')
  get assigningComputed(): string {
    this.net = 7;
    return 'x';
  }

  @fields.Char()
  @Depends('assigning')
  get reading(): string {
    return `${this.assigning}!`;
  }

  @fields.Char()
  @Depends('net', 'tax')
  get shown(): string {
    return `${this.net} + ${this.tax}`;
  }

  @Depends('amount')
  async split(this: Many<Bill>): Promise<void> {
    for (const bill of this) bill.net = Math.round(bill.amount * 0.8);
    await bills.before?.();
    for (const bill of this) bill.tax = bill.amount - bill.net!;
  }

  override async write(values: Values<Bill>): Promise<void> {
    bills.written.push(values);
    await super.write(values);
  }
}

const library = useLibrary('computation', { models: [...libraryModels, Bill] });

interface Furnished {
  readonly room: number;
  readonly shelves: readonly number[];
  readonly books: readonly number[];
}

/** A room of two shelves, two books of 10 and 20 pages on the first and one of 40 on the second. */
async function furnished(): Promise<Furnished> {
  return library.registry.run(async (env) => {
    const room = await env.model(Room).create({ name: 'room' });
    const shelves = await env.model(Shelf).create([
      {
        name: 'p',
        room,
        books: {
          create: [
            { title: 'a', pages: 10 },
            { title: 'b', pages: 20 },
          ],
        },
      },
      { name: 'q', room, books: { create: [{ title: 'c', pages: 40 }] } },
    ]);
    await shelves.load('books');
    return { room: room.id, shelves: shelves.ids, books: shelves.mapped('books').ids };
  });
}

async function totals({ room, shelves }: Furnished): Promise<unknown> {
  return library.registry.run(async (env) => {
    const found = await env.model(Shelf).search([['id', 'in', shelves]]);
    const [stored] = await env.model(Room).search([['id', '=', room]]);
    return [stored?.pages, found.map((shelf) => [shelf.pages, shelf.weight, shelf.heaviest])];
  });
}

async function shelvesOf(env: Environment, { shelves }: Furnished, ...load: string[]): Promise<Shelf[]> {
  return [...(await env.model(Shelf).search([['id', 'in', shelves]], { load: load as never[] }))];
}

describe('rule 8: a computed value is never stale', () => {
  it('throws, naming the computed field, where an input was touched and not all are loaded', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const [p] = await shelvesOf(env, data);
      const [a] = [...(await env.model(Book).search([['id', '=', data.books[0]!]]))];
      a!.pages = 11;
      const error = await Promise.resolve()
        .then(() => p!.pages)
        .catch((caught: unknown) => caught);
      expect(error).toBeInstanceOf(FieldNotLoadedError);
      expect(error).toMatchObject({ model: 'l.shelf', field: 'pages', ids: [data.shelves[0]] });
      expect((error as FieldNotLoadedError).hint).toContain("load('pages')");
      await p!.load('pages');
      expect(p!.pages).toBe(31);
    });
  });

  it('throws for a stored value whose batch method waits, until load or flush', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const [p, q] = await shelvesOf(env, data, 'books');
      p!.books.first()!.pages = 11;
      expect(() => p!.weight).toThrow(FieldNotLoadedError);
      expect(q!.weight).toBe(80);
      await p!.load('weight');
      expect([p!.weight, p!.heaviest]).toEqual([62, 40]);
      p!.books.first()!.pages = 30;
      await env.flush();
      expect([p!.weight, p!.heaviest]).toEqual([100, 60]);
    });
    expect(await totals(data)).toEqual([
      90,
      [
        [50, 100, 60],
        [40, 80, 80],
      ],
    ]);
  });

  it('is not read stale from a search either, whose rows the cache did not know', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const shelf = env.model(Shelf).browse(data.shelves[0]!);
      await shelf.write({ name: 'renamed' });
      const books = await env.model(Book).search([['id', 'in', data.books]]);
      for (const [index, book] of [...books].entries()) {
        const label = await Promise.resolve()
          .then(() => book.label)
          .catch((error: unknown) => (error as Error).constructor.name);
        expect(['FieldNotLoadedError', index < 2 ? `${book.title}@renamed#` : 'c@q#']).toContain(label);
      }
      await books.load('label');
      expect(books.map((book) => book.label)).toEqual(['a@renamed#', 'b@renamed#', 'c@q#']);
    });
  });

  it('is not read stale from a list either', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      await env.model(Shelf).browse(data.shelves[0]!).write({ name: 'renamed' });
      const subject = await env.model(Subject).create({ name: 's', books: { add: [...data.books] } });
      await env.flush();
      subject.name = 'S';
      await env.model(Shelf).browse(data.shelves[1]!).write({ name: 'again' });
      const shelves = env.model(Shelf).browse(data.shelves);
      await shelves.load('books');
      await shelves.load('books.label');
      expect(shelves.mapped('books').map((book) => book.label)).toEqual(['a@renamed#S', 'b@renamed#S', 'c@again#S']);
    });
  });

  it('marks the dependents of a field that was stale already', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const [a] = [
        ...(await env.model(Book).search([['id', '=', data.books[0]!]], { load: ['shelf', 'subjects', 'shout'] })),
      ];
      a!.title = 'x';
      a!.title = 'y';
      expect(a!.shout).toBe('Y@P#');
      a!.title = 'z';
      expect(a!.shout).toBe('Z@P#');
      a!.shelf!.name = 'pp';
      expect([a!.label, a!.shout]).toEqual(['z@pp#', 'Z@PP#']);
      a!.subjects = [] as never;
      expect(a!.shout).toBe('Z@PP#');
    });
  });

  it('fills the fields of one method together', async () => {
    const data = await furnished();
    let calls = 0;
    await withHooks({ weigh: async () => void calls++ }, () =>
      library.registry.run(async (env) => {
        const [p, q] = await shelvesOf(env, data, 'books');
        p!.books.first()!.pages = 1;
        q!.books.first()!.pages = 2;
        await env.flush();
        expect([p!.weight, p!.heaviest, q!.weight, q!.heaviest]).toEqual([42, 40, 4, 4]);
      }),
    );
    expect(calls).toBe(1);
  });

  it('takes in what changed while an asynchronous batch computation ran', async () => {
    const data = await furnished();
    const entered = gate();
    const go = gate();
    await withHooks(
      {
        weigh: async () => {
          entered.open();
          await go.passed;
        },
      },
      () =>
        library.registry.run(async (env) => {
          const [p] = await shelvesOf(env, data, 'books');
          p!.books.first()!.pages = 1;
          const flushing = env.flush();
          await entered.passed;
          p!.books.first()!.pages = 100;
          go.open();
          await flushing;
        }),
    );
    expect(await totals(data)).toEqual([
      160,
      [
        [120, 240, 200],
        [40, 80, 80],
      ],
    ]);
  });

  it('takes in what was written while an asynchronous batch computation ran', async () => {
    const data = await furnished();
    const entered = gate();
    const go = gate();
    await withHooks(
      {
        weigh: async () => {
          entered.open();
          await go.passed;
        },
      },
      () =>
        library.registry.run(async (env) => {
          const [p] = await shelvesOf(env, data, 'books');
          const [a, b] = [...p!.books];
          await a!.write({ pages: 1 });
          const flushing = env.flush();
          await entered.passed;
          await b!.write({ pages: 200 });
          go.open();
          await flushing;
          await p!.load('weight');
          expect([p!.pages, p!.weight, p!.heaviest]).toEqual([201, 402, 400]);
        }),
    );
    expect(await totals(data)).toEqual([
      241,
      [
        [201, 402, 400],
        [40, 80, 80],
      ],
    ]);
  });

  it('leaves out a line whose deletion is under way', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const [p] = await shelvesOf(env, data, 'books');
      const deleting = p!.books.first()!.unlink();
      for (let turn = 0; turn < 3; turn++) {
        await aTurn();
        await p!.load('pages');
      }
      await Promise.all([deleting, env.flush()]);
      await p!.load('pages');
      expect(p!.pages).toBe(20);
    });
    expect(await totals(data)).toEqual([
      60,
      [
        [20, 40, 40],
        [40, 80, 80],
      ],
    ]);
  });

  it('stays to be computed when the computation failed', async () => {
    const data = await furnished();
    let fails = true;
    await withHooks(
      {
        weigh: async () => {
          if (fails) throw new Error('scales are broken');
        },
      },
      () =>
        library.registry.run(async (env) => {
          const [p] = await shelvesOf(env, data, 'books');
          p!.books.first()!.pages = 1;
          await expect(env.flush()).rejects.toThrow('scales are broken');
          fails = false;
        }),
    );
    expect(await totals(data)).toEqual([
      61,
      [
        [21, 42, 40],
        [40, 80, 80],
      ],
    ]);
  });

  it('may search inside a batch computation', async () => {
    const data = await furnished();
    await withHooks(
      { weigh: async (shelves) => void (await shelves.env.model(Shelf).search([['weight', '>', 3]])) },
      () =>
        library.registry.run(async (env) => {
          const [p] = await shelvesOf(env, data, 'books');
          p!.books.first()!.pages = 1;
          await env.flush();
          expect(p!.weight).toBe(42);
        }),
    );
  });

  it('refuses a getter that assigns, naming it and what it assigns; nothing is staged', async () => {
    await library.registry.run(async (env) => {
      const bill = await env.model(Bill).create({ amount: 100 });
      await env.flush();
      for (const [read, field, assigned] of [
        [() => bill.assigning, 'assigning', 'note'],
        [() => bill.assigningComputed, 'assigningComputed', 'net'],
        [() => bill.reading, 'assigning', 'note'],
      ] as const) {
        expect(read).toThrow(UsageError);
        expect(read).toThrow(`l.bill.${field} assigns l.bill.${assigned}`);
      }
      expect([bill.note, bill.net]).toEqual([null, 80]);
      expect(await statementsOf(env, () => env.flush())).toBe(0);
      // Only inside of the getter.
      bill.note = 'mine';
      expect(bill.note).toBe('mine');
    });
  });

  it('queues the fields of one method together: a change makes all of them unreadable, and so what follows', async () => {
    await library.registry.run(async (env) => {
      const bill = await env.model(Bill).create({ amount: 100 });
      await env.flush();
      expect([bill.net, bill.tax, bill.shown]).toEqual([80, 20, '80 + 20']);
      bill.amount = 50;
      for (const read of [() => bill.net, () => bill.tax, () => bill.shown]) expect(read).toThrow(FieldNotLoadedError);
      await bill.load('tax');
      expect([bill.net, bill.tax, bill.shown]).toEqual([40, 10, '40 + 10']);
      bill.amount = 10;
      expect(
        await env.model(Bill).searchCount([
          ['tax', '=', 2],
          ['id', '=', bill.id],
        ]),
      ).toBe(1);
      expect([bill.net, bill.tax]).toEqual([8, 2]);
    });
  });

  it('protects the fields of one method: it alone assigns them, and none of that goes through write', async () => {
    bills.written.length = 0;
    await library.registry.run(async (env) => {
      const bill = await env.model(Bill).create({ amount: 100 });
      await env.flush();
      for (const field of ['net', 'tax'] as const) {
        expect(() => (bill[field] = 1)).toThrow(FieldValueError);
        await expect(bill.write({ [field]: 1 })).rejects.toThrow(FieldValueError);
      }
      bill.amount = 200;
      await env.flush();
      expect([bill.net, bill.tax]).toEqual([160, 40]);
    });
    expect(bills.written.filter((values) => 'amount' in (values as object))).toEqual([{ amount: 200 }]);
    expect(bills.written.some((values) => Object.values(values as object).includes(160))).toBe(false);
  });

  it('protects them from others while the method waits, too', async () => {
    const entered = gate();
    const go = gate();
    await library.registry.run(async (env) => {
      const bill = await env.model(Bill).create({ amount: 100 });
      await env.flush();
      bills.before = () => {
        entered.open();
        return go.passed;
      };
      try {
        bill.amount = 10;
        const flushing = env.flush();
        await entered.passed;
        for (const field of ['net', 'tax'] as const) expect(() => (bill[field] = 1)).toThrow(FieldValueError);
        go.open();
        await flushing;
      } finally {
        bills.before = null;
      }
      expect([bill.net, bill.tax]).toEqual([8, 2]);
    });
  });

  it('clears the fields of one method together: after a failure none has a value, and both come at the next', async () => {
    const id = await library.registry.run(async (env) => (await env.model(Bill).create({ amount: 100 })).id);
    await library.registry.run(async (env) => {
      const bill = (await env.model(Bill).search([['id', '=', id]])).one();
      bills.before = () => {
        throw new Error('no tax today');
      };
      try {
        bill.amount = 10;
        await expect(env.flush()).rejects.toThrow('no tax today');
        await expect(bill.load('net')).rejects.toThrow('no tax today');
        expect(() => bill.tax).toThrow(FieldNotLoadedError);
        expect(() => bill.shown).toThrow(FieldNotLoadedError);
      } finally {
        bills.before = null;
      }
      await env.flush();
      expect([bill.net, bill.tax]).toEqual([8, 2]);
    });
    await library.registry.run(async (env) => {
      const bill = (await env.model(Bill).search([['id', '=', id]])).one();
      expect([bill.amount, bill.net, bill.tax]).toEqual([10, 8, 2]);
    });
  });
});

describe('rule 8, over relations: totals follow their lines', () => {
  it('moves lines between parents, loaded or not', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const [p, q] = await shelvesOf(env, data, 'books');
      p!.books.first()!.shelf = q!;
      expect([p!.pages, q!.pages]).toEqual([20, 50]);
      expect([p!.titles, q!.titles]).toEqual(['p: b ()', 'q: c, a ()']);
    });
    expect(await totals(data)).toEqual([
      70,
      [
        [20, 40, 40],
        [50, 100, 80],
      ],
    ]);
    await library.registry.run(async (env) => {
      env.model(Book).browse(data.books[0]!).shelf = env.model(Shelf).browse(data.shelves[0]!);
    });
    expect(await totals(data)).toEqual([
      70,
      [
        [30, 60, 40],
        [40, 80, 80],
      ],
    ]);
    await library.registry.run(async (env) => {
      await env
        .model(Book)
        .browse([...data.books])
        .write({ shelf: data.shelves[1]! });
    });
    expect(await totals(data)).toEqual([
      70,
      [
        [0, 0, 0],
        [70, 140, 80],
      ],
    ]);
    await library.registry.run(async (env) => {
      await env
        .model(Shelf)
        .browse(data.shelves[0]!)
        .write({ books: [...data.books] });
    });
    expect(await totals(data)).toEqual([
      70,
      [
        [70, 140, 80],
        [0, 0, 0],
      ],
    ]);
  });

  it('moves the middle of a chain: a shelf to another room', async () => {
    const data = await furnished();
    const other = await library.registry.run(async (env) => {
      const room = await env.model(Room).create({ name: 'other' });
      env.model(Shelf).browse(data.shelves[1]!).room = room;
      return room.id;
    });
    await library.registry.run(async (env) => {
      const rooms = await env.model(Room).search([['id', 'in', [data.room, other]]], { order: 'id' });
      expect(rooms.map((room) => room.pages)).toEqual([30, 40]);
    });
  });

  it.each(['loaded', 'never loaded'] as const)(
    'takes out deleted lines, archived ones and those put back (%s)',
    async (how) => {
      const data = await furnished();
      const book = async (env: Environment, index: number): Promise<Book> => {
        const one = env.model(Book).browse(data.books[index]!);
        return how === 'loaded'
          ? (await env
              .model(Shelf)
              .browse([...data.shelves])
              .load('books'),
            one)
          : one;
      };
      await library.registry.run(async (env) => void (await (await book(env, 0)).unlink()));
      expect(await totals(data)).toEqual([
        60,
        [
          [20, 40, 40],
          [40, 80, 80],
        ],
      ]);
      await library.registry.run(async (env) => void ((await book(env, 1)).active = false));
      expect(await totals(data)).toEqual([
        40,
        [
          [0, 0, 0],
          [40, 80, 80],
        ],
      ]);
      await library.registry.run(async (env) => {
        const archived = await book(env, 1);
        archived.active = true;
        if (how === 'loaded') {
          await env.flush();
          const shelf = env.model(Shelf).browse(data.shelves[0]!);
          await shelf.load('books');
          expect(shelf.books.length).toBe(1);
        }
      });
      expect(await totals(data)).toEqual([
        60,
        [
          [20, 40, 40],
          [40, 80, 80],
        ],
      ]);
    },
  );

  it('follows a many2many from both sides, and the names behind it', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const [x, y] = [...(await env.model(Subject).create([{ name: 'x' }, { name: 'y' }]))];
      const [a, b] = [...(await env.model(Book).search([['id', 'in', data.books]], { load: ['shelf', 'subjects'] }))];
      a!.subjects = { add: [x!.id] } as never;
      expect(a!.label).toBe('a@p#x');
      await y!.write({ books: { add: [a!.id, b!.id] } });
      expect([a!.label, b!.label]).toEqual(['a@p#x+y', 'b@p#y']);
      y!.name = 'Y';
      expect([a!.label, b!.label]).toEqual(['a@p#Y+x', 'b@p#Y']);
      await y!.unlink();
      expect([a!.label, b!.label]).toEqual(['a@p#x', 'b@p#']);
    });
    await library.registry.run(async (env) => {
      const books = await env.model(Book).search([['id', 'in', data.books]]);
      expect(books.map((book) => book.label)).toEqual(['a@p#x', 'b@p#', 'c@q#']);
      const subject = (await env.model(Subject).search([['name', '=', 'x']])).one();
      await subject.write({ name: 'X' });
    });
    await library.registry.run(async (env) => {
      expect((await env.model(Book).search([['id', '=', data.books[0]!]])).one().label).toBe('a@p#X');
    });
  });

  it('follows a deletion that the database carries on', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const books = await env.model(Book).search([['id', 'in', data.books.slice(0, 1)]]);
      await env.model(Shelf).browse(data.shelves[0]!).unlink();
      await books.load('label');
      expect([books.one().shelf, books.one().label]).toEqual([null, 'a@-#']);
    });
    await library.registry.run(async (env) => {
      const books = await env.model(Book).search([['id', 'in', data.books]]);
      expect(books.map((book) => book.label)).toEqual(['a@-#', 'b@-#', 'c@q#']);
      expect((await env.model(Room).search([['id', '=', data.room]])).one().pages).toBe(40);
    });
  });

  it('is right when everything happens at once', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const shelves = env.model(Shelf).browse([...data.shelves]);
      const [a, b, c] = data.books.map((id) => env.model(Book).browse(id));
      const [p, q] = [...shelves];
      await Promise.all([
        a!.write({ pages: 1 }),
        b!.write({ shelf: q! }),
        shelves.load('books', 'pages'),
        env.model(Book).create({ title: 'd', pages: 100, shelf: p! }),
        c!.unlink(),
        env.flush(),
        p!.load('books.label'),
        env
          .savepoint(async () => {
            await env.model(Book).create({ title: 'never', pages: 1000, shelf: q! });
            await env.flush();
            throw new Error('undone');
          })
          .catch(() => undefined),
        env.model(Book).search([['shelf', 'in', [...data.shelves]]]),
        env.model(Book).create({ title: 'e', pages: 200, shelf: q! }),
      ]);
      await shelves.load('books', 'pages', 'weight');
      expect(shelves.map((shelf) => [shelf.pages, shelf.books.map((book) => book.title).sort()])).toEqual([
        [101, ['a', 'd']],
        [220, ['b', 'e']],
      ]);
    });
    expect(await totals(data)).toEqual([
      321,
      [
        [101, 202, 200],
        [220, 440, 400],
      ],
    ]);
  });

  it('is right when lines are loaded while they change', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const [p, q] = data.shelves.map((id) => env.model(Shelf).browse(id));
      const [a] = [...(await env.model(Book).search([['id', '=', data.books[0]!]]))];
      const loading = Promise.all([p!.load('books'), q!.load('books')]);
      await aTurn();
      await a!.write({ shelf: q! });
      await loading;
      await env
        .model(Shelf)
        .browse([...data.shelves])
        .load('books');
      expect([p!.books.ids, q!.books.ids.toSorted()]).toEqual([[data.books[1]], [data.books[0], data.books[2]]]);
      await env.flush();
      expect([p!.books.ids, q!.books.ids.toSorted()]).toEqual([[data.books[1]], [data.books[0], data.books[2]]]);
    });
    expect(await totals(data)).toEqual([
      70,
      [
        [20, 40, 40],
        [50, 100, 80],
      ],
    ]);
  });

  it('loads a list whose lines are staged elsewhere, and that a computation waits for', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const [p, q] = data.shelves.map((id) => env.model(Shelf).browse(id));
      const [a] = [...(await env.model(Book).search([['id', '=', data.books[0]!]]))];
      a!.shelf = q!;
      await Promise.all([p!.load('books'), q!.load('books'), p!.load('books', 'weight')]);
      expect([p!.books.ids, q!.books.ids.toSorted()]).toEqual([[data.books[1]], [data.books[0], data.books[2]]]);
      expect([p!.weight, p!.pages]).toEqual([40, 20]);
    });
  });

  it('is right when links are loaded while they change', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const subject = await env.model(Subject).create({ name: 'late' });
      const books = env.model(Book).browse([...data.books]);
      const loading = books.load('subjects');
      await aTurn();
      await env
        .model(Subject)
        .browse(subject.id)
        .write({ books: { add: [data.books[0]!] } });
      await loading;
      expect(books.map((book) => book.subjects.ids)).toEqual([[subject.id], [], []]);
    });
  });

  it('asks the database nothing for dependents that are neither stored nor cached', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const [a] = [...(await env.model(Book).search([['id', '=', data.books[0]!]]))];
      const texts = watchStatements(env);
      await a!.write({ isbn: `isbn ${data.books[0]}` });
      await env.flush();
      expect(texts).toHaveLength(1);
    });
  });
});

describe('rule 9: who computes', () => {
  it('computes stored fields as superuser with an empty context, others in the reader’s environment', async () => {
    const data = await furnished();
    computedAs.length = 0;
    await library.registry.run({ uid: 7, context: { lang: 'fr_FR' } }, async (env) => {
      const book = (await env.model(Book).search([['id', '=', data.books[0]!]], { load: ['shelf', 'subjects'] })).one();
      book.title = 'x';
      await book.load('label');
      expect(book.label).toBe('x@p#');
      await env.flush();
      book.title = 'y';
      await env.flush();
      expect(book.seenBy).toBe('y seen by 7 in fr_FR');
      expect(book.withUser(8).seenBy).toBe('y seen by 8 in fr_FR');
      expect(book.withContext({ lang: 'de_DE' }).seenBy).toBe('y seen by 7 in de_DE');
      book.title = 'z';
      expect([book.seenBy, book.withUser(8).seenBy]).toEqual(['z seen by 7 in fr_FR', 'z seen by 8 in fr_FR']);
    });
    expect(computedAs.length).toBeGreaterThan(0);
    for (const seen of computedAs) expect(seen).toMatchObject({ su: true, context: {} });
  });

  it('adds up what all layers depend on', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const [p] = await shelvesOf(env, data, 'titles');
      expect(p!.titles).toBe('p: a, b ()');
      p!.books.first()!.remark = '!';
      expect(p!.titles).toBe('p: a, b (!)');
      p!.books.at(1)!.title = 'B';
      expect(p!.titles).toBe('p: a, B (!)');
      p!.name = 'P';
      expect(p!.titles).toBe('P: a, B (!)');
    });
  });

  it('counts archived lines as the superuser sees them, whoever changes them', async () => {
    const data = await furnished();
    await library.registry.run({ uid: 7, context: { activeTest: false } }, async (env) => {
      const shelf = env.model(Shelf).browse(data.shelves[0]!);
      await shelf.load('books');
      shelf.books.first()!.active = false;
      expect(shelf.books.length).toBe(2);
      await env.flush();
      await shelf.load('pages');
      expect(shelf.pages).toBe(20);
    });
    expect(await totals(data)).toEqual([
      60,
      [
        [20, 40, 40],
        [40, 80, 80],
      ],
    ]);
  });
});

describe('the compute queue', () => {
  it('is empty after a flush and after a rollback, and a second flush sends nothing', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const [p] = await shelvesOf(env, data, 'books');
      p!.books.first()!.pages = 1;
      await env.flush();
      expect(await statementsOf(env, () => env.flush())).toBe(0);
      await env
        .savepoint(async () => {
          p!.books.first()!.pages = 2;
          throw new Error('undone');
        })
        .catch(() => undefined);
      expect(p!.pages).toBe(21);
      expect(await statementsOf(env, () => env.flush())).toBe(0);
    });
  });

  it('writes one UPDATE for a model and round, and none for a value that came out the same', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const shelves = await shelvesOf(env, data, 'books');
      const [room] = [...(await env.model(Room).search([['id', '=', data.room]], { load: ['shelves'] }))];
      for (const shelf of shelves) for (const book of shelf.books) book.pages = (book.pages ?? 0) + 1;
      const texts = watchStatements(env);
      await env.flush();
      expect(texts.filter((text) => text.startsWith('UPDATE')).map((text) => /"l_\w+"/.exec(text)![0])).toEqual([
        '"l_book"',
        '"l_shelf"',
        '"l_room"',
      ]);
      expect(room!.pages).toBe(73);
      const [a, b] = [...shelves[0]!.books];
      a!.pages = 21;
      b!.pages = 11;
      texts.length = 0;
      await env.flush();
      expect(texts.filter((text) => text.startsWith('UPDATE'))).toHaveLength(1);
    });
  });

  it('drops what waits for a record that is deleted', async () => {
    const data = await furnished();
    await library.registry.run(async (env) => {
      const shelf = await env.model(Shelf).create({ name: 'short', books: { create: [{ title: 'x', pages: 3 }] } });
      await shelf.load('books');
      const book = shelf.books.one();
      book.pages = 4;
      await book.unlink();
      await shelf.unlink();
      await env.flush();
      const [p] = await shelvesOf(env, data, 'books');
      p!.books.first()!.pages = 5;
      p!.name = 'gone';
      await env.model(Shelf).browse(p!.id).unlink();
      await env.flush();
      expect(await env.model(Card).searchCount([])).toBe(0);
    });
  });
});
