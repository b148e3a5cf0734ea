import { describe, expect, it } from 'vitest';
import {
  BaseModel,
  Constrains,
  Depends,
  Extend,
  Model,
  ModelDefinitionError,
  Registry,
  check,
  fields,
  index,
  unique,
  type Many,
  type ModelOptions,
  type One,
} from '../../lib/core.js';
import { SeededRandom } from '../support/seeded-random.js';
import { composed, describeModels, permutations, problemsOf } from './support/build.js';
import { loose, randomModels } from './support/random-models.js';

type Decorator = (prototype: object, key: string) => void;

/** A model whose fields are given as decorators by name. */
function model(name: string, members: Record<string, Decorator> = {}, options: object = {}): typeof BaseModel<never> {
  class Made extends BaseModel {}
  for (const [key, decorate] of Object.entries(members)) decorate(Made.prototype, key);
  Model(name, options as ModelOptions)(Made);
  return Made as unknown as typeof BaseModel<never>;
}

/** What is wrong with one model beside a sound one, in short. */
async function complaints(members: Record<string, Decorator>, options: object = {}): Promise<string[]> {
  const country = model('d.country', { name: fields.Char() as Decorator });
  const problems = await problemsOf([country, { target: model('d.thing', members, options), module: 'things' }]);
  for (const problem of problems) {
    expect(problem).toMatchObject({ model: 'd.thing', module: 'things' });
    expect(problem.hint).not.toBe('');
  }
  return problems.map(({ field, message }) => `${field ?? '-'}: ${message}`);
}

@Model('d.base')
class Base extends BaseModel<Base> {
  @fields.Char() name!: string | null;
}

describe('a start with wrong definitions', () => {
  it('tells all of them in one error, each with model, field, module and what to do', async () => {
    @Model('d.order', { order: 'nmae' })
    class Order extends BaseModel<Order> {
      @fields.Many2one(() => 'd.costumer') customer!: One<BaseModel>;
      @fields.Char() then!: string | null;
      @fields.Integer({ requierd: true } as object) amount!: number | null;
      @fields.One2many(() => 'd.line', 'order') lines!: Many<BaseModel>;

      @fields.Integer()
      @Depends('lines.qty')
      get total(): number | null {
        return null;
      }
    }
    @Model('d.line')
    class Line extends BaseModel<Line> {
      @fields.Many2one(() => Base) order!: One<Base>;
    }
    @Extend()
    class BaseSales extends Base {
      @(loose['Integer']!()) declare name: string | null;
    }
    const failure = await composed([
      Base,
      { target: Order, module: 'sales' },
      { target: Line, module: 'sales' },
      { target: BaseSales, module: 'extra' },
    ]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ModelDefinitionError);
    const { problems, code, message } = failure as ModelDefinitionError;
    expect(code).toBe('MODEL_DEFINITION');
    expect(problems.map((problem) => `${problem.model}.${problem.field ?? ''} in ${problem.module}`)).toEqual([
      'd.base.name in extra',
      'd.order. in sales',
      'd.order.amount in sales',
      'd.order.customer in sales',
      'd.order.lines in sales',
      'd.order.then in sales',
    ]);
    for (const problem of problems) {
      expect(problem.hint).not.toBe('');
      expect(message).toContain(problem.message);
      expect(message).toContain(problem.hint);
    }
  });

  it('builds again in the same process once they are mended', async () => {
    const wrong = [Base, model('d.thing', { base: loose['Many2one']!(() => 'd.bsae') })];
    expect(await problemsOf(wrong)).toHaveLength(1);
    expect(await problemsOf([Base, model('d.thing', { base: loose['Many2one']!(() => 'd.base') })])).toEqual([]);
    expect(await problemsOf(wrong)).toHaveLength(1);
  });
});

