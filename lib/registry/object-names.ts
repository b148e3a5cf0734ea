import type { Field } from '../fields/field.js';
import { many2manyOf } from '../model/relations.js';
import { fitName } from '../schema/fit-name.js';
import type { Drafts } from './link-relations.js';
import type { ModelDraft } from './model-draft.js';
import type { Problems } from './problems.js';

export function indexNameOf(table: string, column: string): string {
  return fitName(`${table}_${column}_idx`);
}

export function foreignKeyNameOf(table: string, column: string): string {
  return fitName(`${table}_${column}_fkey`);
}

/**
 * Names of tables, indexes and constraints must differ in the whole schema: violations are recognised by them. Names may
 * meet by snake-casing, by shortening, or because one contains another.
 */
export function checkObjectNames(drafts: Drafts, problems: Problems): void {
  const names = new Names(problems);
  const tables = [...drafts.values()].filter((draft) => names.claim(draft.table, { draft, what: 'its table' }));
  for (const draft of tables) {
    for (const field of draft.stored) {
      const owner = { draft, field, what: `what belongs to ${field.name}` };
      if (field.relation?.kind === 'many2one') names.claim(foreignKeyNameOf(draft.table, field.column!), owner);
      if (field.index !== null) names.claim(indexNameOf(draft.table, field.column!), owner);
    }
    for (const { objectName } of draft.constraintOptions)
      names.claim(objectName, { draft, what: 'one of its constraints' });
  }
  for (const draft of tables) {
    for (const field of draft.fields.values()) {
      if (field.relation?.kind === 'many2many')
        claimRelationTable(names, { draft, field, what: `the relation table of ${field.name}` });
    }
  }
}

interface Owner {
  readonly draft: ModelDraft;
  readonly field?: Field;
  readonly what: string;
}

function claimRelationTable(names: Names, owner: Owner & { readonly field: Field }): void {
  const { table, ownColumn, targetColumn } = many2manyOf(owner.field);
  // The two sides of a relation have one table; whether they are two sides was checked when they were linked.
  if (names.isRelationTable(table)) return;
  names.noteRelationTable(table);
  if (!names.claim(table, owner)) return;
  for (const column of [ownColumn, targetColumn]) names.claim(foreignKeyNameOf(table, column), owner);
  names.claim(indexNameOf(table, [ownColumn, targetColumn].sort()[1]!), owner);
}

class Names {
  readonly #problems: Problems;
  readonly #owners = new Map<string, Owner>();
  readonly #relationTables = new Set<string>();

  constructor(problems: Problems) {
    this.#problems = problems;
  }

  isRelationTable(table: string): boolean {
    return this.#relationTables.has(table);
  }

  noteRelationTable(table: string): void {
    this.#relationTables.add(table);
  }

  /** Whether the name was free. */
  claim(name: string, owner: Owner): boolean {
    const other = this.#owners.get(name);
    if (other === undefined) {
      this.#owners.set(name, owner);
      return true;
    }
    const { draft, field, what } = owner;
    this.#problems.add({
      model: draft.name,
      ...(field !== undefined && { field: field.name }),
      module: field?.module ?? draft.module,
      message: `In the database "${name}" would be ${what}, and of ${other.draft.name} ${other.what}.`,
      hint: 'Name one of them explicitly: `table` of a model or a many2many, `column` of a field, `name` of a constraint.',
    });
    return false;
  }
}
