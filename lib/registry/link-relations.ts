import { didYouMean } from '../errors/nearest.js';
import type { Relation } from '../domain/field-resolver.js';
import type { Field } from '../fields/field.js';
import type { FieldDeclaration } from '../fields/field-declaration.js';
import { Many2manyField } from '../fields/many2many.js';
import { modelNameOf } from './collect.js';
import type { ModelDraft } from './model-draft.js';
import type { Problems } from './problems.js';

/** Finds drafts by model name. */
export type Drafts = ReadonlyMap<string, ModelDraft>;

/** Links every relation to its target, and notes on each model who points at it and which lists it feeds. */
export function linkRelations(
  drafts: Drafts,
  declarations: ReadonlyMap<ModelDraft, ReadonlyMap<string, FieldDeclaration>>,
  problems: Problems,
): void {
  const tables = new Map<string, { readonly field: Field; readonly columns: readonly string[] }>();
  for (const [draft, fields] of declarations) {
    for (const [name, declaration] of fields) {
      if (declaration.target === null) continue;
      const field = draft.fields.get(name)!;
      const target = targetDraft(draft, { field, declaration, drafts }, problems);
      const relation = target === undefined ? undefined : relationOf(draft, { field, declaration, target }, problems);
      if (target === undefined || relation === undefined) continue;
      field.linkTo(relation);
      if (relation.kind === 'many2many') checkRelationTable(draft, { field, relation, tables }, problems);
      if (relation.kind !== 'one2many' && (field.store || relation.kind === 'many2many')) target.referrers.push(field);
    }
  }
  for (const draft of declarations.keys()) noteMirrors(draft, drafts);
}

interface Linking {
  readonly field: Field;
  readonly declaration: FieldDeclaration;
}

function targetDraft(
  draft: ModelDraft,
  { field, declaration, drafts }: Linking & { readonly drafts: Drafts },
  problems: Problems,
): ModelDraft | undefined {
  const complain = (message: string, hint: string): undefined => {
    problems.add({ model: draft.name, field: field.name, module: field.module, message, hint });
  };
  let given: unknown;
  try {
    given = declaration.target!();
  } catch (error) {
    return complain(
      `Its model cannot be had: ${error instanceof Error ? error.message : String(error)}.`,
      'The function must only name the model class.',
    );
  }
  if (given === undefined) {
    return complain(
      'Its model is undefined.',
      "The file of that class is not loaded, or imports this one in a circle before it defines the class; a name works, too: () => 'res.country'.",
    );
  }
  const name = typeof given === 'string' ? given : modelNameOf(given);
  if (name === undefined) {
    return complain(
      `${typeof given === 'function' ? given.name : String(given)} is no model.`,
      'Decorate the class with @Model(name).',
    );
  }
  const target = drafts.get(name);
  if (target !== undefined) return target;
  return complain(
    `It leads to "${name}", which no module brings.${didYouMean(name, drafts.keys())}`,
    'Import the module that defines that model, or list its class among the models.',
  );
}

function relationOf(
  draft: ModelDraft,
  { field, declaration, target }: Linking & { readonly target: ModelDraft },
  problems: Problems,
): Relation | undefined {
  if (field.kind === 'many2one') return { kind: 'many2one', target };
  if (field instanceof Many2manyField) return { kind: 'many2many', target, ...field.relationNames(target.table) };
  const name = declaration.inverse ?? '';
  const inverse = target.fields.get(name);
  const complain = (message: string): undefined => {
    problems.add({
      model: draft.name,
      field: field.name,
      module: field.module,
      message,
      hint: `Define ${name} on ${target.name} as a many2one to ${draft.name}, or name the one that is there.`,
    });
  };
  if (inverse === undefined)
    return complain(`${target.name} has no field "${name}" to point back.${didYouMean(name, target.fields.keys())}`);
  if (inverse.kind !== 'many2one' || inverse.column === null)
    return complain(`${target.name}.${name} is no many2one with a column.`);
  return { kind: 'one2many', target, inverse: name, inverseColumn: inverse.column };
}

/** Two fields may share a relation table only as the two sides of one relation. */
function checkRelationTable(
  draft: ModelDraft,
  {
    field,
    relation,
    tables,
  }: {
    readonly field: Field;
    readonly relation: Extract<Relation, { kind: 'many2many' }>;
    readonly tables: Map<string, { readonly field: Field; readonly columns: readonly string[] }>;
  },
  problems: Problems,
): void {
  const { table, ownColumn, targetColumn } = relation;
  const known = tables.get(table);
  if (known === undefined) {
    tables.set(table, { field, columns: [ownColumn, targetColumn] });
    return;
  }
  const [own, target] = known.columns;
  const isOtherSide = own === targetColumn && target === ownColumn;
  if (isOtherSide) return;
  problems.add({
    model: draft.name,
    field: field.name,
    module: field.module,
    message: `It uses the relation table "${table}" of ${known.field.model}.${known.field.name}, and is not its other side.`,
    hint: 'Give one of them a table of its own with `table`; for the other side swap `columns`.',
  });
}

/** A many2one keeps the loaded one2many lists of its target in step; only fields that were linked well count. */
function noteMirrors(draft: ModelDraft, drafts: Drafts): void {
  for (const field of draft.fields.values()) {
    if (field.relation?.kind !== 'one2many') continue;
    const target = drafts.get(field.relation.target.name)!;
    const inverse = target.fields.get(field.relation.inverse)!;
    const lists = target.mirrors.get(inverse);
    if (lists === undefined) target.mirrors.set(inverse, [field]);
    else lists.push(field);
  }
}
