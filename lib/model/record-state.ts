import { RECORD_SLOT, rowId, type Row } from '../cache/row.js';
import { PrefetchGroup } from '../cache/prefetch-group.js';
import type { ComposedModel } from './composed-model.js';
import type { ModelRuntime } from './model-runtime.js';

/*
 * What a record holds lies under symbols, and a record takes no other properties: `Object.assign(record, dto)` can only
 * reach fields; what is none of them throws, be it a misspelt name, a method or `__proto__`. A record has one row, a set
 * has rows; both have the environment's runtime and the group they load with.
 */
export const ROW = Symbol('row');
export const ROWS = Symbol('rows');
export const RUNTIME = Symbol('runtime');
export const GROUP = Symbol('group');
/** On the composed prototype: the model of the record. */
export const MODEL = Symbol('model');

/** A recordset as the operations see it. */
export interface RecordState {
  readonly [ROW]?: Row | undefined;
  readonly [ROWS]?: readonly Row[] | undefined;
  readonly [RUNTIME]: ModelRuntime;
  [GROUP]: PrefetchGroup;
  readonly [MODEL]: ComposedModel;
}

/** Gives the two constructors of a composed model: of records and of sets. */
export function recordConstructors(prototype: object): Pick<ComposedModel, 'recordOf' | 'setOf'> {
  // Plain functions, not the user's constructor: ES2022 class fields would shadow the accessors.
  function OneRecord(
    this: { [ROW]: unknown; [RUNTIME]: unknown; [GROUP]: unknown },
    row: unknown,
    runtime: unknown,
    group: unknown,
  ): void {
    this[ROW] = row;
    this[RUNTIME] = runtime;
    this[GROUP] = group;
    Object.preventExtensions(this);
  }
  function RecordSet(
    this: { [ROWS]: unknown; [RUNTIME]: unknown; [GROUP]: unknown },
    rows: unknown,
    runtime: unknown,
    group: unknown,
  ): void {
    this[ROWS] = rows;
    this[RUNTIME] = runtime;
    this[GROUP] = group;
    Object.preventExtensions(this);
  }
  OneRecord.prototype = prototype;
  RecordSet.prototype = prototype;
  return {
    recordOf: OneRecord as unknown as ComposedModel['recordOf'],
    setOf: RecordSet as unknown as ComposedModel['setOf'],
  };
}

export function isRecordState(value: unknown): value is RecordState {
  return typeof value === 'object' && value !== null && MODEL in value && RUNTIME in value;
}

export function rowsOf(records: RecordState): readonly Row[] {
  return records[ROWS] ?? [records[ROW]!];
}

export function idsOf(records: RecordState): number[] {
  return rowsOf(records).map(rowId);
}

/** The record object of a row in an environment: always the same one, now loading with `group`. */
export function recordFor(
  model: ComposedModel,
  row: Row,
  scope: { readonly runtime: ModelRuntime; readonly group: PrefetchGroup },
): RecordState {
  const { runtime, group } = scope;
  const first = row[RECORD_SLOT] as RecordState | undefined;
  if (first === undefined) {
    const made = new model.recordOf(row, runtime, group) as RecordState;
    row[RECORD_SLOT] = made;
    return made;
  }
  if (first[RUNTIME] === runtime) {
    first[GROUP] = group;
    return first;
  }
  let other = runtime.records.get(row) as RecordState | undefined;
  if (other === undefined) runtime.records.set(row, (other = new model.recordOf(row, runtime, group) as RecordState));
  else other[GROUP] = group;
  return other;
}

/** A set of rows, a new prefetch group unless one is given. */
export function setFor(
  model: ComposedModel,
  rows: readonly Row[],
  scope: { readonly runtime: ModelRuntime; readonly group?: PrefetchGroup },
): RecordState {
  return new model.setOf(rows, scope.runtime, scope.group ?? new PrefetchGroup(rows)) as RecordState;
}

/** One record that loads alone. */
export function singleFor(model: ComposedModel, row: Row, runtime: ModelRuntime): RecordState {
  return recordFor(model, row, { runtime, group: new PrefetchGroup([row]) });
}

/** Those of the rows whose load a record or set asks for: a set its own, a record those of its group. */
export function loadingRows(records: RecordState, limit: number): readonly Row[] {
  const row = records[ROW];
  return row === undefined ? records[ROWS]! : records[GROUP].around(row, limit);
}
