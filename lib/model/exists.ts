import { RowFlag, hasFlag, rowId } from '../cache/row.js';
import { UnknownFieldError, UsageError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import { identifier } from '../sql/sql.js';
import { MODEL, RUNTIME, rowsOf, setFor, type RecordState } from './record-state.js';
import { targetOf } from './relations.js';

/** Those of the records that the database has, in the same order; one query. */
export async function existingRecords(records: RecordState): Promise<RecordState> {
  const model = records[MODEL];
  const runtime = records[RUNTIME];
  const { work } = runtime;
  work.check();
  const rows = rowsOf(records).filter((row) => !hasFlag(row, RowFlag.missing));
  if (rows.length === 0) return setFor(model, [], { runtime });
  const result = await work.send({
    text: `SELECT id FROM ${identifier(model.table).text} WHERE id = ANY($1::int8[])`,
    values: [rows.map(rowId)],
    columns: [Number],
    origin: 'read',
  });
  const found = new Set((result.rows as [number][]).map(([id]) => id));
  for (const row of rows) if (!found.has(rowId(row))) work.cache.markMissing(model, row);
  return setFor(
    model,
    rows.filter((row) => found.has(rowId(row))),
    { runtime },
  );
}

/** Whether following a many2one to the same model leads from one of the records back to it; at most one query. */
export async function hasCycle(records: RecordState, name: string): Promise<boolean> {
  const model = records[MODEL];
  const { work } = records[RUNTIME];
  work.check();
  const field = parentField(records, name);
  const rows = rowsOf(records);
  // One that names itself is a cycle, and needs no query.
  if (rows.some((row) => row[field.slot] === rowId(row))) return true;
  if (rows.every((row) => row[field.slot] === null)) return false;
  await work.flushAffected(() => [field]);
  const table = identifier(model.table).text;
  const column = identifier(field.column!).text;
  const result = await work.send({
    text:
      `WITH RECURSIVE walk(start, id) AS (SELECT id, ${column} FROM ${table} WHERE id = ANY($1::int8[]) ` +
      `UNION SELECT walk.start, t.${column} FROM walk JOIN ${table} t ON t.id = walk.id) ` +
      `SELECT EXISTS (SELECT 1 FROM walk WHERE id = start)::int4`,
    values: [rows.map(rowId)],
    columns: [Number],
    origin: 'read',
  });
  return (result.rows[0] as [number])[0] === 1;
}

function parentField(records: RecordState, name: string): Field {
  const model = records[MODEL];
  const field = model.fields.get(name);
  if (field === undefined) throw new UnknownFieldError({ model: model.name, field: name, known: model.fields.keys() });
  if (field.kind === 'many2one' && field.store && targetOf(field) === model) return field;
  throw new UsageError(`${model.name}.${name} is no many2one to ${model.name} itself, so it has no cycles.`, {
    model: model.name,
    field: name,
  });
}