describe('a relation is refused', () => {
  it('when no module brings its model, with the nearest name', async () => {
    expect(await complaints({ country: loose['Many2one']!(() => 'd.contry') })).toEqual([
      'country: It leads to "d.contry", which no module brings. Did you mean "d.country"?',
    ]);
  });

  it('when its function throws or gives nothing, with the file', async () => {
    const found = await complaints({
      thrown: loose['Many2one']!(() => {
        throw new ReferenceError("Cannot access 'Country' before initialization");
      }),
      unloaded: loose['Many2many']!(() => undefined),
      empty: loose['Many2one']!(() => null),
      bare: loose['Many2one']!(() => Object.create(null) as object),
    });
    expect(found).toHaveLength(4);
    expect(found[0]).toBe('bare: It leads to an object, which is no model.');
    expect(found.join('\n')).toMatch(/thrown: .*definitions\.test\.ts:\d+\): Cannot access 'Country'/);
    expect(found.join('\n')).toMatch(/unloaded: Its model is undefined \(.*definitions\.test\.ts:\d+\)/);
  });

  it('when it leads to a class that is no model, or says no model at all', async () => {
    class Plain {}
    expect(await complaints({ plain: loose['Many2one']!(() => Plain), silent: loose['Many2one']!() })).toEqual([
      'plain: It leads to Plain, which is no model.',
      'silent: The relation does not say where it leads.',
    ]);
  });

  it('when nothing points back, or something else does', async () => {
    const line = model('d.line', {
      thing: loose['Many2one']!(() => 'd.thing'),
      base: loose['Many2one']!(() => 'd.base'),
      text: loose['Char']!(),
    });
    const thing = model('d.thing', {
      good: loose['One2many']!(() => 'd.line', 'thing'),
      missing: loose['One2many']!(() => 'd.line', 'thign'),
      noRelation: loose['One2many']!(() => 'd.line', 'text'),
      elsewhere: loose['One2many']!(() => 'd.line', 'base'),
      nameless: loose['One2many']!(() => 'd.line'),
    });
    const problems = await problemsOf([Base, line, thing]);
    expect(problems.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'elsewhere: d.line.base leads to d.base, not back here.',
      'missing: d.line has no field "thign" to point back. Did you mean "thing"?',
      'nameless: A one2many needs the name of the many2one that points back.',
      'noRelation: d.line.text is no many2one with a column.',
    ]);
  });

  it('when it is required and would be unset', async () => {
    const found = await complaints({
      country: loose['Many2one']!(() => 'd.country', { required: true, onDelete: 'set null' }),
    });
    expect(found).toEqual(['country: A required relation cannot be unset when the other record is deleted.']);
  });

  it('when its table is another relation’s, and accepted as the other side of one', async () => {
    const left = model('d.left', {
      rights: loose['Many2many']!(() => 'd.right'),
      more: loose['Many2many']!(() => 'd.right'),
      named: loose['Many2many']!(() => 'd.right', { table: 'd_pairs', columns: ['a', 'b'] }),
      peers: loose['Many2many']!(() => 'd.left'),
    });
    const right = model('d.right', {
      lefts: loose['Many2many']!(() => 'd.left'),
      named: loose['Many2many']!(() => 'd.left', { table: 'd_pairs', columns: ['b', 'c'] }),
    });
    const problems = await problemsOf([left, right]);
    expect(problems.map((problem) => `${problem.model}.${problem.field}`)).toEqual(['d.left.more', 'd.right.named']);
    expect(problems[0]!.message).toContain('of d.left.rights,');
    expect(problems[1]!.message).toContain('of d.left.named,');
  });
});

describe('a path is refused', () => {
  it('in @Depends and @Constrains when a hop does not exist, is no relation or is no text', async () => {
    @Model('d.thing')
    class Thing extends BaseModel<Thing> {
      @fields.Char() code!: string | null;
      @fields.Many2one(() => Base) base!: One<Base>;
      @fields.Char()
      @Depends('base.nmae', 'code.length')
      get label(): string | null {
        return null;
      }
      @Constrains('cdoe', 7 as never)
      checkCode(): void {
        throw new Error('never runs');
      }
      @Constrains()
      checkNothing(): void {
        throw new Error('never runs');
      }
      @Depends('code')
      lost(): string {
        return '';
      }
    }
    const problems = await problemsOf([Base, Thing]);
    expect(problems.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'checkCode: @Constrains was given 7 as a path.',
      'checkCode: @Constrains(\'cdoe\'): d.thing has no field "cdoe". Did you mean "code"?',
      'checkNothing: @Constrains() watches nothing.',
      'label: @Depends(\'base.nmae\'): d.base has no field "nmae". Did you mean "name"?',
      "label: @Depends('code.length'): d.thing.code is no relation.",
      'lost: @Depends is on a member that computes no field.',
    ]);
  });

  it('in an order that names what is not there or cannot be sorted', async () => {
    expect(await complaints({ name: loose['Char']!() }, { order: 'nmae' })).toEqual([
      expect.stringMatching(/The order 'nmae' cannot be used: .*Did you mean "name"/s),
    ]);
    expect(await complaints({ name: loose['Char']!() }, { order: 'name upwards' })).toHaveLength(1);
    expect(await complaints({ data: loose['Json']!() }, { order: 'data' })).toHaveLength(1);
  });

  it('once, where a relation on it is wrong already', async () => {
    @Model('d.thing', { order: 'base' })
    class Thing extends BaseModel<Thing> {
      @fields.Many2one(() => 'd.bsae') base!: One<Base>;
      @fields.One2many(() => 'd.thing', 'base') things!: Many<Thing>;
      @fields.Char()
      @Depends('base.name', 'things.label')
      get label(): string | null {
        return null;
      }
      @Constrains('base.name')
      checkBase(): void {
        throw new Error('never runs');
      }
    }
    const problems = await problemsOf([Base, Thing]);
    expect(problems.map(({ field }) => field)).toEqual(['base']);
  });
});

