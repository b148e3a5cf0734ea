import type { ColumnSpec } from './table-spec.js';

/** Expressions that need no row: with them as default, a new column of a large table is filled without a rewrite. */
const CONSTANT = /^(-?\d+(\.\d+)?|true|false|'([^']|'')*'(::[a-z][a-z ]*(\(\d+(,\s*\d+)?\))?(\[\])?)?)$/i;

export function isConstant(expression: string): boolean {
  return CONSTANT.test(expression);
}

/** Whether every row has a value the moment the column is there. */
export function isFilledWhenAdded(column: ColumnSpec): boolean {
  if (column.identity) return true;
  return column.fill === null ? column.default !== null : isConstant(column.fill);
}
