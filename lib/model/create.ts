import { FIRST_FIELD_SLOT, ID_SLOT, emptyRow, type Row } from '../cache/row.js';
import { withCell, type Cell } from '../cache/view.js';
import { ValidationError } from '../errors/business-errors.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel, Computation } from './composed-model.js';
import { writeLists } from './list-changes.js';
import { mirror } from './mirror.js';
import type { ModelRuntime, Work } from './model-runtime.js';
import { precompute } from './precompute.js';
import { MODEL, RUNTIME, setFor, type RecordState } from './record-state.js';
import { markStale, touch } from './touch.js';
import { checkValues, type CheckedValues } from './values.js';
import { insertStatement } from './write-statements.js';

/** Makes records with one INSERT, whatever keys each has; the lists they were given follow. */
export async function createRecords(records: RecordState, given: readonly unknown[]): Promise<RecordState> {
  const model = records[MODEL];
  const runtime = records[RUNTIME];
  const { work } = runtime;
  work.check();
  if (given.length === 0) return setFor(model, [], { runtime });
  const checked = given.map((values) => withDefaults(runtime, model, checkValues(model, values, 'create')));
  for (const { scalars } of checked) assertRequired(model, scalars);
  const made = checked.map(({ scalars }) => newRow(runtime, model, scalars));
  const computed = precompute(runtime, model, {
    rows: made,
    given: checked.map(({ scalars, lists }) => givenOf(scalars, lists)),
  });
  const ids = await insert(runtime, model, made);
  // Together, before anything else runs: a query right behind the INSERT brings these records, too.
  const rows = ids.map((id, index) => takeIn(work, model, { id, row: made[index]! }));
  settle(runtime, model, { rows, computed });
  if (checked.some(({ lists }) => lists.size > 0)) await createLists(runtime, model, { rows, checked });
  return setFor(model, rows, { runtime });
}

function withDefaults(runtime: ModelRuntime, model: ComposedModel, checked: CheckedValues): CheckedValues {
  for (const field of model.defaulted) {
    if (checked.scalars.has(field) || checked.lists.has(field)) continue;
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
  for (const field of model.mandatory) {
    if ((scalars.get(field) ?? null) === null) throw requiredError(field);
  }
}

export function requiredError(field: Field, ids?: readonly number[]): ValidationError {
  return new ValidationError(`${field.label} is required.`, { model: field.model, field: field.name, ids });
}

function givenOf(
  scalars: ReadonlyMap<Field, unknown>,
  lists: ReadonlyMap<Field, unknown>,
): { has(field: Field): boolean } {
  return { has: (field) => scalars.has(field) || lists.has(field) };
}

/** The row of a record to be: everything but its id. A computed field holds a value only if it was given one. */
function newRow(runtime: ModelRuntime, model: ComposedModel, scalars: ReadonlyMap<Field, unknown>): Row {
  const row = emptyRow(model.width, 0);
  row[ID_SLOT] = undefined;
  for (const field of model.fields.values()) {
    if (field.kind === 'one2many' || field.kind === 'many2many') row[field.slot] = emptyLists(runtime);
    else if (field.store && field.name !== 'id') {
      const value = scalars.get(field);
      if (value !== undefined || !model.computationOf.has(field)) row[field.slot] = value ?? null;
    }
  }
  return row;
}

/** Nobody can refer to a record that is being made: its lists are known, for the user and for computations. */
function emptyLists(runtime: ModelRuntime): Cell {
  const own = withCell(undefined, runtime.view, []);
  const { view } = runtime.asSystem();
  return view === runtime.view ? own : withCell(own, view, []);
}

async function insert(runtime: ModelRuntime, model: ComposedModel, rows: readonly Row[]): Promise<number[]> {
  const { work } = runtime;
  const fields = model.stored.filter((field) => rows.some((row) => (row[field.slot] ?? null) !== null));
  const result = await work.send({ ...insertStatement(model, fields, rows), columns: [Number], origin: 'write' });
  return (result.rows as [number][]).map(([id]) => id);
}

/** Gives the cached row: one that a query brought already stays the record's. */
function takeIn(work: Work, model: ComposedModel, { id, row }: { readonly id: number; readonly row: Row }): Row {
  row[ID_SLOT] = id;
  const known = work.cache.find(model, id);
  if (known !== undefined) {
    for (let slot = FIRST_FIELD_SLOT; slot < model.width; slot++) {
      if (!work.dirty.has(model, known, slot) && known[slot] !== row[slot])
        work.cache.set(model, known, slot, row[slot]);
    }
  }
  work.cache.add(model, known ?? row);
  return known ?? row;
}

/** New records join the loaded lists of what they refer to; what depends on them is marked, and they are checked. */
function settle(
  runtime: ModelRuntime,
  model: ComposedModel,
  { rows, computed }: { readonly rows: readonly Row[]; readonly computed: ReadonlySet<Computation> },
): void {
  const { work } = runtime;
  for (const field of model.mirrors.keys()) {
    const moves = rows.map((row) => ({ row, before: null, value: row[field.slot] }));
    mirror(runtime, model, field, moves);
  }
  for (const constraint of model.constraintMethods) work.checks.add(constraint, rows);
  if (model.computations.length === 0 && model.triggers.size === 0) return;
  // What is computed already, or was given, is not marked again by the fields that it depends on.
  const seen = new Map<Computation, Set<Row>>();
  for (const computation of model.computations) {
    if (computed.has(computation)) seen.set(computation, new Set(rows));
    else
      seen.set(
        computation,
        new Set(rows.filter((row) => computation.fields.some((field) => row[field.slot] !== undefined))),
      );
  }
  for (const computation of model.computations) markStale(work, computation, rows, seen);
  for (const field of model.triggers.keys()) touch(work, field, rows, seen);
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
