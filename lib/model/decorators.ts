import { installDispatcher } from './dispatcher.js';
import type { AnyClass } from './any-class.js';
import {
  addMethodFacts,
  definitionOf,
  setDefinition,
  type ModelDefinition,
  type ModelOptions,
} from './model-definition.js';

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
  const place = placeOfCaller(Model);
  return (target) => define(target, { kind: 'model', name, options, place });
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
  const place = placeOfCaller(Extend);
  // Whatever stands in the place of options is a name, so that a name that is none is reported.
  const isOptions = typeof nameOrOptions === 'object';
  const name = isOptions ? null : nameOrOptions;
  return (target) => define(target, { kind: 'extension', name, options: isOptions ? nameOrOptions : options, place });
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

function define(target: AnyClass, facts: Pick<ModelDefinition, 'kind' | 'name' | 'options' | 'place'>): void {
  // Undecorated classes in between come along with the class, so they walk the line as well.
  for (let at: unknown = target; isDerived(at); at = Object.getPrototypeOf(at)) {
    if (at !== target && definitionOf(at) !== undefined) break;
    installDispatcher(at);
  }
  setDefinition({ ...facts, target, options: Object.freeze({ ...facts.options }) });
}

function isDerived(at: unknown): at is AnyClass {
  return typeof at === 'function' && at !== Function.prototype && Object.getPrototypeOf(at) !== Function.prototype;
}

/** Where a decorator was called, as `file:line`; null where the engine keeps no stacks. */
function placeOfCaller(decorator: (...given: never[]) => unknown): () => string | null {
  const holder: { readonly stack?: string } = {};
  Error.captureStackTrace(holder, decorator);
  // The stack becomes text when it is read, which is only for a complaint.
  return () => {
    const place = /^\s*at (?:.*\()?(.+:\d+):\d+\)?$/m.exec(holder.stack ?? '')?.[1];
    return place?.replace(/^file:\/\//, '') ?? null;
  };
}
