import { diffSchema } from './diff.js';
import { answerKey, NO_ANSWERS, type Difference, type PrintQuestion } from './difference.js';
import { literal, quoted } from './definitions.js';
import { introspect } from './introspect.js';
import { readPrints } from './normalise.js';
import { noteOf, withNote } from './note.js';
import { tableNames } from './plan-schema.js';
import type { SchemaExecutor } from './schema-executor.js';
import type { SchemaStep } from './schema-step.js';
import type { TableSpec } from './table-spec.js';

type Note = Extract<Difference, { kind: 'note' }>;

/** What the kinds of step make: its print needs no proof, it is by definition ours. */
const MADE: Partial<Record<SchemaStep['kind'], PrintQuestion['object']['type']>> = {
  'add-column': 'default',
  'set-default': 'default',
  'add-constraint': 'constraint',
  'add-index': 'index',
};

/**
 * Notes at every definition what it was made from and how PostgreSQL prints it, so that the next start need not ask.
 * Gives the constraints that stand but that old rows break.
 */
export async function writeNotes(
  executor: SchemaExecutor,
  specs: readonly TableSpec[],
  done: readonly SchemaStep[],
): Promise<readonly { readonly table: string; readonly name: string }[]> {
  const state = await introspect(executor, tableNames(specs));
  const { questions, differences } = diffSchema(state, specs);
  const [made, doubtful] = [true, false].map((which) =>
    questions.prints.filter((asked) => isMade(asked, done) === which),
  );
  const prints = new Map<string, string | null>();
  for (const { key, printed } of made ?? []) prints.set(key, printed);
  if (doubtful !== undefined && doubtful.length > 0) {
    for (const [key, print] of await readPrints(executor, doubtful, state.schema)) prints.set(key, print);
  }
  const notes = diffSchema(state, specs, { ...NO_ANSWERS, prints }).differences.filter(({ kind }) => kind === 'note');
  if (notes.length > 0) await executor.execute(comments(notes as readonly Note[]));
  return differences.flatMap((difference) =>
    difference.kind === 'validate-constraint' ? [{ table: difference.table.name, name: difference.name }] : [],
  );
}

function isMade({ key, table }: PrintQuestion, done: readonly SchemaStep[]): boolean {
  return done.some((step) => {
    if (step.table !== table) return false;
    if (step.kind === 'create-table') return true;
    const type = MADE[step.kind];
    return type !== undefined && answerKey(table, type, step.object ?? '') === key;
  });
}

/** Who may not write a comment on what others made asks again at the next start: no reason to fail. */
function comments(notes: readonly Note[]): string {
  const attempts = notes.map(({ table, object, definition, printed, comment }) => {
    const text = literal(withNote(comment, noteOf(definition, printed)));
    return `BEGIN COMMENT ON ${target(table.name, object)} IS ${text}; EXCEPTION WHEN insufficient_privilege THEN NULL; END;`;
  });
  return `DO ${literal(`BEGIN\n${attempts.join('\n')}\nEND`)}`;
}

function target(table: string, object: Note['object']): string {
  switch (object.type) {
    case 'default':
      return `COLUMN ${quoted(table)}.${quoted(object.name)}`;
    case 'constraint':
      return `CONSTRAINT ${quoted(object.name)} ON ${quoted(table)}`;
    case 'index':
      return `INDEX ${quoted(object.name)}`;
  }
}