describe('a computation is refused', () => {
  it('when its method is not there', async () => {
    for (const method of ['conut', 'constructor', 'write', 'toString', 'other']) {
      const found = await complaints({ other: loose['Char']!(), total: loose['Integer']!({ compute: method }) });
      expect(found).toEqual([expect.stringContaining(`Its option compute names "${method}"`)]);
    }
  });

  it('when it goes in a circle', async () => {
    @Model('d.thing')
    class Thing extends BaseModel<Thing> {
      @fields.Char()
      @Depends('pong')
      get ping(): string | null {
        return null;
      }
      @fields.Char()
      @Depends('ping')
      get pong(): string | null {
        return null;
      }
    }
    const problems = await problemsOf([Thing]);
    expect(problems).toMatchObject([
      { field: 'ping', message: expect.stringContaining('computed from itself') as string },
    ]);
  });
});

describe('an option is refused', () => {
  it('when there is none of that name, with the nearest', async () => {
    expect(await complaints({ name: loose['Char']!({ requierd: true }) })).toEqual([
      expect.stringContaining('name: There is no option "requierd" here. Did you mean "required"?'),
    ]);
    expect(await complaints({}, { oder: 'id' })).toEqual(['-: There is no option "oder". Did you mean "order"?']);
  });

  it('when its value is of the wrong type, whatever it is', async () => {
    for (const value of [5, {}, [], () => 'x', Symbol('x'), 5n, '']) {
      const found = await complaints(
        { name: loose['Char']!({ required: value, column: value, size: value, index: value }) },
        { table: value, order: value, displayName: value, log: value, description: value, activeField: value },
      );
      expect(found.filter((text) => text.startsWith('-: '))).toHaveLength(6);
      expect(found.filter((text) => text.startsWith('name: ')).length).toBeGreaterThanOrEqual(3);
    }
    expect(await complaints({}, { constraints: 'unique' })).toHaveLength(1);
  });

  it('when this version does not have it', async () => {
    expect(await complaints({}, { abstract: true, transient: false })).toEqual([
      '-: The option "abstract" is not available in this version.',
    ]);
  });

  it('when it names a display name or an active field that is not there', async () => {
    const found = await complaints({ name: loose['Char']!() }, { displayName: 'nmae', activeField: 'name' });
    expect(found).toEqual([
      'name: The option activeField names no boolean field with a column.',
      'nmae: The option displayName names neither a field nor a getter. Did you mean "name"?',
    ]);
  });
});

describe('a constraint is refused', () => {
  it('when it names no field with a column', async () => {
    const found = await complaints(
      { name: loose['Char']!(), tags: loose['Many2many']!(() => 'd.country') },
      { constraints: [unique('nmae'), index(['name', 'tags'])] },
    );
    expect(found).toEqual([
      'nmae: A constraint names a field that does not exist. Did you mean "name"?',
      'tags: A constraint names a field without a column.',
    ]);
  });

  it('when it is malformed', async () => {
    const wrong = [unique([]), unique(['a', 'a']), check(''), unique('name', 7 as never), { kind: 'odd' }, 5, null];
    const found = await complaints({ name: loose['Char']!() }, { constraints: wrong });
    expect(found).toHaveLength(7);
  });

  it('when another has its name', async () => {
    const found = await complaints(
      { name: loose['Char']!({ unique: true }), other: loose['Char']!() },
      { constraints: [unique('name'), check('true', 'x', { name: 'same' }), check('1 = 1', 'y', { name: 'same' })] },
    );
    expect(found).toHaveLength(2);
    expect(found.join()).toContain('"d_thing_name_key"');
    expect(found.join()).toContain('"d_thing_same"');
  });
});

