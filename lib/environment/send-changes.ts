import { rowId, type Row, type RowShape } from '../cache/row.js';
import type { DirtyGroup } from '../cache/dirty-rows.js';
import type { LinkChangeSet } from '../cache/link-changes.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from '../model/composed-model.js';
import { requiredError } from '../model/create.js';
import { missing } from '../model/not-loaded.js';
import { updateStatement } from '../model/write-statements.js';
import { identifier } from '../sql/sql.js';
import type { TransactionState } from './transaction-state.js';

/**
 * Writes dirty rows: one UPDATE for all rows of a model that changed in the same fields. Those that lack the value of a
 * required field stay dirty: what is on its way through a flush may give it yet, see `assertComplete`.
 */
export function sendDirty(transaction: TransactionState, shapes?: readonly RowShape[]): Promise<void> {
  return transaction.atTurn(async () => {
    const updates = (shapes ?? transaction.dirty.shapes()).flatMap((shape) => {
      const model = transaction.models.get(shape.name);
      const groups = transaction.dirty.groupsOf(model).filter((group) => lacking(model, group) === undefined);
      for (const { rows } of groups) for (const row of rows) transaction.dirty.drop(model, row);
      return groups.map((group) => updateOf(transaction, model, group));
    });
    // Sent together: they travel in one round trip.
    await Promise.all(updates.map((update) => sendUpdate(transaction, update)));
  });
}

/** Before anything is sent: what is refused here stays dirty, all of it. @throws ValidationError naming the records */
export function assertComplete(transaction: TransactionState): void {
  for (const shape of transaction.dirty.shapes()) {
    const model = transaction.models.get(shape.name);
    for (const group of transaction.dirty.groupsOf(model)) {
      const field = lacking(model, group);
      if (field === undefined) continue;
      const unset = group.rows.filter((row) => row[field.slot] === null);
      throw requiredError(field, unset.map(rowId));
    }
  }
}

/** A required field of which some rows have no value. */
function lacking(model: ComposedModel, { slots, rows }: DirtyGroup): Field | undefined {
  for (const slot of slots.slots) {
    const field = model.fieldBySlot[slot]!;
    if (field.required && rows.some((row) => row[slot] === null)) return field;
  }
  return undefined;
}

interface Update {
  readonly model: ComposedModel;
  readonly fields: readonly Field[];
  readonly rows: readonly Row[];
}

function updateOf(transaction: TransactionState, model: ComposedModel, { slots, uid, rows }: DirtyGroup): Update {
  const fields = slots.slots.map((slot) => model.fieldBySlot[slot]!);
  return { model, rows, fields: [...fields, ...stamp(transaction, model, { fields, uid, rows })] };
}

/** `updatedAt` and `updatedBy` follow what was written, not what was merely computed. */
function stamp(
  transaction: TransactionState,
  model: ComposedModel,
  { fields, uid, rows }: { readonly fields: readonly Field[]; readonly uid: number; readonly rows: readonly Row[] },
): Field[] {
  if (!model.log || fields.every((field) => field.isComputed)) return [];
  const at = model.fields.get('updatedAt')!;
  const by = model.fields.get('updatedBy')!;
  for (const row of rows) {
    transaction.cache.set(model, row, at.slot, transaction.startedAt);
    transaction.cache.set(model, row, by.slot, uid);
  }
  return [at, by];
}

async function sendUpdate(transaction: TransactionState, { model, fields, rows }: Update): Promise<void> {
  const changes = rows.map((row) => ({ id: rowId(row), values: fields.map((field) => row[field.slot]) }));
  const result = await transaction.send({ ...updateStatement(model, fields, changes), origin: 'write' });
  if (result.rowCount < rows.length) throw await lostRows(transaction, model, rows);
}

/** Fewer rows were written than there were changes: somebody deleted the others. */
async function lostRows(transaction: TransactionState, model: ComposedModel, rows: readonly Row[]): Promise<Error> {
  const result = await transaction.send({
    text: `SELECT id FROM ${identifier(model.table).text} WHERE id = ANY($1::int8[])`,
    values: [rows.map(rowId)],
    columns: [Number],
    origin: 'read',
  });
  const found = new Set((result.rows as [number][]).map(([id]) => id));
  const lost = rows.filter((row) => !found.has(rowId(row)));
  for (const row of lost) transaction.cache.markMissing(model, row);
  return missing(model.name, lost.map(rowId));
}

/** Writes links: at most one DELETE and one INSERT a relation table. */
export function sendLinks(transaction: TransactionState): Promise<void> {
  return transaction.atTurn(async () => {
    await Promise.all(transaction.links.take().map((changes) => sendLinkTable(transaction, changes)));
  });
}

async function sendLinkTable(
  transaction: TransactionState,
  { table, columns, added, removed }: LinkChangeSet,
): Promise<void> {
  const [first, second] = columns.map((column) => identifier(column).text) as [string, string];
  const name = identifier(table).text;
  const sent: Promise<unknown>[] = [];
  if (removed.length > 0) {
    sent.push(
      transaction.send({
        text: `DELETE FROM ${name} AS l USING unnest($1::int8[], $2::int8[]) AS v(a, b) WHERE l.${first} = v.a AND l.${second} = v.b`,
        values: [removed.map(([a]) => a), removed.map(([, b]) => b)],
        origin: 'write',
      }),
    );
  }
  if (added.length > 0) {
    sent.push(
      transaction.send({
        text: `INSERT INTO ${name} (${first}, ${second}) SELECT a, b FROM unnest($1::int8[], $2::int8[]) AS v(a, b) ON CONFLICT DO NOTHING`,
        values: [added.map(([a]) => a), added.map(([, b]) => b)],
        origin: 'write',
      }),
    );
  }
  await Promise.all(sent);
}
