import { readCell, withCell } from '../cache/view.js';
import type { Row } from '../cache/row.js';
import { FieldNotLoadedError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import type { Computation } from './composed-model.js';
import type { ModelRuntime } from './model-runtime.js';
import { assertPresent, notLoaded } from './not-loaded.js';
import { MODEL, RUNTIME, singleFor, type RecordState } from './record-state.js';
import { sameValue } from './same-value.js';

/**
 * What a field reads as when its slot holds nothing: a computed value is computed if all it needs is loaded; of the
 * rest the error says how to load it. The hot path, a slot that holds a value, is in the accessors.
 */
export function readUnloaded(record: RecordState, row: Row, field: Field): unknown {
  const model = record[MODEL];
  assertPresent(model.name, row);
  const computation = model.computationOf.get(field);
  if (computation === undefined) throw notLoaded(record, row, field);
  const runtime = record[RUNTIME];
  if (computation.stored) {
    const waiting = runtime.work.queue.has(computation, row);
    if (!waiting || computation.getter === null) throw notLoaded(record, row, field);
    // What a savepoint of others did may still be undone: nothing that comes from it is kept.
    if (runtime.work.cache.isUnsettled) {
      return runGetter(singleFor(model, row, runtime.asSystem()), row, computation);
    }
    computeStored(runtime, computation, row);
    return row[field.slot];
  }
  const known = readCell(row[field.slot], runtime.view);
  if (known !== undefined) return known;
  if (computation.getter === null) throw notLoaded(record, row, field);
  return computeForReader(record, row, field);
}

/** Computes the stored value of one row with its getter, as the superuser; the change is written at the next flush. */
export function computeStored(runtime: ModelRuntime, computation: Computation, row: Row): void {
  const system = runtime.asSystem();
  const { work } = runtime;
  const { model } = computation;
  const record = singleFor(model, row, system);
  const field = computation.fields[0]!;
  const value = runGetter(record, row, computation);
  const before = work.queue.before(computation, row);
  work.queue.done(computation, row);
  setComputed(system, { model, field, row, value, before: before?.[0] });
}

/** Puts a computed value of a stored field in its slot, and marks it dirty unless the database has it already. */
export function setComputed(
  runtime: ModelRuntime,
  change: {
    readonly model: Computation['model'];
    readonly field: Field;
    readonly row: Row;
    readonly value: unknown;
    readonly before: unknown;
  },
): void {
  const { model, field, row, value, before } = change;
  const { work } = runtime;
  work.cache.set(model, row, field.slot, value);
  if (!sameValue(field, before, value)) work.dirty.mark(model, row, field.slot, runtime.uid);
}

function computeForReader(record: RecordState, row: Row, field: Field): unknown {
  const model = record[MODEL];
  const computation = model.computationOf.get(field)!;
  const value = runGetter(record, row, computation);
  const { work, view } = record[RUNTIME];
  if (!work.cache.isUnsettled) work.cache.set(model, row, field.slot, withCell(row[field.slot], view, value));
  return value;
}

/** Runs the user's getter and converts what it gives. */
export function runGetter(record: RecordState, row: Row, computation: Computation): unknown {
  const field = computation.fields[0]!;
  try {
    const value = record[RUNTIME].work.computing.runGetter(computation, () => computation.getter!.call(record));
    return value === undefined ? null : field.convert(value);
  } catch (error) {
    if (!(error instanceof FieldNotLoadedError)) throw error;
    throw computedNotLoaded(record, row, { field, cause: error });
  }
}

/** The call that mends it names the computed field: what it depends on is loaded along with it. */
function computedNotLoaded(
  record: RecordState,
  row: Row,
  { field, cause }: { readonly field: Field; readonly cause: FieldNotLoadedError },
): FieldNotLoadedError {
  const plain = notLoaded(record, row, field);
  return new FieldNotLoadedError(`${plain.message} It is computed, and ${cause.message}`, {
    model: plain.model,
    field: plain.field,
    ids: plain.ids,
    hint: `${plain.hint} If that is done, "${cause.model}.${cause.field}" is missing in its @Depends.`,
    cause,
  });
}
