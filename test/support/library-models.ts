import {
  BaseModel,
  Constrains,
  Depends,
  Extend,
  Model,
  ValidationError,
  check,
  fields,
  unique,
  type Many,
  type One,
  type Values,
} from '../../lib/core.js';

/** What the overrides of `Book` and `Copy` do before they call `super`; a test sets one and takes it away again. */
export interface Hooks {
  write?: ((books: Many<Book>, values: Values<Book>) => Promise<Values<Book> | void>) | undefined;
  afterWrite?: ((books: Many<Book>) => Promise<void>) | undefined;
  unlink?: ((books: Many<Book>) => Promise<void>) | undefined;
  /** Between the two halves of the asynchronous batch computation. */
  weigh?: ((shelves: Many<Shelf>) => Promise<void>) | undefined;
  check?: ((book: Book) => void | Promise<void>) | undefined;
}
export const hooks: Hooks = {};

/** Runs something with hooks in place. */
export async function withHooks<T>(set: Hooks, work: () => Promise<T>): Promise<T> {
  Object.assign(hooks, set);
  try {
    return await work();
  } finally {
    for (const name of Object.keys(set)) delete hooks[name as keyof Hooks];
  }
}

/** Everything the batch methods and getters saw of who computes. */
export const computedAs: { uid: number; su: boolean; context: unknown }[] = [];

@Model('l.room')
export class Room extends BaseModel<Room> {
  @fields.Char({ required: true }) name!: string;
  @fields.One2many(() => Shelf, 'room') shelves!: Many<Shelf>;

  /** Two hops over lists, stored. */
  @fields.Integer({ store: true })
  @Depends('shelves.pages')
  get pages(): number | null {
    return this.shelves.map((shelf) => shelf.pages ?? 0).reduce((sum, pages) => sum + pages, 0);
  }
}

@Model('l.shelf', { order: 'id' })
export class Shelf extends BaseModel<Shelf> {
  @fields.Char({ required: true }) name!: string;
  @fields.Many2one(() => Room) room!: One<Room>;
  @fields.One2many(() => Book, 'shelf') books!: Many<Book>;
  @fields.Integer({ store: true, compute: 'weigh' }) weight!: number | null;
  @fields.Integer({ store: true, compute: 'weigh' }) heaviest!: number | null;

  @fields.Integer({ store: true })
  @Depends('books.pages')
  get pages(): number | null {
    return this.books.map((book) => book.pages ?? 0).reduce((sum, pages) => sum + pages, 0);
  }

  /** Not stored, over a list. */
  @fields.Char()
  @Depends('name', 'books.title')
  get titles(): string | null {
    return `${this.name}: ${this.books.map((book) => book.title).join(', ')}`;
  }

  @Depends('books.pages')
  async weigh(this: Many<Shelf>): Promise<void> {
    const before = this.map((shelf) => [shelf, shelf.books.map((book) => (book.pages ?? 0) * 2)] as const);
    await hooks.weigh?.(this);
    for (const [shelf, weights] of before) {
      shelf.weight = weights.reduce((sum, weight) => sum + weight, 0);
      shelf.heaviest = Math.max(0, ...weights);
    }
  }
}

@Model('l.subject', { order: 'name' })
export class Subject extends BaseModel<Subject> {
  @fields.Char({ required: true }) name!: string;
  @fields.Boolean({ default: true }) active!: boolean;
  @fields.Many2many(() => Book) books!: Many<Book>;
}

@Model('l.book', {
  order: 'id',
  constraints: [unique('isbn', 'Another book has that ISBN'), check('pages >= 0', 'A book has no fewer than 0 pages')],
})
export class Book extends BaseModel<Book> {
  @fields.Char({ required: true }) title!: string;
  @fields.Char() isbn!: string | null;
  @fields.Integer({ default: 1 }) pages!: number | null;
  @fields.Boolean({ default: true }) active!: boolean;
  @fields.Char() remark!: string | null;
  @fields.Text({ lazy: true }) summary!: string | null;
  @fields.Char({ private: true }) secret!: string | null;
  @fields.Many2one(() => Shelf) shelf!: One<Shelf>;
  @fields.Many2one(() => Book) sequelOf!: One<Book>;
  @fields.Many2many(() => Subject) subjects!: Many<Subject>;

  @fields.Char({ store: true })
  @Depends('title', 'shelf.name', 'subjects.name')
  get label(): string | null {
    const { uid, su, context } = this.env;
    computedAs.push({ uid, su, context });
    // In an order of their own: a record that joins a loaded list is its last, whatever the order of the model.
    const subjects = this.subjects
      .map(({ name }) => name)
      .toSorted()
      .join('+');
    return `${this.title}@${this.shelf?.name ?? '-'}#${subjects}`;
  }

  /** Not stored, behind a stored one. */
  @fields.Char()
  @Depends('label')
  get shout(): string | null {
    return (this.label ?? '').toUpperCase();
  }

  @fields.Integer()
  @Depends('pages')
  get doubled(): number | null {
    return (this.pages ?? 0) * 2;
  }

  /** Who reads it decides. */
  @fields.Char()
  @Depends('title')
  get seenBy(): string | null {
    return `${this.title} seen by ${this.env.uid} in ${this.env.context.lang ?? 'no language'}`;
  }

  @Constrains('pages')
  async checkPages(): Promise<void> {
    await hooks.check?.(this);
    if ((this.pages ?? 0) > 10_000) throw new ValidationError(`${this.title} is too thick`);
  }

  @Constrains('shelf.name', 'title')
  checkPlace(): void {
    if (this.shelf?.name === 'poison' && this.title !== 'antidote')
      throw new ValidationError(`${this.title} is poisoned`);
  }
}

/** Overrides of everything, as another module would write them. */
@Extend()
export class BookLent extends Book {
  override async write(this: Many<Book>, values: Values<Book>): Promise<void> {
    const changed = (await hooks.write?.(this, values)) ?? values;
    await super.write(changed);
    await hooks.afterWrite?.(this);
  }

  override async unlink(this: Many<Book>): Promise<void> {
    await hooks.unlink?.(this);
    await super.unlink();
  }
}

/** Adds to what a field of another layer depends on. */
@Extend()
export class ShelfRemarked extends Shelf {
  @Depends('books.remark')
  override get titles(): string | null {
    return `${super.titles} (${this.books.map((book) => book.remark ?? '').join('')})`;
  }
}

/** Without overrides, computations or checks: what bulk operations cost at least. */
@Model('l.card')
export class Card extends BaseModel<Card> {
  @fields.Char({ required: true }) name!: string;
  @fields.Integer() rank!: number | null;
  @fields.Date() issued!: string | null;
  @fields.Many2one(() => Room, { onDelete: 'restrict' }) room!: One<Room>;
  @fields.Char({ size: 10 }) code!: string | null;
}

export const libraryModels = [Room, Shelf, Subject, Book, BookLent, ShelfRemarked, Card];
