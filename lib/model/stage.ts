import type { Row } from '../cache/row.js';
import type { AssignmentSite } from '../cache/staged-values.js';
import { readCell, withCell } from '../cache/view.js';
import { FieldValueError, UsageError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from './composed-model.js';
import { setComputed } from './compute.js';
import { previewList } from './list-changes.js';
import { followActive, mirror } from './mirror.js';
import { assertPresent } from './not-loaded.js';
import { MODEL, RUNTIME, isRecordState, rowsOf, type RecordState } from './record-state.js';
import type { ModelRuntime } from './model-runtime.js';
import { sameValue } from './same-value.js';
import { touch } from './touch.js';

/**
 * `record.field = value`: the value is checked now, readable at once, and goes through `write` with all its overrides
 * at the next flush. A batch computation assigning its own field gives the computed value instead.
 */
export function stageValue(record: RecordState, row: Row, field: Field, value: unknown): void {
  const model = record[MODEL];
  const runtime = record[RUNTIME];
  const { work } = runtime;
  work.check();
  assertPresent(model.name, row);
  const computation = model.computationOf.get(field);
  if (computation !== undefined && work.computing.isFilling(computation)) {
    fillComputed(record, row, { field, value });
    return;
  }
  assertAssignable(record, field);
  if (field.kind === 'one2many' || field.kind === 'many2many') stageList(record, row, { field, value });
  else stageScalar(record, row, { field, value: field.convert(value) });
}

interface Assignment {
  readonly field: Field;
  readonly value: unknown;
}

function stageScalar(record: RecordState, row: Row, { field, value }: Assignment): void {
  const model = record[MODEL];
  const runtime = record[RUNTIME];
  const { work } = runtime;
  const before = row[field.slot];
  // During a flush the slot may hold the old value for the overrides to see, and another one be on its way.
  if (before !== undefined && !work.isFlushing && sameValue(field, before, value)) return;
  work.staged.add(row, field.slot, { owner: { runtime, model }, before, value, at: assignmentSite(model) });
  showStaged(runtime, model, { field, row, value });
}

/** Puts a value in its slot that is not written (or not written after all): readers see it, and all that follows from it. */
export function showStaged(
  runtime: ModelRuntime,
  model: ComposedModel,
  { field, row, value }: { readonly field: Field; readonly row: Row; readonly value: unknown },
): void {
  const { work } = runtime;
  if (field.kind === 'many2one') {
    // A relation has dependents on the side it leaves and on the side it comes to.
    touch(work, field, [row]);
    mirror(runtime, model, field, [{ row, before: row[field.slot], value }]);
  }
  work.cache.set(model, row, field.slot, value);
  if (field.name === model.activeField) followActive(runtime, model, row);
  touch(work, field, [row]);
}

function stageList(record: RecordState, row: Row, { field, value }: Assignment): void {
  const model = record[MODEL];
  const runtime = record[RUNTIME];
  const { work } = runtime;
  const before = row[field.slot];
  const list = readCell(before, runtime.view) as readonly Row[] | undefined;
  const preview = previewList(runtime, field, { value, list });
  work.staged.add(row, field.slot, { owner: { runtime, model }, before, value, at: assignmentSite(model) });
  if (preview !== undefined) work.cache.set(model, row, field.slot, withCell(before, runtime.view, preview));
  touch(work, field, [row]);
}

function fillComputed(record: RecordState, row: Row, { field, value }: Assignment): void {
  const model = record[MODEL];
  const runtime = record[RUNTIME];
  const { work, view } = runtime;
  const computation = model.computationOf.get(field)!;
  if (computation.stored) {
    const before = work.queue.before(computation, row)?.[computation.fields.indexOf(field)];
    setComputed(runtime, { model, field, row, value: field.convert(value), before });
    return;
  }
  const held = isRecordState(value) && field.kind !== 'many2one' ? rowsOf(value) : field.convert(value);
  work.cache.set(model, row, field.slot, withCell(row[field.slot], view, held));
}

/** @throws UsageError inside a getter; FieldValueError for a field that cannot be assigned */
function assertAssignable(record: RecordState, field: Field): void {
  const { getter } = record[RUNTIME].work.computing;
  if (getter !== null) {
    throw new UsageError(
      `The getter of ${getter.model.name}.${getter.fields[0]!.name} assigns ${field.model}.${field.name}: a getter only reads.`,
      { model: field.model, field: field.name, hint: "Fill several fields in a batch method: compute: 'method'." },
    );
  }
  assertWritable(field);
}

/** @throws FieldValueError for a computed or implicit field */
export function assertWritable(field: Field): void {
  if (!field.readonly) return;
  throw new FieldValueError(
    `${field.model}.${field.name} cannot be written: it is ${field.isComputed ? 'computed' : 'kept by the registry'}.`,
    {
      model: field.model,
      field: field.name,
      hint: field.isComputed ? 'Change what it is computed from.' : 'Leave it out of the values.',
    },
  );
}

/**
 * Where the assignment is written: two frames, the property's setter and the line that assigned. Nothing is formatted
 * unless an error needs it, and it is noted only where a flush will run code of the application, which may refuse the
 * value: noting it costs as much as the assignment.
 */
function assignmentSite(model: ComposedModel): AssignmentSite | null {
  if (!model.overrides.write) return null;
  const limit = Error.stackTraceLimit;
  Error.stackTraceLimit = 2;
  const site: { stack?: string } = {};
  Error.captureStackTrace(site, stageValue);
  Error.stackTraceLimit = limit;
  return site as AssignmentSite;
}
