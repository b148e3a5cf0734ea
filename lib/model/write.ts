import { RowFlag, hasFlag, rowId, type Row } from '../cache/row.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from './composed-model.js';
import { writeLists } from './list-changes.js';
import { followActive, mirror } from './mirror.js';
import type { ModelRuntime } from './model-runtime.js';
import { missing } from './not-loaded.js';
import { MODEL, RUNTIME, rowsOf, type RecordState } from './record-state.js';
import { sameValue } from './same-value.js';
import { touch } from './touch.js';
import { checkValues } from './values.js';

/** Gives records the same values; the change is pending until the next flush, its effects in the cache are at once. */
export async function writeRecords(records: RecordState, values: unknown): Promise<void> {
  const model = records[MODEL];
  const runtime = records[RUNTIME];
  runtime.work.check();
  const { scalars, lists } = checkValues(model, values, 'write');
  const rows = rowsOf(records);
  if (rows.length === 0 || scalars.size + lists.size === 0) return;
  const gone = rows.filter((row) => hasFlag(row, RowFlag.missing));
  if (gone.length > 0) throw missing(model.name, gone.map(rowId));
  await runtime.work.flushStaged(rows);
  const { work } = runtime;
  const entries = [...scalars].map(([field, value]) => [field, rows.map((row) => [row, value] as const)] as const);
  await applyValues(runtime, model, entries);
  for (const [field, value] of lists) {
    work.check();
    await writeLists(
      runtime,
      field,
      rows.map((row) => [row, value] as const),
    );
  }
}

/** New values of one field for some rows. */
export type FieldChanges = readonly [Field, readonly (readonly [Row, unknown])[]];

/** Puts converted values in their slots, with all that follows from it: dirty marks, mirrored lists, dependents, checks. */
export async function applyValues(
  runtime: ModelRuntime,
  model: ComposedModel,
  changes: readonly FieldChanges[],
): Promise<void> {
  await loadOldRelations(runtime, model, changes);
  // A caller that nobody awaits may have been overtaken by the end of its unit: what it changes now would be lost.
  runtime.work.check();
  for (const [field, entries] of changes) {
    const changed = entries.filter(([row, value]) => !sameValue(field, row[field.slot], value));
    if (changed.length > 0) applyField(runtime, model, [field, changed]);
  }
}

/** Who depended on the old side of a relation, and whose loaded list loses the record, is known only from the old value. */
async function loadOldRelations(
  runtime: ModelRuntime,
  model: ComposedModel,
  changes: readonly FieldChanges[],
): Promise<void> {
  const unread = new Set<Row>();
  for (const [field, entries] of changes) {
    // Who is archived or comes back leaves or joins the lists of those it refers to.
    const read = field.name === model.activeField ? [...model.mirrors.keys()] : [field];
    for (const relation of read) {
      if (relation.kind !== 'many2one' || !(model.triggers.has(relation) || model.mirrors.has(relation))) continue;
      for (const [row] of entries) if (row[relation.slot] === undefined) unread.add(row);
    }
  }
  if (unread.size > 0) await runtime.work.loads.columns(runtime, model, { rows: [...unread], lazy: null });
}

function applyField(runtime: ModelRuntime, model: ComposedModel, [field, entries]: FieldChanges): void {
  const { work } = runtime;
  const rows = entries.map(([row]) => row);
  const isRelation = field.kind === 'many2one';
  if (isRelation) {
    touch(work, field, rows);
    const moves = entries.map(([row, value]) => ({ row, before: row[field.slot], value }));
    mirror(runtime, model, field, moves);
  }
  for (const [row, value] of entries) {
    work.cache.set(model, row, field.slot, value);
    work.dirty.mark(model, row, field.slot, runtime.uid);
  }
  if (field.name === model.activeField) for (const row of rows) followActive(runtime, model, row);
  touch(work, field, rows);
}
