import type { Difference } from './difference.js';
import {
  columnDefinition,
  constraintDefinition,
  createIndex,
  foreignKeyDefinition,
  literal,
  primaryKeyDefinition,
  quoted,
} from './definitions.js';
import { planColumn } from './plan-columns.js';
import type { SchemaStep } from './schema-step.js';
import type { TableSpec } from './table-spec.js';

/** What must stand before what: foreign keys last, so that tables may refer to each other in circles. */
const ORDER: readonly SchemaStep['kind'][] = [
  'rename-table',
  'rename-column',
  'rename-object',
  'create-extension',
  // Before data moves: a value that the new rule wants may be one that the old rule refused.
  'drop-replaced',
  'create-table',
  'widen-column',
  'add-column',
  'make-optional',
  'drop-default',
  'set-default',
  'require-column',
  'add-primary-key',
  'number-column',
  'add-constraint',
  'add-index',
  'add-foreign-key',
  'validate-constraint',
  'comment-table',
];

/** The ordered steps that remove `differences`. Pure. Notes are none: they change nothing that anyone could miss. */
export function planSteps(differences: readonly Difference[]): readonly SchemaStep[] {
  const created = new Set(differences.filter(({ kind }) => kind === 'create-table').map(({ table }) => table.name));
  return differences
    .flatMap((difference) => [...stepsOf(difference, created.has(difference.table.name))])
    .map((step, place) => ({ step, place }))
    .sort((a, b) => ORDER.indexOf(a.step.kind) - ORDER.indexOf(b.step.kind) || a.place - b.place)
    .map(({ step }) => Object.freeze(step));
}

type StepText = Pick<SchemaStep, 'object' | 'description' | 'sql'> & Partial<Pick<SchemaStep, 'onlyWhenNone'>>;

function* stepsOf(difference: Difference, isNew: boolean): Iterable<SchemaStep> {
  if (difference.kind === 'note') return;
  const common = { table: difference.table.name };
  const old = replacedBy(difference);
  if (old !== undefined) yield { kind: 'drop-replaced', ...common, ...dropReplaced(difference.table, old) };
  yield { kind: difference.kind, ...common, ...textOf(difference, isNew) };
  const later = checkedLater(difference);
  if (later !== undefined && !isNew) {
    yield { kind: 'validate-constraint', ...common, ...validate(difference.table, later) };
  }
}

interface Old {
  readonly name: string;
  readonly type: 'constraint' | 'index';
}

function replacedBy(difference: Difference): Old | undefined {
  if (!('replaces' in difference) || difference.replaces === null) return undefined;
  return { name: objectOf(difference).name, type: difference.replaces };
}

function objectOf(difference: DifferenceOf<'add-constraint' | 'add-index' | 'add-foreign-key'>): {
  readonly name: string;
} {
  switch (difference.kind) {
    case 'add-constraint':
      return difference.constraint;
    case 'add-index':
      return difference.index;
    case 'add-foreign-key':
      return difference.key;
  }
}

/** The name of the new rule that old rows are held against in a step of its own. */
function checkedLater(difference: Difference): string | undefined {
  if (difference.kind === 'add-foreign-key') return difference.key.name;
  const isCheck = difference.kind === 'add-constraint' && difference.constraint.kind === 'check';
  return isCheck ? difference.constraint.name : undefined;
}

function textOf(difference: Exclude<Difference, { kind: 'note' }>, isNew: boolean): StepText {
  const { table } = difference;
  switch (difference.kind) {
    case 'rename-table':
    case 'rename-object':
    case 'rename-column':
      return rename(difference);
    case 'create-extension':
      return createExtension(difference.extension);
    case 'create-table':
      return createTable(table, difference.constraints);
    case 'add-primary-key':
      return {
        object: null,
        description: `give table "${table.name}" its primary key`,
        sql: [`ALTER TABLE ${quoted(table.name)} ADD ${primaryKeyDefinition(table)}`],
      };
    case 'comment-table':
      return {
        object: null,
        description: `describe table "${table.name}"`,
        sql: [`COMMENT ON TABLE ${quoted(table.name)} IS ${literal(table.comment ?? '')}`],
      };
    case 'add-constraint':
      return addConstraint(difference);
    case 'add-index':
      return addIndex(difference);
    case 'add-foreign-key':
      return addForeignKey(difference, isNew);
    case 'validate-constraint':
      return validate(table, difference.name);
    default:
      return planColumn(difference);
  }
}

type DifferenceOf<Kind extends Difference['kind']> = Extract<Difference, { kind: Kind }>;

function rename(difference: DifferenceOf<'rename-table' | 'rename-column' | 'rename-object'>): StepText {
  const table = quoted(difference.table.name);
  const from = quoted(difference.from);
  switch (difference.kind) {
    case 'rename-table':
      return {
        object: null,
        description: `rename table "${difference.from}" to "${difference.table.name}"`,
        sql: [`ALTER TABLE ${from} RENAME TO ${table}`, renameBelongings(difference.from, difference.table.name)],
      };
    case 'rename-column':
      return {
        object: difference.column.name,
        description: `rename column "${difference.from}" of "${difference.table.name}" to "${difference.column.name}"`,
        sql: [`ALTER TABLE ${table} RENAME COLUMN ${from} TO ${quoted(difference.column.name)}`],
      };
    case 'rename-object': {
      const to = quoted(difference.to);
      return {
        object: difference.to,
        description: `rename ${difference.type} "${difference.from}" of "${difference.table.name}" to "${difference.to}"`,
        sql: [
          difference.type === 'index'
            ? `ALTER INDEX ${from} RENAME TO ${to}`
            : `ALTER TABLE ${table} RENAME CONSTRAINT ${from} TO ${to}`,
        ],
      };
    }
  }
}

