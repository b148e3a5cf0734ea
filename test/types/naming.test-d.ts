import {
  BaseModel,
  Model,
  fields,
  parseDomain,
  parseOrder,
  parseValues,
  type Decimal,
  type Environment,
  type Many,
  type One,
  type Values,
} from 'nest-registry';
import { Country } from './fixtures/country.js';
import { Partner } from './fixtures/partner.js';

type Same<A, B> = (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
function isExactly<T>() {
  return <U>(value: U, ...proof: Same<T, U> extends true ? [] : [never]): void => void [value, proof];
}

// A model names itself.
@Model('y.task')
export class Task extends BaseModel<Task> {
  @fields.Char({ required: true }) name!: string;
  @fields.Integer() effort!: number | null;
  @fields.Decimal() cost!: Decimal | null;
  @fields.Datetime() due!: Date | null;
  @fields.BigInt() serial!: bigint | null;
  @fields.Many2one(() => Country, { required: true }) country!: Country;
  @fields.Many2one(() => Partner) owner!: One<Partner>;
  @fields.Many2one(() => Task) parent!: One<Task>;
  @fields.One2many(() => Task, 'parent') parts!: Many<Task>;
  @fields.Many2many(() => Partner) watchers!: Many<Partner>;
  // @ts-expect-error a field is a public property: decorators cannot see another
  @fields.Char() private token!: string | null;

  // A method for one record reads its fields.
  title(): string {
    return `${this.name} ${this.secret()} ${this.token ?? ''}`;
  }

  // A method for sets says so.
  async close(this: Many<Task>): Promise<number> {
    isExactly<Many<Task>>()(this);
    isExactly<Many<Task>>()(await this.search([['name', '=', 'x']]));
    // @ts-expect-error a set has no scalar field
    void this.name.length;
    // @ts-expect-error nor is one assigned
    this.effort = 3;
    // @ts-expect-error a private member is one record's
    void this.secret();
    // @ts-expect-error a private field, too
    void this.token;
    for (const task of this) {
      isExactly<Task>()(task);
      task.effort = task.name.length + task.secret().length + (task.token ?? '').length;
    }
    await this.write({ name: 'closed', effort: 0 });
    return this.map((task) => task.secret().length).length + (this.first()?.secret().length ?? 0);
  }

  // Without a word of `this` it is for one record as far as the compiler sees.
  shout(): string {
    return this.name.toUpperCase();
  }

  async delegate(): Promise<void> {
    isExactly<number>()(await this.close());
    isExactly<number>()(await this.parts.close());
    await this.write({ parts: { create: [{ name: 'x' }] } });
  }

  private secret(): string {
    return this.name;
  }

  protected guarded(this: Many<Task>): number {
    return this.length;
  }
}

/** Forgets to name itself: then nothing is known of its fields. */
@Model('y.nameless')
export class Nameless extends BaseModel {
  @fields.Char() name!: string | null;

  async rename(): Promise<void> {
    // @ts-expect-error the base knows no field
    await this.search([['name', '=', 'x']]);
    // @ts-expect-error nor one to load
    await this.load('name');
    // @ts-expect-error its records are any records
    for (const one of this) void one.name;
  }
}

/** Names another model: then its values are that one's. */
@Model('y.misnamed')
export class Misnamed extends BaseModel<Country> {
  @fields.Char() own!: string | null;

  async rename(): Promise<void> {
    await this.write({ code: 'FR' });
    // @ts-expect-error no field of Country
    await this.write({ own: 'x' });
    isExactly<Many<Country>>()(await this.search([['code', '=', 'FR']]));
    // @ts-expect-error no field of Country
    await this.search([['own', '=', 'x']]);
  }
}

// What a class that names itself is known by everywhere.
export async function known(env: Environment, task: Task, countries: Many<Country>): Promise<void> {
  const tasks = env.model(Task);
  isExactly<Many<Task>>()(tasks);
  isExactly<Task>()(tasks.browse(3));
  isExactly<Task>()(await tasks.create({ name: 'x', country: 3 }));
  isExactly<Task>()((await task.load('parts')).one());
  isExactly<One<Task>>()(task.parent);
  isExactly<number>()(await tasks.close());
  isExactly<number>()(await task.close());
  isExactly<string>()(task.title());
  // @ts-expect-error not on records of another model
  await Task.prototype.close.call(countries);
  // One record, private members and all, is a set of itself.
  const set: Many<Task> = task;
  isExactly<number>()(await set.close());
  // @ts-expect-error private is private, on one record
  task.secret();
  // @ts-expect-error and on a set
  set.secret();
  // @ts-expect-error a private field is none of the values
  await task.write({ token: 'x' });
  // @ts-expect-error a protected method neither
  task.guarded();
}

// Assignment takes records and exact values; values take ids and what a field converts, too.
export async function given(
  task: Task,
  france: Country,
  partner: Partner,
  partners: Many<Partner>,
  decimal: Decimal,
): Promise<void> {
  task.country = france;
  task.country = france.sudo();
  task.owner = partner;
  task.owner = null;
  task.owner = partners.first() ?? null;
  task.parent = task;
  task.watchers = partners;
  task.watchers = partner;
  task.parts = task;
  task.cost = decimal;
  task.due = new Date(0);
  task.serial = 7n;
  // @ts-expect-error an id
  task.country = france.id;
  // @ts-expect-error an id
  task.owner = 3;
  // @ts-expect-error a set
  task.owner = partners;
  // @ts-expect-error a record of another model
  task.owner = france;
  // @ts-expect-error required
  task.country = null;
  // @ts-expect-error ids
  task.watchers = [3];
  // @ts-expect-error an array of records
  task.watchers = [partner];
  // @ts-expect-error a change
  task.watchers = { add: [3] };
  // @ts-expect-error a set is never null
  task.watchers = null;
  // @ts-expect-error records of another model
  task.parts = partners;
  // @ts-expect-error a text
  task.cost = '3.50';
  // @ts-expect-error a text
  task.due = '2024-01-01';
  // @ts-expect-error a number
  task.serial = 7;
  const ids: Values<Task> = { country: france.id, owner: 3, parent: task.id, watchers: [3, 4], parts: [task.id] };
  const records: Values<Task> = { country: france, owner: partner, parent: task, watchers: partners, parts: task };
  const mixed: Values<Task> = { owner: null, watchers: { add: [3, partner], remove: partners, set: undefined } };
  const converted: Values<Task> = { cost: '3.50', due: '2024-01-01T00:00:00Z', serial: 7 };
  for (const values of [ids, records, mixed, converted]) await task.write(values);
  // @ts-expect-error a text is no id
  await task.write({ owner: '3' });
  // @ts-expect-error records of another model
  await task.write({ owner: france });
  // @ts-expect-error ids of a single relation are no list
  await task.write({ owner: [3] });
  // @ts-expect-error a required relation is not unset
  await task.write({ country: null });
}

// What is only known at run time comes in by the untyped ways.
export async function fromClients(env: Environment, query: { readonly filter: unknown; order: string }, body: unknown) {
  const tasks = env.model(Task);
  const domain = parseDomain(tasks, query.filter);
  isExactly<Many<Task>>()(await tasks.search(domain, { order: parseOrder(tasks, query.order), limit: 5 }));
  isExactly<number>()(await tasks.searchCount([domain, ['name', '=', 'x']]));
  isExactly<Values<Task>>()(parseValues(tasks, body));
  isExactly<Task>()(await tasks.create(parseValues(tasks, body)));
  await tasks.write({ ...parseValues(tasks, body, { fields: ['name'] }), effort: 3 });
  const named = parseDomain(env.registry.get(String(query.order)), query.filter);
  isExactly<Many<Task>>()(await tasks.search(named));
  // @ts-expect-error unchecked input is no domain
  await tasks.search(query.filter);
  // @ts-expect-error a path that is only known at run time
  await tasks.search([[query.order, '=', 3]]);
  // @ts-expect-error unchecked input is no values
  await tasks.create(body);
  // @ts-expect-error a path that is only known at run time
  await tasks.load(query.order);
}
