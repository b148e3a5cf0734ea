import { constraintDefinition, constraintsOf, indexDefinition, indexesOf } from './definitions.js';
import { isSameKey, isSameUnique } from './diff-objects.js';
import type { Difference } from './difference.js';
import type { ConstraintState, DatabaseState, IndexState, TableState } from './introspect.js';
import { isNotedAs } from './note.js';
import type { ConstraintSpec, ForeignKeySpec, IndexSpec, TableSpec } from './table-spec.js';

type RenameObject = Extract<Difference, { kind: 'rename-object' }>;

/** What a table and its columns were called before; a name that did not change is itself. */
export interface OldNames {
  readonly table: string;
  readonly column: (name: string) => string;
}

/**
 * Constraints and indexes of a renamed table or column that are ours by what they define and only have an old name.
 * Renaming them spares a second index and keeps the names by which violations are recognised.
 */
export function renamedObjects(
  table: TableSpec,
  actual: TableState,
  context: { readonly old: OldNames; readonly state: DatabaseState },
): readonly RenameObject[] {
  const { old, state } = context;
  const trigramSchema = state.extensions.get('pg_trgm');
  const wanted = new Set([...table.constraints, ...table.indexes, ...table.foreignKeys].map(({ name }) => name));
  const present = new Set([...actual.constraints, ...actual.indexes].map(({ name }) => name));
  const renames: RenameObject[] = [];
  const match = <S extends { readonly name: string }>(
    type: RenameObject['type'],
    spec: { readonly name: string },
    candidates: { readonly from: readonly S[]; readonly is: (candidate: S) => boolean },
  ): void => {
    if (present.has(spec.name)) return;
    const found = candidates.from.find((candidate) => !wanted.has(candidate.name) && candidates.is(candidate));
    if (found === undefined) return;
    // Taken: neither this name nor this object is matched again.
    present.add(spec.name);
    wanted.add(found.name);
    renames.push({ kind: 'rename-object', table, type, from: found.name, to: spec.name });
  };
  const { constraints, indexes } = actual;
  for (const key of table.foreignKeys) {
    match('constraint', key, { from: constraints, is: (candidate) => wasKey(key, candidate, { table, old }) });
  }
  for (const constraint of constraintsOf(table)) {
    match('constraint', constraint, {
      from: constraints,
      is: (candidate) => wasConstraint(constraint, candidate, old),
    });
  }
  for (const index of indexesOf(table)) {
    match('index', index, { from: indexes, is: (candidate) => wasIndex(index, candidate, { old, trigramSchema }) });
  }
  return renames;
}

function wasKey(
  key: ForeignKeySpec,
  candidate: ConstraintState,
  { table, old }: { readonly table: TableSpec; readonly old: OldNames },
): boolean {
  // A key of the table onto itself still points to the old name.
  const target = key.references.table === table.name ? old.table : key.references.table;
  const before = { ...key, column: old.column(key.column), references: { ...key.references, table: target } };
  return isSameKey(before, candidate);
}

function wasConstraint(constraint: ConstraintSpec, candidate: ConstraintState, old: OldNames): boolean {
  if (constraint.kind !== 'unique') return isNotedAs(candidate.comment, constraintDefinition(constraint));
  return isSameUnique({ ...constraint, columns: constraint.columns.map(old.column) }, candidate);
}

function wasIndex(
  index: IndexSpec,
  candidate: IndexState,
  { old, trigramSchema }: { readonly old: OldNames; readonly trigramSchema: string | undefined },
): boolean {
  const definition = indexDefinition({ ...index, columns: index.columns.map(old.column) }, trigramSchema);
  return isNotedAs(candidate.comment, `${index.unique ? 'UNIQUE ' : ''}${definition}`);
}
