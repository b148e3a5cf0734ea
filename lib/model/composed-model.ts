import type { RowShape } from '../cache/row.js';
import type { FieldResolver, OrderTerm } from '../domain/field-resolver.js';
import type { Field } from '../fields/field.js';
import type { SearchPlans } from './search-plans.js';
import type { AnyClass } from './any-class.js';
import type { ConstraintOption } from './model-definition.js';

/** How rows of a model are fetched: a column list that fills a row's slots in order, and how to read each. */
export interface FetchPlan {
  /** `"t"."id", NULL, …`: one expression a slot, `t` being the alias. */
  readonly columns: string;
  /** One parser a slot; null: text as it is, or nothing. */
  readonly parsers: readonly (((text: string) => unknown) | null)[];
  /** Slots that the columns fill. */
  readonly filled: readonly number[];
  /** Slots that hold a placeholder and must read as "not loaded". */
  readonly empty: readonly number[];
}

/**
 * A model of one registry, composed of all its layers: what every operation on its records looks up. It is built in
 * stages by the rooms above and does not change after that.
 */
export interface ComposedModel extends FieldResolver, RowShape {
  readonly name: string;
  readonly module: string;
  readonly description: string;
  /** The decorated classes, lowest first. */
  readonly line: readonly AnyClass[];
  /** Modules that added a layer, in the same order. */
  readonly modules: readonly string[];
  /** Whether `createdAt`, `createdBy`, `updatedAt`, `updatedBy` are kept. */
  readonly log: boolean;
  readonly fields: ReadonlyMap<string, Field>;
  /** Fields with a column, in slot order; `id` is not among them. */
  readonly stored: readonly Field[];
  /** Fields that new records get a default for. */
  readonly defaulted: readonly Field[];
  /** Fields with a column that a new record must have a value for. */
  readonly mandatory: readonly Field[];
  readonly fieldBySlot: readonly (Field | undefined)[];
  readonly order: readonly OrderTerm[];
  readonly constraintOptions: readonly NamedConstraint[];
  /** Prototype of the records of this registry. */
  readonly prototype: object;
  /** Makes a record: one plain constructor function a model, so that every record has the same hidden class. */
  readonly recordOf: RecordConstructor;
  readonly setOf: SetConstructor;
  /** Eager columns: what a search fetches. */
  readonly fetch: FetchPlan;
  readonly computations: readonly Computation[];
  readonly computationOf: ReadonlyMap<Field, Computation>;
  readonly triggers: ReadonlyMap<Field, readonly Trigger[]>;
  readonly constraintMethods: readonly ConstraintMethod[];
  /** Many2one fields of any model that point here: followed when records are deleted. */
  readonly referrers: readonly Field[];
  /** One2many fields that a many2one of this model feeds, by that many2one. */
  readonly mirrors: ReadonlyMap<Field, readonly Field[]>;
  /** Whether a layer of the line overrides the method: then it must be called, and may read `this`. */
  readonly overrides: { readonly create: boolean; readonly write: boolean; readonly unlink: boolean };
}

/** A constraint with the name of its database object. */
export interface NamedConstraint extends ConstraintOption {
  readonly objectName: string;
}

export type RecordConstructor = new (row: unknown[], runtime: unknown, group: unknown) => object;
export type SetConstructor = new (rows: readonly unknown[][], runtime: unknown, group: unknown) => object;

/** Finds the models of a registry. */
export interface ModelLookup {
  /** @throws UnknownModelError */
  get(name: string): ComposedModel;
  find(name: string): ComposedModel | undefined;
  readonly all: readonly ComposedModel[];
  readonly searchPlans: SearchPlans;
}

/** One getter, or one batch method with all the fields it fills. */
export interface Computation {
  readonly model: ComposedModel;
  readonly fields: readonly Field[];
  /** Whether the values are kept in columns. */
  readonly stored: boolean;
  /** The user's getter, topmost of the line; null for a batch method. */
  readonly getter: ((this: object) => unknown) | null;
  /** Name of the batch method; null for a getter. */
  readonly method: string | null;
  /** The paths of `@Depends` as written, those of all layers together. */
  readonly paths: readonly string[];
  /** Computations with a lower rank come first. */
  readonly rank: number;
}

/** Says which records a change concerns: walk `back` from the changed record to those that depend on it. */
export interface Trigger {
  /** What is marked at the end of the walk: a computation to run again, or a check to run. */
  readonly effect: Computation | ConstraintMethod;
  /** Relations from the computed record to the changed one, in that direction; empty: the record itself. */
  readonly back: readonly Field[];
  /** Whether a check or a stored field is at its end or further on: only then is the database asked. */
  readonly reachesStored: boolean;
  /** The places where a walk back may wait for the database, by relations left. */
  readonly places: readonly { readonly trigger: Trigger; readonly remaining: number }[];
}

/** A method of `@Constrains`. */
export interface ConstraintMethod {
  readonly model: ComposedModel;
  readonly method: string;
  readonly paths: readonly string[];
}

export function isComputation(effect: Computation | ConstraintMethod): effect is Computation {
  return 'fields' in effect;
}