describe('a name is refused', () => {
  it('when every record has a member of that name', async () => {
    const names = ['id', 'env', 'ids', 'length', 'load', 'write', 'then', 'constructor', 'toJSON', 'createdAt', 'map'];
    for (const name of names) {
      const found = await complaints({ [name]: loose['Char']!() });
      expect(found).toEqual([expect.stringContaining(`A field may not be called "${name}"`)]);
    }
  });

  it('when every environment has a member of that name', async () => {
    for (const name of ['model', 'user', 'uid', 'then', 'constructor', 'toString']) {
      const problems = await problemsOf([model(name)]);
      expect(problems).toMatchObject([
        { model: name, message: expect.stringContaining('may not be called') as string },
      ]);
    }
  });

  it('when it is no name of a model', async () => {
    for (const name of ['', ' ', 'a b', 'a..b', '.a', 'a"b', 5, null, undefined, {}]) {
      expect(await problemsOf([model(name as string)])).toHaveLength(1);
    }
  });

  it('when a table or a column cannot have it', async () => {
    expect(await complaints({}, { table: 'x'.repeat(64) })).toHaveLength(1);
    expect(await complaints({ name: loose['Char']!({ column: 'x'.repeat(64) }) })).toHaveLength(1);
    expect(await complaints({ name: loose['Char']!({ column: 'xmin' }) })).toEqual([
      'name: PostgreSQL keeps the column name "xmin" for itself.',
    ]);
    const relation = loose['Many2many']!(() => 'd.country', { table: 'x'.repeat(64), columns: ['a', 'y'.repeat(64)] });
    expect((await complaints({ relation })).length).toBeGreaterThanOrEqual(1);
  });

  it('when two fields meet in one column', async () => {
    expect(await complaints({ orderID: loose['Char']!(), orderId: loose['Char']!() })).toEqual([
      'orderId: It has the same column "order_id" as orderID.',
    ]);
    const relation = { order: loose['Many2one']!(() => 'd.country'), orderId: loose['Integer']!() };
    expect(await complaints(relation)).toEqual(['orderId: It has the same column "order_id" as order.']);
  });

  it('when two models meet in one table, or objects of two models in one name', async () => {
    const same = await problemsOf([model('d.a.b', { c: loose['Char']!({ index: true }) }), model('d.a_b')]);
    expect(same.map(({ model: name, message }) => `${name}: ${message}`)).toEqual([
      'd.a_b: In the database "d_a_b" would be its table, and of d.a.b its table.',
    ]);
    const indexes = await problemsOf([
      model('d.a', { b_c: loose['Char']!({ index: true }) }),
      model('d.a.b', { c: loose['Char']!({ index: true }) }),
    ]);
    expect(indexes).toMatchObject([
      { model: 'd.a.b', field: 'c', message: expect.stringContaining('"d_a_b_c_idx"') as string },
    ]);
    const relation = await problemsOf([
      model('d.x', { others: loose['Many2many']!(() => 'd.y', { table: 'd_y' }) }),
      model('d.y'),
    ]);
    expect(relation).toMatchObject([{ model: 'd.x', field: 'others' }]);
  });

  it('never because it is long: what is generated is shortened, alike in every process', async () => {
    const long = `d.${'very.long.name.'.repeat(6)}end`;
    const registry = await composed([Base, model(long, { base: loose['Many2one']!(() => 'd.base') })]);
    expect(registry.get(long).table).toMatch(/^d_very_long.*_[0-9a-f]{8}$/);
    expect(Buffer.byteLength(registry.get(long).table)).toBe(63);
  });
});

