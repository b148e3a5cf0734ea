import type { Row } from '../cache/row.js';
import type { Field } from '../fields/field.js';
import { identifier } from '../sql/sql.js';
import type { ComposedModel } from './composed-model.js';
import { modelCache } from './model-cache.js';

interface WriteStatement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** Texts of INSERTs by the slots of their columns; a model has few combinations in use. */
const texts = modelCache<string, string>(1_000);

/** One INSERT for any number of records: arrays of columns for many, plain parameters for one. Gives ids in order. */
export function insertStatement(
  model: ComposedModel,
  fields: readonly Field[],
  records: readonly Row[],
): WriteStatement {
  if (fields.length === 0) return emptyInsert(identifier(model.table).text, records.length);
  const [first] = records;
  const isSingle = records.length === 1 && first !== undefined;
  const values = isSingle
    ? fields.map((field) => parameter(field, first[field.slot]))
    : fields.map((field) => records.map((row) => parameter(field, row[field.slot])));
  return { text: insertText(model, fields, isSingle ? 'one' : 'many'), values };
}

function insertText(model: ComposedModel, fields: readonly Field[], count: 'one' | 'many'): string {
  let key: string = count;
  for (const field of fields) key += ` ${field.slot}`;
  return texts(model, key, () => makeInsertText(model, fields, count));
}

function makeInsertText(model: ComposedModel, fields: readonly Field[], count: 'one' | 'many'): string {
  const table = identifier(model.table).text;
  const columns = fields.map((field) => identifier(field.column!).text).join(', ');
  if (count === 'one') {
    const places = fields.map((_, index) => `$${index + 1}`).join(', ');
    return `INSERT INTO ${table} (${columns}) VALUES (${places}) RETURNING id`;
  }
  const arrays = fields.map((field, index) => `$${index + 1}::${field.columnType}[]`).join(', ');
  const names = fields.map((_, index) => `c${index}`).join(', ');
  // The rows are numbered as they come and inserted in that order, so the ids come back in it.
  return `INSERT INTO ${table} (${columns}) SELECT ${names} FROM unnest(${arrays}) WITH ORDINALITY AS v(${names}, n) ORDER BY n RETURNING id`;
}

function emptyInsert(table: string, count: number): WriteStatement {
  return {
    text: `INSERT INTO ${table} (id) SELECT nextval(pg_get_serial_sequence($1, 'id')) FROM generate_series(1, $2::int4) RETURNING id`,
    values: [table, count],
  };
}

function parameter(field: Field, value: unknown): unknown {
  return value === null || value === undefined ? null : field.toParameter(value);
}

/** One UPDATE for rows that changed in the same columns, each to values of its own. The first column is the id. */
export function updateStatement(
  model: ComposedModel,
  fields: readonly Field[],
  rows: readonly { readonly id: number; readonly values: readonly unknown[] }[],
): WriteStatement {
  const table = identifier(model.table).text;
  const columns = fields.map((field) => identifier(field.column!).text);
  const [first] = rows;
  if (rows.length === 1 && first !== undefined) {
    const sets = columns.map((column, index) => `${column} = $${index + 2}`).join(', ');
    return {
      text: `UPDATE ${table} SET ${sets} WHERE id = $1`,
      values: [first.id, ...fields.map((field, index) => parameter(field, first.values[index]))],
    };
  }
  const sets = columns.map((column, index) => `${column} = v.c${index}`).join(', ');
  const arrays = fields.map((field, index) => `$${index + 2}::${field.columnType}[]`).join(', ');
  const names = fields.map((_, index) => `c${index}`).join(', ');
  return {
    text: `UPDATE ${table} AS t SET ${sets} FROM unnest($1::int8[], ${arrays}) AS v(id, ${names}) WHERE t.id = v.id`,
    values: [
      rows.map(({ id }) => id),
      ...fields.map((field, index) => rows.map(({ values }) => parameter(field, values[index]))),
    ],
  };
}
