import { describe, expect, it } from 'vitest';
import {
  BaseModel,
  Environment,
  Extend,
  Model,
  ModelDefinitionError,
  fields,
  type DefinitionProblem,
  type Many,
} from '../../lib/core.js';
import { composed, problemsOf } from './support/build.js';
import { loose } from './support/random-models.js';

type Class = abstract new (...given: never[]) => object;

/** The names of a prototype's members, symbols left out. */
function membersOf(prototype: object): string[] {
  return Object.getOwnPropertyNames(prototype);
}

/** `BaseModel` can declare members without having them: those of the implicit fields. */
const IMPLICIT = ['displayName', 'createdAt', 'createdBy', 'updatedAt', 'updatedBy'];
const PROMISE = membersOf(Promise.prototype);
const OBJECT = membersOf(Object.prototype);
const RECORD = membersOf(BaseModel.prototype);
const ENVIRONMENT = membersOf(Environment.prototype);
const FIELD_NAMES = [...new Set([...RECORD, ...IMPLICIT, ...PROMISE, ...OBJECT])];
const MODEL_NAMES = [...new Set([...ENVIRONMENT, ...PROMISE, ...OBJECT])];

/** A model with a text of each name. */
function modelWith(name: string, names: readonly string[]): Class {
  class Made extends BaseModel {}
  for (const each of names) loose['Char']!()(Made.prototype, each);
  Model(name)(Made);
  return Made;
}

function places(problems: readonly DefinitionProblem[]): string[] {
  return problems.map(({ model, field, module }) => `${model}.${field ?? ''} in ${module}`);
}

describe('rule 15: names that records and environments have are refused', () => {
  it('looks at what the classes really have', () => {
    expect(PROMISE).toEqual(expect.arrayContaining(['then', 'catch', 'finally']));
    expect(RECORD).toEqual(expect.arrayContaining(['id', 'env', 'write', 'search', 'toJSON', 'withUser', 'length']));
    expect(ENVIRONMENT).toEqual(expect.arrayContaining(['uid', 'model', 'cursor', 'flush', 'savepoint', 'sudo']));
  });

  it('every member of a record, a promise and an object as a field, all in one error', async () => {
    const expected = FIELD_NAMES.filter((name) => name !== 'displayName');
    const wrong = { target: modelWith('r.wrong', FIELD_NAMES), module: 'wrong' };
    const failure = await composed([modelWith('r.right', ['name']), wrong]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ModelDefinitionError);
    const { problems, message } = failure as ModelDefinitionError;
    expect(places(problems).toSorted()).toEqual(expected.map((name) => `r.wrong.${name} in wrong`).toSorted());
    for (const { field, message: reason, hint } of problems) {
      expect(reason).toContain(`A field may not be called "${field}"`);
      expect(hint).toContain('Call it "');
      expect(message).toContain(`r.wrong.${field} (module wrong): ${reason} ${hint}`);
    }
    expect(new Set(problems.map(({ field }) => field)).size).toBe(problems.length);
  });

  it('each of them alone, by whichever layer and kind of field', async () => {
    for (const name of FIELD_NAMES.filter((each) => each !== 'displayName')) {
      @Model('r.base')
      class Base extends BaseModel<Base> {
        @fields.Char() name!: string | null;
      }
      class Added extends Base {}
      if (name === 'length') loose['Many2one']!(() => Base)(Added.prototype, name);
      else loose['Integer']!({ column: 'own_column' })(Added.prototype, name);
      Extend()(Added);
      const problems = await problemsOf([
        { target: Base, module: 'base' },
        { target: Added, module: 'added' },
      ]);
      expect(places(problems)).toEqual([`r.base.${name} in added`]);
    }
  });

  it('but a name to display of its own, and names that only look alike', async () => {
    @Model('r.shown')
    class Shown extends BaseModel<Shown> {
      @fields.Char({ required: true }) declare displayName: string;
      @fields.One2many(() => Shown, 'parent') loads!: Many<Shown>;
      @fields.Many2one(() => Shown) parent!: Shown | null;
    }
    const alike = FIELD_NAMES.filter((name) => /^[a-z]+$/i.test(name)).map((name) => `${name}Value`);
    expect(await problemsOf([Shown, modelWith('r.alike', alike)])).toEqual([]);
  });

  it('every member of an environment, a promise and an object as a model, all in one error', async () => {
    const models = MODEL_NAMES.map((name) => ({ target: modelWith(name, ['name']), module: `module-of-${name}` }));
    const failure = await composed([modelWith('r.right', ['name']), ...models]).catch((error: unknown) => error);
    expect(failure).toBeInstanceOf(ModelDefinitionError);
    const { problems, message } = failure as ModelDefinitionError;
    expect(places(problems).toSorted()).toEqual(MODEL_NAMES.map((name) => `${name}. in module-of-${name}`).toSorted());
    for (const { model, module, message: reason, hint } of problems) {
      expect(reason).toContain(`"${model}"`);
      expect(hint).not.toBe('');
      expect(message).toContain(`${model} (module ${module}): ${reason} ${hint}`);
    }
  });

  it('to whoever names the model, too: an extension by name, and a relation', async () => {
    for (const name of MODEL_NAMES) {
      class Named extends BaseModel {}
      Extend(name)(Named);
      const problems = await problemsOf([{ target: Named, module: 'late' }]);
      expect(problems.map(({ module }) => module)).toEqual(['late']);
      expect(problems[0]!.message).toContain(`"${name}"`);
    }
  });

  it('as models that only start alike they are none of an environment', async () => {
    const names = MODEL_NAMES.filter((name) => /^[a-z]+$/i.test(name)).map((name) => `${name}.line`);
    const registry = await composed(names.map((name) => modelWith(name, ['name'])));
    expect(names.every((name) => registry.has(name))).toBe(true);
    await registry.close();
  });

  it('fields and models together, with the mistakes of others', async () => {
    const problems = await problemsOf([
      { target: modelWith('uid', ['name']), module: 'a' },
      { target: modelWith('r.wrong', ['then', 'write', 'name']), module: 'b' },
      { target: modelWith('then', ['catch']), module: 'c' },
    ]);
    expect(places(problems)).toEqual(['r.wrong.then in b', 'r.wrong.write in b', 'then. in c', 'uid. in a']);
  });
});
