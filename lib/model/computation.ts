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
  readonly computation: Computation;
  /** Relations from the computed record to the changed one, in that direction; empty: the record itself. */
  readonly back: readonly Field[];
}

/** A method of `@Constrains`. */
export interface ConstraintMethod {
  readonly model: ComposedModel;
  readonly method: string;
  readonly paths: readonly string[];
}

/** Says which records a constraint method must look at again after a change. */
export interface ConstraintTrigger {
  readonly constraint: ConstraintMethod;
  readonly back: readonly Field[];
}