describe('a class is refused', () => {
  it('when it is not decorated, extends nothing or is no class', async () => {
    class Bare extends BaseModel {}
    @Model('d.bare')
    class NoBase {}
    const problems = await problemsOf([Bare, NoBase, undefined, 'x', {}, { target: null }] as never[]);
    expect(problems.map(({ model: name, message }) => `${name}: ${message}`)).toEqual([
      'Bare: Bare is listed as a model and not decorated.',
      'd.bare: NoBase does not extend BaseModel.',
      'models[2]: It is undefined and not a model class.',
      'models[3]: It is "x" and not a model class.',
      'models[4]: It is an object and not a model class.',
      'models[5]: It is an object and not a model class.',
    ]);
  });

  it('when it extends a model that no module brings, or none', async () => {
    @Extend('d.bsae')
    class Lost extends BaseModel {}
    @Extend()
    class Rootless extends BaseModel {}
    @Extend('d.other')
    class Crossed extends Base {}
    @Model('d.second')
    class Second extends Base {}
    @Extend()
    class OfSecond extends Second {}
    const problems = await problemsOf([Base, Lost, Rootless, Crossed, Second, OfSecond]);
    expect(problems.map(({ model: name, message }) => `${name}: ${message}`)).toEqual([
      'Rootless: Rootless extends no model.',
      'd.bsae: Lost extends a model that no module brings. Did you mean "d.base"?',
      'd.other: Crossed extends the class Base, which is of "d.base".',
      'd.second: Second defines a model and extends the model class Base.',
    ]);
  });

  it('when the class it extends is not listed', async () => {
    @Extend()
    class Below extends Base {}
    @Extend()
    class Above extends Below {}
    const problems = await problemsOf([Base, Above]);
    expect(problems.map(({ message }) => message)).toEqual(['Above extends Below, which no module brings.']);
  });

  it('when another one defines the same model, with both places', async () => {
    @Model('d.base')
    class Again extends BaseModel {
      @fields.Char() code!: string | null;
    }
    @Extend()
    class OfAgain extends Again {}
    const problems = await problemsOf([{ target: Base, module: 'one' }, { target: Again, module: 'two' }, OfAgain]);
    expect(problems).toHaveLength(1);
    expect(problems[0]!.message).toMatch(
      /Base \(module one, .*definitions\.test\.ts:\d+\) and Again \(module two, .*:\d+\)/,
    );
  });

  it('when it is decorated twice', async () => {
    @Model('d.once')
    @Model('d.twice')
    class Twice extends BaseModel {}
    expect(await problemsOf([Twice])).toMatchObject([{ message: 'Twice has two decorators @Model or @Extend.' }]);
  });

  it('when it has what records do not get: #private members, properties with values, constructor arguments', async () => {
    class Thing extends BaseModel<Thing> {
      static #shared = 1;
      #secret = 5;
      // A comment on this.#nothing = 1.
      text = 'this.#neither = 2';
      run = (): number => this.#secret + Thing.#shared;
      #hide(): number {
        return this.#secret;
      }
      show(): number {
        return this.#hide();
      }
    }
    Model('d.thing')(Thing);
    @Extend()
    class Further extends Thing {
      constructor(readonly service: object) {
        super();
      }
    }
    const problems = await problemsOf([Thing, Further]);
    expect(problems.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      '#hide: Thing has a private member #hide, which records do not have.',
      '#secret: Thing has a private member #secret, which records do not have.',
      'constructor: The constructor of Further takes arguments, and records are not made by it.',
      'run: Thing.run is a function kept in a property.',
      'text: Thing.text has an initial value, which records never get.',
    ]);
  });

  it('when its decorators are on static members', async () => {
    class Thing extends BaseModel {}
    loose['Char']!()(Thing, 'name');
    Constrains('name')(Thing, 'check');
    Model('d.thing')(Thing);
    expect((await problemsOf([Thing])).map(({ field }) => field)).toEqual(['check', 'name']);
  });

  it('when a field of one layer hides a method or getter of another', async () => {
    @Model('d.thing')
    class Thing extends BaseModel<Thing> {
      archive(): number {
        return 1;
      }
      get total(): number {
        return 1;
      }
    }
    @Extend('d.thing')
    class Other extends BaseModel {
      @fields.Boolean() archive!: boolean;
      @fields.Integer() total!: number | null;
    }
    const problems = await problemsOf([Thing, { target: Other, module: 'other' }]);
    expect(problems.map(({ field, message }) => `${field}: ${message}`)).toEqual([
      'archive: It has the name of a method of Thing (module app).',
      'total: It has the name of an accessor of Thing (module app).',
    ]);
  });
});

