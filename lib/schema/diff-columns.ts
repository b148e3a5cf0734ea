import { compareTypes } from './column-types.js';
import type { DiffCollector } from './diff-collector.js';
import { isFilledWhenAdded } from './fill.js';
import type { ColumnState, TableState } from './introspect.js';
import { findNote } from './note.js';
import type { ColumnSpec, TableSpec } from './table-spec.js';

/** Compares the columns of a table that is there. */
export function diffColumns(table: TableSpec, actual: TableState, found: DiffCollector): void {
  const present = new Map(actual.columns.map((column) => [column.name, column]));
  for (const column of table.columns) {
    const state = present.get(column.name);
    if (state === undefined) {
      found.add({ kind: 'add-column', table, column });
      if (!column.nullable && !isFilledWhenAdded(column)) found.add({ kind: 'require-column', table, column });
      continue;
    }
    diffType(table, { column, state, found });
    diffDefault(table, { column, state, found });
    diffRequired(table, { column, state, found });
    present.delete(column.name);
  }
  const wanted = new Set(table.columns.map(({ name }) => name));
  for (const column of actual.columns) if (!wanted.has(column.name)) unknownColumn(table, column, found);
}

interface Comparison {
  readonly column: ColumnSpec;
  readonly state: ColumnState;
  readonly found: DiffCollector;
}

function diffType(table: TableSpec, { column, state, found }: Comparison): void {
  const place = `Column "${column.name}" of "${table.name}"`;
  switch (compareTypes(state.type, column.type)) {
    case 'same':
      return;
    case 'wider':
      found.notice('info', table, { message: `${place} is ${state.type} and stays so; ${column.type} would do.` });
      return;
    case 'narrower':
      if (!state.inView) {
        found.add({ kind: 'widen-column', table, column, from: state.type });
        return;
      }
      found.notice('drift', table, {
        message: `${place} is ${state.type}, should be ${column.type}, and cannot be widened while a view reads it.`,
        hint: 'Drop the view, start again, and make the view anew.',
      });
      return;
    case 'different':
      found.notice('drift', table, {
        message: `${place} is ${state.type} and should be ${column.type}.`,
        hint: 'The values must be converted by hand, or the field take a name or kind that fits the column.',
      });
  }
}

function diffDefault(table: TableSpec, { column, state, found }: Comparison): void {
  if (column.identity) {
    if (state.numbered !== 'by default' && !state.generated) {
      found.add({ kind: 'number-column', table, column, from: state.numbered });
    }
    return;
  }
  if (state.generated || state.numbered === 'always') return;
  if (column.default === null) {
    if (state.default === null) return;
    // Only a default that carries our note was made by us: others may count on theirs.
    if (findNote(state.comment) !== undefined) found.add({ kind: 'drop-default', table, column });
    else {
      found.notice('info', table, {
        message: `Column "${column.name}" of "${table.name}" keeps a default that its field does not have.`,
      });
    }
    return;
  }
  const compared = { definition: column.default, printed: state.default ?? '', comment: state.comment };
  if (state.default === null || !found.isSame(table, { type: 'default', name: column.name }, compared)) {
    found.add({ kind: 'set-default', table, column });
  }
}

function diffRequired(table: TableSpec, { column, state, found }: Comparison): void {
  if (column.nullable) {
    const isKey = table.primaryKey.includes(column.name) || isInPrimaryKey(table, column.name, found);
    if (state.notNull && !isKey) found.add({ kind: 'make-optional', table, column });
    return;
  }
  if (state.notNull) return;
  const empty = found.nullRows(table.name, column.name);
  if (empty === undefined) return;
  if (empty > 0 && column.fill === null) found.notice('warning', table, stillEmpty(table.name, column.name, empty));
  else found.add({ kind: 'require-column', table, column });
}

/** What is said of a required column that stays nullable. */
export function stillEmpty(table: string, column: string, rows: number): { message: string; hint: string } {
  return {
    message: `Column "${column}" of "${table}" is required but stays nullable: ${rows} ${rows === 1 ? 'row has' : 'rows have'} no value.`,
    hint: 'Fill those rows, or give the field a default; the next start tries again.',
  };
}

function unknownColumn(table: TableSpec, column: ColumnState, found: DiffCollector): void {
  const refuses = column.notNull && column.default === null && column.numbered === 'no' && !column.generated;
  const place = `Column "${column.name}" of "${table.name}"`;
  if (!refuses) {
    found.notice('info', table, { message: `${place} belongs to no field and stays.` });
    return;
  }
  if (isInPrimaryKey(table, column.name, found)) {
    found.notice('warning', table, {
      message: `${place} belongs to no field and to the primary key: new records will be refused.`,
      hint: `Give the column a default, or take it out of the key.`,
    });
    return;
  }
  // The module that filled it was taken out: its values stay, and records without them can be made.
  found.notice('info', table, { message: `${place} belongs to no field, stays, and may be empty.` });
  const { name, type } = column;
  found.add({
    kind: 'make-optional',
    table,
    column: { name, type, nullable: true, default: null, fill: null, identity: false, renamedFrom: null },
  });
}

function isInPrimaryKey(table: TableSpec, column: string, found: DiffCollector): boolean {
  const constraints = found.state.tables.get(table.name)?.constraints ?? [];
  return constraints.some(({ kind, columns }) => kind === 'p' && columns.includes(column));
}
