import type { AnyClass } from './any-class.js';

/** Options of `@Model`; an extension's are merged over those of the classes below it. */
export interface ModelOptions {
  /** Name of the table; `res.partner` is kept in `res_partner` by default. */
  readonly table?: string;
  /** Default order, such as `'country, name desc'`; by default `id`. */
  readonly order?: string;
  /** The field or getter that names a record to people; by default `name` if there is one. */
  readonly displayName?: string;
  /** `false`: no `createdAt`, `createdBy`, `updatedAt`, `updatedBy`. */
  readonly log?: boolean;
  readonly description?: string;
  /** Database constraints and indexes, made by `unique`, `check`, `exclude` and `index`. */
  readonly constraints?: readonly ConstraintOption[];
  /** The boolean field whose `false` archives a record; by default `active` if there is one, `null`: none. */
  readonly activeField?: string | null;
}

/** A database constraint or index of a model, as `unique`, `check`, `exclude` and `index` make it. */
export interface ConstraintOption {
  readonly kind: 'unique' | 'check' | 'exclude' | 'index';
  /** Fields of a `unique` or an `index`. */
  readonly fields?: readonly string[];
  /** SQL of a `check` (a condition) or an `exclude` (what follows `EXCLUDE`), written with column names. */
  readonly sql?: string;
  /** What the `ValidationError` says when it is violated. */
  readonly message?: string;
  /** Part of the name of the database object; by default made of kind and fields. */
  readonly name?: string;
}

/** What one decorated class says. Notes only: nothing is looked up before a registry is built. */
export interface ModelDefinition {
  readonly kind: 'model' | 'extension';
  /** The model's name; null: an extension of whatever its written parent is of. */
  readonly name: string | null;
  readonly target: AnyClass;
  readonly options: ModelOptions;
  /** Where the class is written, as `file:line`; null where that cannot be known. */
  readonly place: () => string | null;
  /** The class has another decorator of this kind below this one. */
  readonly isSecond?: boolean;
}

const DEFINITION = Symbol.for('nest-registry:definition');
const FACTS = Symbol.for('nest-registry:method-facts');

/** What `@Depends` and `@Constrains` say of a method or getter. */
export interface MethodFacts {
  readonly depends?: readonly string[];
  readonly constrains?: readonly string[];
}

export function setDefinition(definition: ModelDefinition): void {
  const { target } = definition;
  const isSecond = definitionOf(target) !== undefined;
  const value: ModelDefinition = isSecond ? { ...definition, isSecond } : definition;
  Object.defineProperty(target, DEFINITION, { value, configurable: true });
}

/** The definition noted on this very class; undefined: it is not decorated. */
export function definitionOf(target: unknown): ModelDefinition | undefined {
  if (typeof target !== 'function' || !Object.hasOwn(target, DEFINITION)) return undefined;
  return (target as unknown as Record<symbol, ModelDefinition>)[DEFINITION];
}

/** Adds to what is known of a member; facts of the same kind add up. */
export function addMethodFacts(prototype: object, key: string, facts: MethodFacts): void {
  const store = ownFacts(prototype) ?? new Map<string, MethodFacts>();
  const known = store.get(key);
  store.set(key, {
    ...added(known, facts, 'depends'),
    ...added(known, facts, 'constrains'),
  });
  Object.defineProperty(prototype, FACTS, { value: store, configurable: true });
}

/** Facts noted on the members of this very class. */
export function ownFacts(prototype: object): Map<string, MethodFacts> | undefined {
  return Object.hasOwn(prototype, FACTS) ? (prototype as Record<symbol, Map<string, MethodFacts>>)[FACTS] : undefined;
}

/** No paths at all are noted as well: a check that watches nothing is a mistake to report. */
function added(known: MethodFacts | undefined, facts: MethodFacts, kind: keyof MethodFacts): MethodFacts {
  if (known?.[kind] === undefined && facts[kind] === undefined) return {};
  return { [kind]: [...(known?.[kind] ?? []), ...(facts[kind] ?? [])] };
}
