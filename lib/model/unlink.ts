import { RowFlag, hasFlag, rowId, type Row } from '../cache/row.js';
import { mapCells } from '../cache/view.js';
import { ValidationError } from '../errors/business-errors.js';
import { ConstraintViolationError } from '../errors/database-errors.js';
import { identifier } from '../sql/sql.js';
import type { ComposedModel } from './composed-model.js';
import { mirror } from './mirror.js';
import type { ModelRuntime, Work } from './model-runtime.js';
import { MODEL, RUNTIME, rowsOf, type RecordState } from './record-state.js';
import { touch } from './touch.js';

/** Deletes records with one statement; what the database deletes or unsets along with them leaves the cache too. */
export async function unlinkRecords(records: RecordState): Promise<void> {
  const model = records[MODEL];
  const runtime = records[RUNTIME];
  const { work } = runtime;
  work.check();
  const rows = rowsOf(records).filter((row) => !hasFlag(row, RowFlag.missing));
  if (rows.length === 0) return;
  for (const row of rows) forgetPending(work, model, row);
  // Links to these records that are staged or dirty must be in the database, or its foreign keys would act on old ones.
  await work.flush();
  markDependents(work, model, rows);
  await work.settleTouched();
  const ids = rows.map(rowId);
  await work.atTurn(() => {
    const deleted = deleteRows(work, model, ids);
    // Before the answer: what is computed from here on must not count them. Others may have computed since the first time.
    markDependents(work, model, rows);
    dropAll(runtime, model, rows);
    followReferrers(runtime, model, new Set(ids));
    return deleted;
  });
}

async function deleteRows(work: Work, model: ComposedModel, ids: readonly number[]): Promise<void> {
  try {
    await work.send({
      text: `DELETE FROM ${identifier(model.table).text} WHERE id = ANY($1::int8[])`,
      values: [ids],
      origin: 'write',
    });
  } catch (error) {
    throw isReferredTo(error) ? stillReferredTo(work, model, { error, ids }) : error;
  }
}

function isReferredTo(error: unknown): error is ValidationError {
  return (
    error instanceof ValidationError &&
    error.cause instanceof ConstraintViolationError &&
    error.cause.kind === 'foreign key'
  );
}

/** The server says which foreign key forbids it, and so whose records must go or be changed first. */
function stillReferredTo(
  work: Work,
  model: ComposedModel,
  { error, ids }: { readonly error: ValidationError; readonly ids: readonly number[] },
): ValidationError {
  const referrer = error.model === undefined ? undefined : work.models.find(error.model);
  const by = referrer === undefined ? 'other records' : `records of ${referrer.description}`;
  return new ValidationError(`${model.description}: this cannot be deleted, because ${by} refer to it.`, {
    model: model.name,
    ids,
    hint: referrer === undefined ? undefined : `Look at ${referrer.name}.${error.field ?? ''}, or set its onDelete.`,
    cause: error.cause,
  });
}

/** What is staged or waits for a record that goes need not be written first. */
function forgetPending(work: Work, model: ComposedModel, row: Row): void {
  const staged = work.staged.get(row);
  if (staged !== undefined) {
    for (const [slot, { before }] of staged.values) work.cache.set(model, row, slot, before);
    work.staged.drop(row);
  }
}

function markDependents(work: Work, model: ComposedModel, rows: readonly Row[]): void {
  for (const field of model.triggers.keys()) touch(work, field, rows);
}

/** They leave the loaded lists of what they refer to, and everything about them is forgotten. */
function dropAll(runtime: ModelRuntime, model: ComposedModel, rows: readonly Row[]): void {
  for (const field of model.mirrors.keys()) {
    const moves = rows.map((row) => ({ row, before: row[field.slot], value: null }));
    mirror(runtime, model, field, moves);
  }
  for (const row of rows) drop(runtime.work, model, row);
}

function drop(work: Work, model: ComposedModel, row: Row): void {
  for (const computation of model.computations) work.queue.done(computation, row);
  work.dirty.drop(model, row);
  work.staged.drop(row);
  work.checks.drop(row);
  work.touched.drop(row);
  work.cache.markMissing(model, row, RowFlag.missing | RowFlag.deleted);
}

/** Cached records that pointed at the deleted ones: gone with them, or pointing nowhere, as their foreign key says. */
function followReferrers(runtime: ModelRuntime, model: ComposedModel, ids: ReadonlySet<number>): void {
  const { work } = runtime;
  for (const field of model.referrers) {
    const source = work.models.get(field.model);
    if (field.kind === 'many2many') {
      forgetMembers(work, source, { slot: field.slot, ids });
      continue;
    }
    const pointing = [...work.cache.rowsOf(source)].filter((row) => ids.has(row[field.slot] as number));
    if (pointing.length === 0) continue;
    if (field.onDelete === 'cascade') {
      dropAll(runtime, source, pointing);
      followReferrers(runtime, source, new Set(pointing.map(rowId)));
    } else {
      for (const row of pointing) work.cache.set(source, row, field.slot, null);
      touch(work, field, pointing);
    }
  }
}

function forgetMembers(
  work: Work,
  source: ComposedModel,
  { slot, ids }: { readonly slot: number; readonly ids: ReadonlySet<number> },
): void {
  for (const row of work.cache.rowsOf(source)) {
    if (row[slot] === undefined) continue;
    const without = (cell: unknown): unknown =>
      mapCells(cell, (value) => {
        const list = value as readonly Row[];
        return list.some((member) => ids.has(rowId(member))) ? list.filter((member) => !ids.has(rowId(member))) : list;
      });
    const kept = without(row[slot]);
    if (kept !== row[slot]) work.cache.set(source, row, slot, kept);
    if (!work.staged.isEmpty) work.staged.rebase(row, slot, without);
  }
}
