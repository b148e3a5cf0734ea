import { FIRST_FIELD_SLOT, type Row } from '../cache/row.js';
import { UsageError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from '../model/composed-model.js';
import { touch } from '../model/touch.js';
import type { FieldFace } from '../types/faces.js';
import type { TransactionState } from './transaction-state.js';

/** Forgets all clean values; what is staged, dirty or waiting stays. */
export function invalidateAll(transaction: TransactionState): void {
  for (const model of transaction.models.all) {
    for (const row of transaction.cache.rowsOf(model)) {
      for (let slot = FIRST_FIELD_SLOT; slot < model.width; slot++) forget(transaction, model, row, slot);
    }
  }
}

/** Forgets the clean values of fields, and what was computed from them. */
export function invalidateFields(
  transaction: TransactionState,
  entries: readonly (readonly [field: FieldFace, ids: readonly number[] | null])[],
): void {
  for (const [face, ids] of entries) {
    const model = transaction.models.get(face.model);
    const field = model.fields.get(face.name);
    if (field === undefined || field.slot < FIRST_FIELD_SLOT) {
      throw new UsageError(`${face.model}.${face.name} is no field whose values are kept.`, {
        model: face.model,
        field: face.name,
      });
    }
    const rows = rowsToForget(transaction, model, ids);
    const forgotten = rows.filter((row) => forget(transaction, model, row, field.slot));
    forgetComputed(transaction, field, forgotten);
  }
}

function rowsToForget(transaction: TransactionState, model: ComposedModel, ids: readonly number[] | null): Row[] {
  if (ids === null) return [...transaction.cache.rowsOf(model)];
  return ids.map((id) => transaction.cache.find(model, id)).filter((row) => row !== undefined);
}

/** What is computed without a column and read from the forgotten values would be stale; stored values are not. */
function forgetComputed(transaction: TransactionState, field: Field, rows: readonly Row[]): void {
  const model = transaction.models.get(field.model);
  const triggers = model.triggers.get(field) ?? [];
  if (triggers.some(({ effect }) => 'fields' in effect && !effect.stored)) {
    const { queue, touched, checks } = transaction;
    const before = { queue: queue.snapshot(), touched: touched.snapshot(), checks: checks.snapshot() };
    touch(transaction, field, rows);
    queue.restore(before.queue);
    touched.restore(before.touched);
    checks.restore(before.checks);
  }
}

function forget(transaction: TransactionState, model: ComposedModel, row: Row, slot: number): boolean {
  if (row[slot] === undefined) return false;
  if (transaction.dirty.has(model, row, slot) || transaction.staged.get(row)?.values.has(slot) === true) return false;
  transaction.cache.set(model, row, slot, undefined);
  return true;
}
