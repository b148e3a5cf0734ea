import type { Field } from '../fields/field.js';
import type { ComposedModel } from './composed-model.js';

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
