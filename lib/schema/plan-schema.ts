import { diffSchema } from './diff.js';
import { findRenames, withRenames } from './diff-renames.js';
import { answerKey, NO_ANSWERS, type Answers, type Diff, type Questions, type SchemaNotice } from './difference.js';
import { quoted } from './definitions.js';
import { introspect, type DatabaseState } from './introspect.js';
import { readPrints } from './normalise.js';
import { planSteps } from './plan.js';
import type { SchemaExecutor } from './schema-executor.js';
import type { SchemaStep } from './schema-step.js';
import type { TableSpec } from './table-spec.js';

/** What a sync would do now. */
export interface SchemaPlan {
  readonly steps: readonly SchemaStep[];
  readonly notices: readonly SchemaNotice[];
  /** Definitions that are right but do not carry our note yet. */
  readonly unnoted: number;
}

/** Reads the database and plans what would make it fit; changes nothing. `without`: extensions that are not to be had. */
export async function planSchema(
  executor: SchemaExecutor,
  specs: readonly TableSpec[],
  without: ReadonlySet<string> = new Set(),
): Promise<SchemaPlan> {
  const state = await introspect(executor, tableNames(specs));
  const renames = findRenames(state, specs);
  const diff =
    renames.differences.length === 0
      ? await decide(executor, state, { specs, without })
      : // The server cannot be asked about names that are still to come; a sync plans again once they are there.
        diffSchema(withRenames(state, renames.differences), specs);
  return {
    steps: planSteps([...renames.differences, ...diff.differences]),
    notices: [...renames.notices, ...diff.notices, ...(renames.differences.length === 0 ? uncompared(diff) : [])],
    unnoted: diff.differences.filter(({ kind }) => kind === 'note').length,
  };
}

/** Where the server could not be asked how it prints a definition: a read-only connection, a missing privilege. */
function uncompared({ questions }: Diff): readonly SchemaNotice[] {
  return questions.prints.map(({ table, object }) => ({
    level: 'warning',
    table,
    message: `The definition of ${object.type} "${object.name}" of "${table}" could not be compared.`,
    hint: 'Start once with a connection that may make temporary tables.',
  }));
}

/** The tables to read: those wanted and what they were called before. */
export function tableNames(specs: readonly TableSpec[]): readonly string[] {
  return specs.flatMap(({ name, renamedFrom }) => (renamedFrom === null ? [name] : [name, renamedFrom]));
}

/** Compares, asks the server what only it knows, and compares again with the answers. */
async function decide(
  executor: SchemaExecutor,
  state: DatabaseState,
  wanted: { readonly specs: readonly TableSpec[]; readonly without: ReadonlySet<string> },
): Promise<Diff> {
  const { specs, without } = wanted;
  const first = diffSchema(state, specs);
  const { prints, nullRows, extensions } = first.questions;
  if (prints.length + nullRows.length + extensions.length === 0) return first;
  const answers = await answer(executor, first.questions, state.schema);
  const creatable = new Map([...answers.creatable].map(([name, can]) => [name, can && !without.has(name)]));
  return diffSchema(state, specs, { ...answers, creatable });
}

async function answer(executor: SchemaExecutor, questions: Questions, schema: string): Promise<Answers> {
  const { prints, nullRows, extensions } = questions;
  return {
    prints: prints.length === 0 ? NO_ANSWERS.prints : await readPrints(executor, prints, schema),
    nullRows: nullRows.length === 0 ? NO_ANSWERS.nullRows : await countNullRows(executor, nullRows),
    creatable: extensions.length === 0 ? NO_ANSWERS.creatable : await findCreatable(executor, extensions),
  };
}

async function countNullRows(
  executor: SchemaExecutor,
  columns: Questions['nullRows'],
): Promise<ReadonlyMap<string, number>> {
  const counts = columns.map(
    ({ table, column }) => `(SELECT count(*) FROM ${quoted(table)} WHERE ${quoted(column)} IS NULL)`,
  );
  const [row] = await executor.execute(`SELECT array_to_string(ARRAY[${counts.join(', ')}], ',') AS counts`);
  const numbers = String(row?.['counts']).split(',').map(Number);
  return new Map(columns.map(({ table, column }, index) => [answerKey(table, column), numbers[index] ?? 0]));
}

/** Which extensions the server has and this role may install. */
async function findCreatable(
  executor: SchemaExecutor,
  names: readonly string[],
): Promise<ReadonlyMap<string, boolean>> {
  const rows = await executor.execute(
    `SELECT v.name FROM pg_available_extensions e
     JOIN pg_available_extension_versions v ON v.name = e.name AND v.version = e.default_version
     WHERE e.name = ANY ($1::text[]) AND (
       (SELECT rolsuper FROM pg_roles WHERE rolname = current_user)
       OR ((v.trusted OR NOT v.superuser) AND has_database_privilege(current_database(), 'CREATE')))`,
    [names],
  );
  const creatable = new Set(rows.map((row) => row['name']));
  return new Map(names.map((name) => [name, creatable.has(name)]));
}
