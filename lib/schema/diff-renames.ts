import { constraintDefinition, constraintsOf, indexDefinition, indexesOf } from './definitions.js';
import { isSameKey, isSameUnique } from './diff-objects.js';
import type { Difference, SchemaNotice } from './difference.js';
import type { ConstraintState, DatabaseState, TableState } from './introspect.js';
import { findNote, noteOf } from './note.js';
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
    const before = table.renamedFrom;
    const old = before === null ? undefined : state.tables.get(before);
    let actual = state.tables.get(table.name);
    let renamed = false;
    if (before !== null && old !== undefined) {
      if (actual === undefined) {
        differences.push({ kind: 'rename-table', table, from: before });
        actual = old;
        renamed = true;
      } else notices.push(bothThere(table.name, `Tables "${before}" and "${table.name}"`));
    }
    if (actual === undefined) continue;
    const columns = renamedColumns(table, actual, notices);
    differences.push(...columns);
    if (renamed || columns.length > 0) differences.push(...renamedObjects(table, actual, columns));
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

/** Constraints and indexes that are ours by their definition and only have an old name. */
function renamedObjects(table: TableSpec, actual: TableState, columns: readonly ColumnRename[]): readonly Rename[] {
  const names = new Map(columns.map(({ column, from }) => [column.name, from]));
  const before = (name: string): string => names.get(name) ?? name;
  const wanted = new Set([...table.constraints, ...table.indexes, ...table.foreignKeys].map(({ name }) => name));
  const present = new Set([...actual.constraints, ...actual.indexes].map(({ name }) => name));
  const free = <T extends { readonly name: string }>(states: readonly T[]): readonly T[] =>
    states.filter(({ name }) => !wanted.has(name));
  const renames: Rename[] = [];
  const propose = (type: 'constraint' | 'index', to: string, from: { readonly name: string } | undefined): void => {
    if (from === undefined || present.has(to)) return;
    present.add(to);
    wanted.add(from.name);
    renames.push({ kind: 'rename-object', table, type, from: from.name, to });
  };
  const noted = (comment: string | null, definition: string): boolean =>
    findNote(comment)?.definition === noteOf(definition, '').definition;
  for (const key of table.foreignKeys) {
    const old = { ...key, column: before(key.column) };
    const target = (state: ConstraintState): boolean =>
      isSameKey(state.references?.table === table.renamedFrom ? selfKey(old, table) : old, state);
    propose('constraint', key.name, free(actual.constraints).find(target));
  }
  for (const constraint of constraintsOf(table)) {
    const old = constraint.kind === 'unique' ? { ...constraint, columns: constraint.columns.map(before) } : constraint;
    const same = (state: ConstraintState): boolean =>
      old.kind === 'unique' ? isSameUnique(old, state) : noted(state.comment, constraintDefinition(old));
    propose('constraint', constraint.name, free(actual.constraints).find(same));
  }
  for (const index of indexesOf(table)) {
    const text = indexDefinition({ ...index, columns: index.columns.map(before) }, undefined);
    const definition = `${index.unique ? 'UNIQUE ' : ''}${text}`;
    propose(
      'index',
      index.name,
      free(actual.indexes).find(({ comment }) => noted(comment, definition)),
    );
  }
  return renames;
}

/** A key of a table onto itself points, before the rename, to the old name. */
function selfKey<T extends TableSpec['foreignKeys'][number]>(key: T, table: TableSpec): T {
  if (key.references.table !== table.name || table.renamedFrom === null) return key;
  return { ...key, references: { ...key.references, table: table.renamedFrom } };
}

function bothThere(table: string, what: string): SchemaNotice {
  return {
    level: 'drift',
    table,
    message: `${what} are both there, though one was to become the other.`,
    hint: 'Move what the old one holds, drop it, or take `renamedFrom` out of the definition.',
  };
}
