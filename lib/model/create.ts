import { emptyRow, type Row } from '../cache/row.js';
import { withCell } from '../cache/view.js';
import { ValidationError } from '../errors/business-errors.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from './composed-model.js';
import { insertStatement } from './write-statements.js';
import { writeLists } from './list-changes.js';
import type { ModelRuntime } from './model-runtime.js';
import { MODEL, RUNTIME, setFor, type RecordState } from './record-state.js';
import { markStale, touch } from './touch.js';
import { checkValues, type CheckedValues } from './values.js';
import { mirror } from './write.js';

/** Makes records with one INSERT, whatever keys each has; the lists they were given follow. */
export async function createRecords(records: RecordState, given: readonly unknown[]): Promise<RecordState> {
  const model = records[MODEL];
  const runtime = records[RUNTIME];
  const { work } = runtime;
  work.check();
  if (given.length === 0) return setFor(model, [], { runtime });
  const checked = given.map((values) => withDefaults(runtime, model, checkValues(model, values, 'create')));
  for (const { scalars } of checked) assertRequired(model, scalars);
  const ids = await insert(runtime, model, checked);
  const rows = checked.map(({ scalars }, index) => newRow(runtime, model, { id: ids[index]!, scalars }));
  settle(runtime, model, rows);
  await createLists(runtime, model, { rows, checked });
  return setFor(model, rows, { runtime });
}

function withDefaults(runtime: ModelRuntime, model: ComposedModel, checked: CheckedValues): CheckedValues {
  for (const field of model.fields.values()) {
    if (!field.hasDefault || checked.scalars.has(field) || checked.lists.has(field)) continue;
    if (field.kind === 'one2many' || field.kind === 'many2many')
      checked.lists.set(field, field.defaultFor(runtime.env));
    else checked.scalars.set(field, field.defaultFor(runtime.env));
  }
  if (model.log) {
    const { startedAt } = runtime.work;
    for (const [name, value] of [
      ['createdAt', startedAt],
      ['createdBy', runtime.uid],
      ['updatedAt', startedAt],
      ['updatedBy', runtime.uid],
    ] as const) {
      checked.scalars.set(model.fields.get(name)!, value);
    }
  }
  return checked;
}

/** Before SQL, so that a missing value costs no round trip and does not end the transaction. */
function assertRequired(model: ComposedModel, scalars: ReadonlyMap<Field, unknown>): void {
  for (const field of model.stored) {
    if (!field.required || field.isComputed) continue;
    if ((scalars.get(field) ?? null) === null) throw requiredError(field);
  }
}

export function requiredError(field: Field, ids?: readonly number[]): ValidationError {
  return new ValidationError(`${field.label} is required.`, { model: field.model, field: field.name, ids });
}

async function insert(
  runtime: ModelRuntime,
  model: ComposedModel,
  checked: readonly CheckedValues[],
): Promise<number[]> {
  const fields = model.stored.filter((field) => checked.some(({ scalars }) => (scalars.get(field) ?? null) !== null));
  const statement = insertStatement(
    model,
    fields,
    checked.map(({ scalars }) => scalars),
  );
  const result = await runtime.work.send({ ...statement, columns: [Number], origin: 'write' });
  return (result.rows as [number][]).map(([id]) => id);
}

function newRow(
  runtime: ModelRuntime,
  model: ComposedModel,
  { id, scalars }: { readonly id: number; readonly scalars: ReadonlyMap<Field, unknown> },
): Row {
  const row = emptyRow(model.width, id);
  for (const field of model.fields.values()) {
    if (field.kind === 'one2many' || field.kind === 'many2many')
      row[field.slot] = withCell(undefined, runtime.view, []);
    else if (field.store && !model.computationOf.has(field) && field.name !== 'id')
      row[field.slot] = scalars.get(field) ?? null;
  }
  runtime.work.cache.add(model, row);
  return row;
}

/** New records join the loaded lists of what they refer to; what depends on them is marked, and they are checked. */
function settle(runtime: ModelRuntime, model: ComposedModel, rows: readonly Row[]): void {
  const { work } = runtime;
  for (const field of model.mirrors.keys()) {
    for (const row of rows) {
      const value = row[field.slot];
      row[field.slot] = null;
      mirror(runtime, model, { field, row, value });
      row[field.slot] = value;
    }
  }
  for (const computation of model.computations) markStale(work, computation, rows);
  for (const field of model.triggers.keys()) touch(work, field, rows);
  for (const constraint of model.constraintMethods) work.checks.add(constraint, rows);
}

async function createLists(
  runtime: ModelRuntime,
  model: ComposedModel,
  { rows, checked }: { readonly rows: readonly Row[]; readonly checked: readonly CheckedValues[] },
): Promise<void> {
  for (const field of model.fields.values()) {
    if (field.kind !== 'one2many' && field.kind !== 'many2many') continue;
    const entries = rows.flatMap((row, index) => {
      const value = checked[index]!.lists.get(field);
      return value === undefined ? [] : [[row, value] as const];
    });
    if (entries.length > 0) await writeLists(runtime, field, entries);
  }
}
