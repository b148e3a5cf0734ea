import { installDispatcher } from './dispatcher.js';
import type { AnyClass } from './any-class.js';
import { addMethodFacts, setDefinition, type ModelDefinition, type ModelOptions } from './model-definition.js';

/**
 * Defines a model. The class extends `BaseModel<Itself>`; the name is its identity in every registry.
 *
 * @example
 * @Model('res.country', { order: 'name' })
 * export class Country extends BaseModel<Country> {
 *   @fields.Char({ required: true }) name!: string;
 * }
 */
export function Model(name: string, options: ModelOptions = {}): <T extends AnyClass>(target: T) => void {
  return (target) => define(target, { kind: 'model', name, options });
}

/**
 * Extends a model in place: fields, methods, getters and constraints of this class become part of it, in its table, for
 * every user of the model. On `class PartnerSale extends Partner` no name is needed; a class that extends `BaseModel`
 * names the model, and so needs not import its class.
 *
 * `super.method()` calls the next implementation in line, whichever modules are installed.
 */
export function Extend(options?: ModelOptions): <T extends AnyClass>(target: T) => void;
export function Extend(name: string, options?: ModelOptions): <T extends AnyClass>(target: T) => void;
export function Extend(
  nameOrOptions: string | ModelOptions = {},
  options: ModelOptions = {},
): <T extends AnyClass>(target: T) => void {
  const name = typeof nameOrOptions === 'string' ? nameOrOptions : null;
  return (target) =>
    define(target, { kind: 'extension', name, options: typeof nameOrOptions === 'string' ? options : nameOrOptions });
}

/**
 * Says what a computed getter or batch method reads: paths such as `'name'` or `'lines.product.price'`. They are
 * loaded before it runs, and changing any of them, anywhere, computes it again. Paths of overridden layers add up.
 */
export function Depends(...paths: string[]): MethodDecoratorOfModel {
  return (target, key) => addMethodFacts(target, String(key), { depends: paths });
}

/**
 * Says which paths a check watches. The method runs once for each record where one of them changed, as superuser, with
 * the paths loaded and after computation; it throws `ValidationError`, and may be async.
 */
export function Constrains(...paths: string[]): MethodDecoratorOfModel {
  return (target, key) => addMethodFacts(target, String(key), { constrains: paths });
}

type MethodDecoratorOfModel = (target: object, key: string | symbol, descriptor?: PropertyDescriptor) => void;

function define(target: AnyClass, facts: Pick<ModelDefinition, 'kind' | 'name' | 'options'>): void {
  setDefinition({
    ...facts,
    target,
    options: Object.freeze({ ...facts.options }),
    dispatcher: installDispatcher(target),
  });
}
