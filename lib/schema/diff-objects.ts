import { constraintDefinition, constraintsOf, extensionOf, indexDefinition, indexesOf } from './definitions.js';
import type { DiffCollector } from './diff-collector.js';
import type { ConstraintState, TableState } from './introspect.js';
import type { ConstraintSpec, Deferrable, ForeignKeySpec, OnDelete, TableSpec, UniqueSpec } from './table-spec.js';

const KIND_LETTERS: Readonly<Record<ConstraintSpec['kind'], string>> = { unique: 'u', check: 'c', exclude: 'x' };

const DELETE_LETTERS: Readonly<Record<OnDelete, string>> = {
  'no action': 'a',
  restrict: 'r',
  cascade: 'c',
  'set null': 'n',
};

/** Compares unique, check and exclusion constraints; what is not ours stays. */
export function diffConstraints(table: TableSpec, actual: TableState, found: DiffCollector): void {
  for (const constraint of constraintsOf(table)) {
    const state = actual.constraints.find(({ name }) => name === constraint.name);
    if (state !== undefined && isSameConstraint(table, { constraint, state, found })) {
      if (!state.validated) found.add({ kind: 'validate-constraint', table, name: constraint.name });
    } else if (found.canUse(extensionOf(constraint), table, `Constraint "${constraint.name}"`)) {
      found.add({ kind: 'add-constraint', table, constraint, replaces: found.occupant(actual, constraint.name) });
    }
  }
  const ours = namesOf(table);
  for (const { name, kind } of actual.constraints) {
    if (kind !== 'p' && !ours.has(name)) {
      found.notice('info', table, {
        message: `Constraint "${name}" of "${table.name}" is not of the models and stays.`,
      });
    }
  }
}

/** Compares indexes, conditional uniques among them. */
export function diffIndexes(table: TableSpec, actual: TableState, found: DiffCollector): void {
  for (const index of indexesOf(table)) {
    const definition = indexDefinition(index, found.state.extensions.get('pg_trgm'));
    const state = actual.indexes.find(({ name }) => name === index.name);
    const same =
      state?.valid === true &&
      found.isSame(
        table,
        { type: 'index', name: index.name, unique: index.unique },
        { definition: `${index.unique ? 'UNIQUE ' : ''}${definition}`, printed: state.printed, comment: state.comment },
      );
    if (same || !found.canUse(extensionOf(index), table, `Index "${index.name}"`)) continue;
    found.add({ kind: 'add-index', table, index, definition, replaces: found.occupant(actual, index.name) });
  }
  const ours = namesOf(table);
  for (const { name } of actual.indexes) {
    if (!ours.has(name)) {
      found.notice('info', table, { message: `Index "${name}" of "${table.name}" is not of the models and stays.` });
    }
  }
}

/** Compares foreign keys. Those that point to something unusable are left out: what is wrong there was already told. */
export function diffForeignKeys(
  table: TableSpec,
  options: {
    readonly actual: TableState | undefined;
    readonly unusable: ReadonlySet<string>;
    readonly found: DiffCollector;
  },
): void {
  const { actual, unusable, found } = options;
  for (const key of table.foreignKeys) {
    if (unusable.has(key.references.table)) continue;
    const state = actual?.constraints.find(({ name }) => name === key.name);
    if (state === undefined || !isSameKey(key, state)) {
      found.add({ kind: 'add-foreign-key', table, key, replaces: found.occupant(actual, key.name) });
    } else if (!state.validated) found.add({ kind: 'validate-constraint', table, name: key.name });
  }
}

function isSameConstraint(
  table: TableSpec,
  compared: { readonly constraint: ConstraintSpec; readonly state: ConstraintState; readonly found: DiffCollector },
): boolean {
  const { constraint, state, found } = compared;
  if (state.kind !== KIND_LETTERS[constraint.kind]) return false;
  if (constraint.kind === 'unique') return isSameUnique(constraint, state);
  return found.isSame(
    table,
    { type: 'constraint', name: constraint.name },
    {
      definition: constraintDefinition(constraint),
      // Whether old rows were checked is no part of the definition.
      printed: state.printed.replace(/ NOT VALID$/, ''),
      comment: state.comment,
    },
  );
}

/** Whether a constraint in the database is the unique described, whatever its name. */
export function isSameUnique(constraint: UniqueSpec, state: ConstraintState): boolean {
  return (
    state.kind === 'u' &&
    sameList(constraint.columns, state.columns) &&
    isSameDeferral(constraint.deferrable, state) &&
    !state.printed.includes(' NULLS NOT DISTINCT ')
  );
}

/** Whether a key in the database is the one described, whatever its name. */
export function isSameKey(key: ForeignKeySpec, state: ConstraintState): boolean {
  const { references } = state;
  return (
    references !== null &&
    sameList([key.column], state.columns) &&
    references.table === key.references.table &&
    sameList([key.references.column], references.columns) &&
    references.onDelete === DELETE_LETTERS[key.onDelete] &&
    isSameDeferral(key.deferrable, state)
  );
}

function isSameDeferral(deferrable: Deferrable | null, state: ConstraintState): boolean {
  return state.deferrable === (deferrable !== null) && state.deferred === (deferrable === 'initially deferred');
}

function namesOf(table: TableSpec): ReadonlySet<string> {
  return new Set([...table.constraints, ...table.indexes, ...table.foreignKeys].map(({ name }) => name));
}

function sameList(left: readonly string[], right: readonly string[]): boolean {
  return left.length === right.length && left.every((name, index) => name === right[index]);
}
