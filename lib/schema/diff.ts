import { constraintsOf, extensionOf, indexDefinition, indexesOf } from './definitions.js';
import { diffColumns } from './diff-columns.js';
import { DiffCollector } from './diff-collector.js';
import { diffConstraints, diffForeignKeys, diffIndexes } from './diff-objects.js';
import { NO_ANSWERS, type Answers, type Diff } from './difference.js';
import type { DatabaseState, TableState } from './introspect.js';
import type { TableSpec } from './table-spec.js';

/**
 * What differs between the database and the specifications. Pure: what only the server knows comes back as questions,
 * and a second call with the answers decides.
 */
export function diffSchema(state: DatabaseState, specs: readonly TableSpec[], answers: Answers = NO_ANSWERS): Diff {
  const found = new DiffCollector(state, answers);
  const unusable = new Set<string>();
  for (const table of specs) {
    const actual = state.tables.get(table.name);
    if (actual !== undefined && actual.kind !== 'r' && actual.kind !== 'p') {
      unusable.add(table.name);
      found.notice('drift', table, {
        message: `"${table.name}" is there but is no table.`,
        hint: 'Rename it, or give the model another table.',
      });
    } else if (actual === undefined) newTable(table, found);
    else existingTable(table, actual, found);
  }
  for (const table of specs) {
    if (!unusable.has(table.name)) diffForeignKeys(table, { actual: state.tables.get(table.name), unusable, found });
  }
  return found.finish();
}

function newTable(table: TableSpec, found: DiffCollector): void {
  const usable = <T extends Parameters<typeof extensionOf>[0] & { readonly name: string }>(spec: T): boolean =>
    found.canUse(extensionOf(spec), table, `"${spec.name}"`);
  found.add({ kind: 'create-table', table, constraints: constraintsOf(table).filter(usable) });
  for (const index of indexesOf(table).filter(usable)) {
    const definition = indexDefinition(index, found.state.extensions.get('pg_trgm'));
    found.add({ kind: 'add-index', table, index, definition, replaces: null });
  }
  if (table.comment !== null) found.add({ kind: 'comment-table', table });
}

function existingTable(table: TableSpec, actual: TableState, found: DiffCollector): void {
  diffColumns(table, actual, found);
  diffPrimaryKey(table, actual, found);
  diffConstraints(table, actual, found);
  diffIndexes(table, actual, found);
  if (table.comment !== null && table.comment !== actual.comment) found.add({ kind: 'comment-table', table });
}

function diffPrimaryKey(table: TableSpec, actual: TableState, found: DiffCollector): void {
  const key = actual.constraints.find(({ kind }) => kind === 'p');
  if (key === undefined) {
    if (table.primaryKey.length > 0) found.add({ kind: 'add-primary-key', table });
    return;
  }
  if (key.columns.length === table.primaryKey.length && table.primaryKey.every((name) => key.columns.includes(name))) {
    return;
  }
  found.notice('drift', table, {
    message: `The primary key of "${table.name}" is (${key.columns.join(', ')}), not (${table.primaryKey.join(', ')}).`,
    hint: 'Change the primary key by hand: what refers to it must change with it.',
  });
}