/** The sequences and the primary key that PostgreSQL named after the table. A name that is taken stays as it was. */
function renameBelongings(from: string, to: string): string {
  const table = `${literal(quoted(to))}::regclass`;
  const renamed = `${literal(`${to}_`)} || substr(o.name, length(${literal(`${from}_`)}) + 1)`;
  return `DO ${literal(`DECLARE o record;
BEGIN
  FOR o IN
    SELECT s.relname AS name, 'SEQUENCE %I RENAME' AS what
    FROM pg_depend d JOIN pg_class s ON s.oid = d.objid AND s.relkind = 'S'
    WHERE d.classid = 'pg_class'::regclass AND d.refclassid = 'pg_class'::regclass AND d.refobjid = ${table}
      AND d.deptype IN ('a', 'i') AND starts_with(s.relname, ${literal(`${from}_`)})
    UNION ALL
    SELECT conname, 'INDEX %I RENAME' FROM pg_constraint
    WHERE conrelid = ${table} AND contype = 'p' AND conname = ${literal(`${from}_pkey`)}
  LOOP
    BEGIN
      EXECUTE format('ALTER ' || o.what || ' TO %I', o.name, ${renamed});
    EXCEPTION WHEN duplicate_table OR duplicate_object THEN NULL;
    END;
  END LOOP;
END`)}`;
}

function createExtension(extension: string): StepText {
  // A refusal must not abort the transaction: without the extension there is merely an index less.
  const attempt = `CREATE EXTENSION IF NOT EXISTS ${quoted(extension)}`;
  return {
    object: extension,
    description: `install the extension ${extension}`,
    sql: [`DO $do$ BEGIN ${attempt}; EXCEPTION WHEN others THEN NULL; END $do$`],
  };
}

function createTable(table: TableSpec, constraints: DifferenceOf<'create-table'>['constraints']): StepText {
  const parts = [
    ...table.columns.map((column) => columnDefinition(column, { required: !column.nullable })),
    ...(table.primaryKey.length === 0 ? [] : [primaryKeyDefinition(table)]),
    ...constraints.map((constraint) => `CONSTRAINT ${quoted(constraint.name)} ${constraintDefinition(constraint)}`),
  ];
  return {
    object: null,
    description: `create table "${table.name}"`,
    sql: [`CREATE TABLE ${quoted(table.name)} (\n  ${parts.join(',\n  ')}\n)`],
  };
}

function addConstraint({ table, constraint, replaces }: DifferenceOf<'add-constraint'>): StepText {
  const name = quoted(constraint.name);
  // Old rows are looked at in a step of its own, which may fail without taking the rule for new rows with it.
  const later = constraint.kind === 'check' ? ' NOT VALID' : '';
  return {
    object: constraint.name,
    description: `${replaces === null ? 'add' : 'replace'} constraint "${constraint.name}" of "${table.name}"`,
    sql: [`ALTER TABLE ${quoted(table.name)} ADD CONSTRAINT ${name} ${constraintDefinition(constraint)}${later}`],
  };
}

function addIndex({ table, index, definition, replaces }: DifferenceOf<'add-index'>): StepText {
  return {
    object: index.name,
    description: `${replaces === null ? 'add' : 'replace'} index "${index.name}" of "${table.name}"`,
    sql: [createIndex(index, quoted(table.name), definition)],
  };
}

function addForeignKey({ table, key, replaces }: DifferenceOf<'add-foreign-key'>, isNew: boolean): StepText {
  const later = isNew ? '' : ' NOT VALID';
  return {
    object: key.name,
    description: `${replaces === null ? 'add' : 'replace'} foreign key "${key.name}" of "${table.name}"`,
    sql: [`ALTER TABLE ${quoted(table.name)} ADD CONSTRAINT ${quoted(key.name)} ${foreignKeyDefinition(key)}${later}`],
  };
}

function validate(table: TableSpec, name: string): StepText {
  const attempt = `ALTER TABLE ${quoted(table.name)} VALIDATE CONSTRAINT ${quoted(name)}`;
  return {
    object: name,
    description: `check the rows of "${table.name}" against "${name}"`,
    sql: [`DO $do$ BEGIN ${attempt}; EXCEPTION WHEN foreign_key_violation OR check_violation THEN NULL; END $do$`],
  };
}

function dropReplaced(table: TableSpec, { name, type }: Old): StepText {
  const drop =
    type === 'index'
      ? `DROP INDEX ${quoted(name)}`
      : `ALTER TABLE ${quoted(table.name)} DROP CONSTRAINT ${quoted(name)}`;
  return { object: name, description: `drop the old "${name}" of "${table.name}"`, sql: [drop] };
}
