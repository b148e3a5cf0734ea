import { rowId, type Row } from '../cache/row.js';
import type { Field } from '../fields/field.js';
import type { SuspendedTrigger } from '../model/model-runtime.js';
import { inverseOf, many2manyOf } from '../model/relations.js';
import { walkBack } from '../model/touch.js';
import { identifier } from '../sql/sql.js';
import { sendDirty, sendLinks } from './send-changes.js';
import type { TransactionState } from './transaction-state.js';

/**
 * Goes on with the walks from changed records to their dependents where the cache did not know the way: the database
 * names the records, archived ones included, whoever may see them.
 */
export async function settleTouched(transaction: TransactionState): Promise<void> {
  while (!transaction.touched.isEmpty) {
    const taken = await transaction.atTurn(async () => transaction.touched.take());
    for (const [place, rows] of taken) await settle(transaction, place, rows);
  }
}

async function settle(transaction: TransactionState, place: SuspendedTrigger, rows: readonly Row[]): Promise<void> {
  const { trigger, remaining } = place;
  const relation = trigger.back[remaining - 1]!;
  const model = transaction.models.get(relation.model);
  const ids = await predecessorIds(transaction, relation, rows.map(rowId));
  const found = ids.map((id) => transaction.cache.row(model, id));
  walkBack(transaction, trigger.places[remaining - 1]!, { rows: found, isUncertain: false, seen: new Map() });
}

/** Ids of the records whose relation leads to one of `ids`; one query. */
async function predecessorIds(
  transaction: TransactionState,
  relation: Field,
  ids: readonly number[],
): Promise<number[]> {
  const query = await predecessorQuery(transaction, relation);
  const result = await transaction.send({ text: query, values: [ids], columns: [Number], origin: 'read' });
  return (result.rows as [number][]).map(([id]) => id);
}

/** The query, after what it reads has reached the database. */
async function predecessorQuery(transaction: TransactionState, relation: Field): Promise<string> {
  const model = transaction.models.get(relation.model);
  if (relation.kind === 'many2many') {
    const { table, ownColumn, targetColumn } = many2manyOf(relation);
    if (transaction.links.has(table)) await sendLinks(transaction);
    const own = identifier(ownColumn).text;
    return `SELECT DISTINCT ${own} FROM ${identifier(table).text} WHERE ${identifier(targetColumn).text} = ANY($1::int8[])`;
  }
  if (relation.kind === 'many2one') {
    if (transaction.dirty.touches(model, new Set([relation.slot]))) await sendDirty(transaction, [model]);
    return `SELECT id FROM ${identifier(model.table).text} WHERE ${identifier(relation.column!).text} = ANY($1::int8[])`;
  }
  const inverse = inverseOf(relation);
  const lines = transaction.models.get(inverse.model);
  if (transaction.dirty.touches(lines, new Set([inverse.slot]))) await sendDirty(transaction, [lines]);
  const column = identifier(inverse.column!).text;
  return `SELECT DISTINCT ${column} FROM ${identifier(lines.table).text} WHERE id = ANY($1::int8[]) AND ${column} IS NOT NULL`;
}
