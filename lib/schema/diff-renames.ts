import type { Difference, SchemaNotice } from './difference.js';
import type { DatabaseState, TableState } from './introspect.js';
import { renamedObjects } from './renamed-objects.js';
import type { TableSpec } from './table-spec.js';

type Rename = Extract<Difference, { kind: 'rename-table' | 'rename-column' | 'rename-object' }>;

/**
 * Tables and columns that carry the name they had before, and the constraints and indexes of ours that were named after
 * them. A rename that was made long ago finds nothing to do; both names present is for a person to settle.
 */
export function findRenames(
  state: DatabaseState,
  specs: readonly TableSpec[],
): { readonly differences: readonly Rename[]; readonly notices: readonly SchemaNotice[] } {
  const differences: Rename[] = [];
  const notices: SchemaNotice[] = [];
  for (const table of specs) {
    const before = renamedTable(table, state, notices);
    const actual = state.tables.get(before ?? table.name);
    if (actual === undefined) continue;
    if (before !== undefined) differences.push({ kind: 'rename-table', table, from: before });
    const columns = renamedColumns(table, actual, notices);
    if (before === undefined && columns.length === 0) continue;
    const names = new Map(columns.map(({ column, from }) => [column.name, from]));
    const old = { table: before ?? table.name, column: (name: string) => names.get(name) ?? name };
    differences.push(...columns, ...renamedObjects(table, actual, { old, state }));
  }
  return { differences, notices };
}

/** The state as it will be after `renames`, as far as names go. */
export function withRenames(state: DatabaseState, renames: readonly Rename[]): DatabaseState {
  if (renames.length === 0) return state;
  const tables = new Map(state.tables);
  for (const rename of renames) {
    const from = rename.kind === 'rename-table' ? rename.from : rename.table.name;
    const table = tables.get(from);
    if (table === undefined) continue;
    tables.delete(from);
    tables.set(rename.table.name, renameIn(table, rename));
    if (rename.kind === 'rename-table') {
      for (const [name, other] of tables) tables.set(name, pointedTo(other, from, rename.table.name));
    }
  }
  return { ...state, tables };
}

function renameIn(table: TableState, rename: Rename): TableState {
  switch (rename.kind) {
    case 'rename-table':
      return { ...table, name: rename.table.name };
    case 'rename-column': {
      const renamed = (name: string): string => (name === rename.from ? rename.column.name : name);
      return {
        ...table,
        columns: table.columns.map((column) => ({ ...column, name: renamed(column.name) })),
        constraints: table.constraints.map((constraint) => ({
          ...constraint,
          columns: constraint.columns.map(renamed),
        })),
      };
    }
    case 'rename-object': {
      const change = <T extends { readonly name: string }>(object: T): T =>
        object.name === rename.from ? { ...object, name: rename.to } : object;
      return { ...table, constraints: table.constraints.map(change), indexes: table.indexes.map(change) };
    }
  }
}

function pointedTo(table: TableState, from: string, to: string): TableState {
  const constraints = table.constraints.map((constraint) =>
    constraint.references?.table === from
      ? { ...constraint, references: { ...constraint.references, table: to } }
      : constraint,
  );
  return { ...table, constraints };
}

/** The old name of a table that is still to get its new one. */
function renamedTable(table: TableSpec, state: DatabaseState, notices: SchemaNotice[]): string | undefined {
  const from = table.renamedFrom;
  if (from === null || !state.tables.has(from)) return undefined;
  if (!state.tables.has(table.name)) return from;
  notices.push(bothThere(table.name, `Tables "${from}" and "${table.name}"`));
  return undefined;
}

type ColumnRename = Extract<Rename, { kind: 'rename-column' }>;

function renamedColumns(table: TableSpec, actual: TableState, notices: SchemaNotice[]): readonly ColumnRename[] {
  const present = new Set(actual.columns.map(({ name }) => name));
  const renames: ColumnRename[] = [];
  for (const column of table.columns) {
    const from = column.renamedFrom;
    if (from === null || !present.has(from)) continue;
    if (!present.has(column.name)) renames.push({ kind: 'rename-column', table, column, from });
    else notices.push(bothThere(table.name, `Columns "${from}" and "${column.name}" of "${table.name}"`));
  }
  return renames;
}

function bothThere(table: string, what: string): SchemaNotice {
  return {
    level: 'drift',
    table,
    message: `${what} are both there, though one was to become the other.`,
    hint: 'Move what the old one holds, drop it, or take `renamedFrom` out of the definition.',
  };
}
