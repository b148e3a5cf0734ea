import { literal, quoted } from './definitions.js';
import type { PrintQuestion } from './difference.js';
import { introspectTemporary, type TableState } from './introspect.js';
import type { SchemaExecutor } from './schema-executor.js';

/**
 * How PostgreSQL prints definitions of ours, by the key of each question: they are made on empty temporary copies of the
 * tables, read back and dropped. Null: the definition cannot be made on the table as it is now. No entry: this connection
 * may not make temporary tables, so nothing is known.
 */
export async function readPrints(
  executor: SchemaExecutor,
  questions: readonly PrintQuestion[],
  schema: string,
): Promise<ReadonlyMap<string, string | null>> {
  const tables = [...new Set(questions.map(({ table }) => table))];
  await executor.execute(trial(tables, questions, schema));
  const state = await introspectTemporary(executor, tables);
  const made = tables.filter((table) => state.tables.has(table));
  if (made.length > 0)
    await executor.execute(`DROP TABLE ${made.map((table) => `pg_temp.${quoted(table)}`).join(', ')}`);
  const prints = new Map<string, string | null>();
  for (const question of questions) {
    const copy = state.tables.get(question.table);
    if (copy !== undefined) prints.set(question.key, findPrint(question, copy));
  }
  return prints;
}

/** One block in which each failure undoes itself alone: an error that reached us would abort the transaction. */
function trial(tables: readonly string[], questions: readonly PrintQuestion[], schema: string): string {
  const copies = tables.map(
    (table) => `CREATE TEMPORARY TABLE ${quoted(table)} (LIKE ${quoted(schema)}.${quoted(table)})`,
  );
  const attempts = [...copies, ...questions.map(attemptOf)].map(
    (statement) => `BEGIN EXECUTE ${literal(statement)}; EXCEPTION WHEN others THEN NULL; END;`,
  );
  return `DO ${literal(`BEGIN\n${attempts.join('\n')}\nEND`)}`;
}

function attemptOf({ table, object, definition }: PrintQuestion): string {
  const copy = `pg_temp.${quoted(table)}`;
  const name = quoted(object.name);
  switch (object.type) {
    case 'default':
      return `ALTER TABLE ${copy} ALTER COLUMN ${name} SET DEFAULT ${definition}`;
    case 'constraint':
      return `ALTER TABLE ${copy} ADD CONSTRAINT ${name} ${definition}`;
    case 'index': {
      const body = definition.replace(/^UNIQUE /, '');
      return `CREATE ${object.unique ? 'UNIQUE ' : ''}INDEX ${name} ON ${copy} ${body}`;
    }
  }
}

function findPrint({ object }: PrintQuestion, table: TableState): string | null {
  switch (object.type) {
    case 'default':
      return table.columns.find(({ name }) => name === object.name)?.default ?? null;
    case 'constraint':
      return table.constraints.find(({ name }) => name === object.name)?.printed ?? null;
    case 'index':
      return table.indexes.find(({ name }) => name === object.name)?.printed ?? null;
  }
}
