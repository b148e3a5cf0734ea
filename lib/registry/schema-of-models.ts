import { Cursor } from '../cursor/cursor.js';
import type { Field } from '../fields/field.js';
import { many2manyOf, targetOf } from '../model/relations.js';
import type { ConnectionPool } from '../pool/connection-pool.js';
import type { ConnectionTarget } from '../pool/connection-target.js';
import { syncSchema } from '../schema/apply.js';
import { defineTable, relationTable, type IndexSpec, type TableInput, type TableSpec } from '../schema/table-spec.js';
import type { ModelDraft } from './model-draft.js';
import { foreignKeyNameOf, indexNameOf } from './object-names.js';
import type { BuiltModels } from './build.js';
import type { SchemaMode } from '../schema/apply.js';
import type { RegistryLog } from './registry-settings.js';

/** Brings the database in step with the models, in one transaction. @throws SchemaDriftError with mode `check` */
export async function applySchema(
  models: BuiltModels,
  mode: SchemaMode,
  place: { readonly pool: ConnectionPool; readonly target: ConnectionTarget; readonly log: RegistryLog },
): Promise<void> {
  const { pool, target, log } = place;
  await using cursor = new Cursor({ pool, target, isolation: 'read committed' });
  const report = await syncSchema(cursor, tablesOf(models), { mode });
  await cursor.commit();
  if (report.steps.length > 0) log.info(`The schema was brought up to date in ${report.steps.length} steps`);
  for (const { level, table, message } of report.notices) {
    if (level === 'info') log.info(`${table}: ${message}`);
    else log.warn(`${table}: ${message}`);
  }
}

/** The tables that the models want: one a model, and one a many2many. */
function tablesOf(models: BuiltModels): TableSpec[] {
  const relations = new Map<string, TableSpec>();
  for (const draft of models.all) {
    for (const field of draft.fields.values()) {
      if (field.relation?.kind === 'many2many') relations.set(field.relation.table, linkTable(draft, field));
    }
  }
  return [...models.all.map(modelTable), ...relations.values()];
}

function modelTable(draft: ModelDraft): TableSpec {
  return defineTable({
    name: draft.table,
    comment: draft.options.description ?? null,
    columns: [{ name: 'id', type: 'bigint', nullable: false, identity: true }, ...draft.stored.map(columnOf)],
    constraints: constraintsOf(draft),
    foreignKeys: draft.stored
      .filter((field) => field.relation?.kind === 'many2one')
      .map((field) => foreignKeyOf(draft, field)),
    indexes: indexesOf(draft),
  });
}

function columnOf(field: Field): TableInput['columns'][number] {
  // A computed column is empty for the moment between INSERT and flush.
  const nullable = !field.required || field.isComputed;
  return {
    name: field.column!,
    type: field.ddlType!,
    nullable,
    fill: nullable ? null : fillOf(field),
    renamedFrom: field.renamedFrom,
  };
}

/** The constant default as an SQL literal: what existing rows get when the column is added. */
function fillOf(field: Field): string | null {
  const given = field.constantDefault;
  if (given === null) return null;
  const parameter = field.toParameter(field.convert(given));
  if (typeof parameter === 'number' || typeof parameter === 'bigint' || typeof parameter === 'boolean')
    return String(parameter);
  if (parameter instanceof Uint8Array) return `'\\x${Buffer.from(parameter).toString('hex')}'::bytea`;
  const text = parameter instanceof Date ? parameter.toISOString() : String(parameter);
  return `'${text.replaceAll("'", "''")}'::${field.ddlType}`;
}

function constraintsOf(draft: ModelDraft): NonNullable<TableInput['constraints']> {
  return draft.constraintOptions.flatMap((option): NonNullable<TableInput['constraints']>[number][] => {
    const { kind, objectName: name, fields = [], sql = '' } = option;
    if (kind === 'unique') {
      const columns = fields.map((field) => draft.fields.get(field)!.column!);
      // Checked after each statement rather than each row, so that two records may swap their values in one flush.
      return [{ kind, name, columns, deferrable: 'initially immediate' }];
    }
    if (kind === 'check') return [{ kind, name, expression: sql }];
    if (kind === 'exclude')
      return [
        {
          kind,
          name,
          definition: sql.replace(/^\s*EXCLUDE\s+/i, ''),
          extension: /\bgist\b/i.test(sql) ? 'btree_gist' : null,
        },
      ];
    return [];
  });
}

function foreignKeyOf(draft: ModelDraft, field: Field): NonNullable<TableInput['foreignKeys']>[number] {
  return {
    name: foreignKeyNameOf(draft.table, field.column!),
    column: field.column!,
    references: { table: targetOf(field).table },
    onDelete: field.onDelete ?? 'no action',
  };
}

function indexesOf(draft: ModelDraft): NonNullable<TableInput['indexes']> {
  const own = draft.stored
    .filter((field) => field.index !== null)
    .map((field): Pick<IndexSpec, 'name' | 'columns' | 'method'> => ({
      name: indexNameOf(draft.table, field.column!),
      columns: [field.column!],
      method: field.index!,
    }));
  const given = draft.constraintOptions
    .filter(({ kind }) => kind === 'index')
    .map(({ objectName, fields = [] }) => ({
      name: objectName,
      columns: fields.map((field) => draft.fields.get(field)!.column!),
    }));
  return [...own, ...given];
}

function linkTable(draft: ModelDraft, field: Field): TableSpec {
  const { table, ownColumn, targetColumn } = many2manyOf(field);
  const sides = [
    { column: ownColumn, table: draft.table },
    { column: targetColumn, table: targetOf(field).table },
  ]
    // The same table whichever side it is described from.
    .sort((a, b) => (a.column < b.column ? -1 : 1))
    .map((side) => ({ ...side, foreignKey: foreignKeyNameOf(table, side.column) }));
  const [left, right] = sides;
  return relationTable(table, left!, { right: right!, index: indexNameOf(table, right!.column) });
}