describe('a default is refused', () => {
  it('when the field cannot hold it, or looking at it fails', async () => {
    const schema = {
      '~standard': {
        version: 1,
        vendor: 'test',
        validate: (): never => {
          throw new TypeError('boom');
        },
      },
    };
    const found = await complaints({
      amount: loose['Integer']!({ default: 'many' }),
      data: loose['Json']!({ schema, default: {} }),
      state: loose['Selection']!({ a: 'A' }, { default: 'b' }),
    });
    expect(found.map((text) => text.split(':')[0])).toEqual(['amount', 'data', 'state']);
  });
});

describe('a file that was loaded twice', () => {
  function loaded(): (typeof BaseModel<never>)[] {
    @Model('d.thing', { order: 'name' })
    class Thing extends BaseModel {
      @fields.Char({ default: () => 'x' }) name!: string | null;
      greet(): string {
        return 'thing';
      }
    }
    @Extend()
    class ThingMore extends Thing {
      override greet(): string {
        return `${super.greet()} more`;
      }
    }
    return [Thing, ThingMore] as never[];
  }

  it('is one definition, whichever copy the other files extend', async () => {
    const [Thing, More] = loaded();
    const [Twin, TwinMore] = loaded();
    const registry = await composed([Thing!, Twin!, TwinMore!, More!]);
    expect(registry.get('d.thing').line).toHaveLength(2);
    const env = registry.environment(registry.cursor());
    for (const target of [Thing!, Twin!]) {
      const records = env.model(target as never) as unknown as { greet(): string };
      expect(records).toBeInstanceOf(Thing!);
      expect(records).toBeInstanceOf(Twin!);
      expect(records.greet()).toBe('thing more');
    }
  });

  it('is not confused with another class of the same name and text but other fields', async () => {
    const [one, two] = [model('d.thing', { a: loose['Char']!() }), model('d.thing', { b: loose['Char']!() })];
    expect(await problemsOf([one, two])).toHaveLength(1);
  });

  it('counts a class listed twice once', async () => {
    const registry = await composed([Base, Base, { target: Base, module: 'other' }]);
    expect(registry.get('d.base').line).toEqual([Base]);
  });
});

describe('a build', () => {
  it('is the same for every order in which unrelated models are given', async () => {
    const models = [
      model('d.a', { b: loose['Many2one']!(() => 'd.b'), cs: loose['Many2many']!(() => 'd.c') }, { order: 'b' }),
      model('d.b', { as: loose['One2many']!(() => 'd.a', 'b'), name: loose['Char']!() }, { order: 'name' }),
      model('d.c', { as: loose['Many2many']!(() => 'd.a') }),
      Base,
    ];
    const descriptions = new Set<string>();
    for (const order of permutations(models)) descriptions.add(JSON.stringify(describeModels(await composed(order))));
    expect(descriptions.size).toBe(1);
  });

  it('gives an equal description when it is done again, and shares nothing with the first', async () => {
    const models = [model('d.a', { b: loose['Many2one']!(() => 'd.base') }), Base];
    const [first, second] = [await composed(models), await composed(models)];
    expect(describeModels(second)).toEqual(describeModels(first));
    expect(second.get('d.a').fields.get('b')).not.toBe(first.get('d.a').fields.get('b'));
    expect(second.get('d.a').fields.get('b')!.relation!.target).toBe(second.get('d.base'));
  });

  it('ends in a ModelDefinitionError or in a registry, whatever mistakes are combined', async () => {
    const random = new SeededRandom(20_260_101);
    const outcomes = { built: 0, refused: 0 };
    for (let round = 0; round < 400; round++) {
      const outcome = await composed(randomModels(random) as never[]).catch((error: unknown) => error);
      if (outcome instanceof Registry) outcomes.built++;
      else if (outcome instanceof ModelDefinitionError) outcomes.refused++;
      else
        expect.fail(
          `seed ${random.seed}, round ${round}: ${outcome instanceof Error ? outcome.stack : String(outcome)}`,
        );
    }
    expect(outcomes.built).toBeGreaterThan(50);
    expect(outcomes.refused).toBeGreaterThan(50);
  });
});
