import { didYouMean } from '../errors/nearest.js';
import { describeValue } from '../fields/describe-value.js';
import type { Field } from '../fields/field.js';
import { Many2manyField } from '../fields/many2many.js';
import { modelNameOf } from './model-of-class.js';
import type { Layer } from './layer.js';
import type { ModelDraft } from './model-draft.js';
import type { Problems } from './problems.js';
import { RelationTables, checkWrittenNames } from './relation-tables.js';
import type { MergedDeclaration } from './set-up-fields.js';

/** Finds drafts by model name. */
export type Drafts = ReadonlyMap<string, ModelDraft>;

/**
 * Links every relation to its target, and notes on each model who points at it and which lists it feeds. A one2many
 * comes last: what points back must be linked to say where to.
 */
export function linkRelations(
  drafts: Drafts,
  declarations: ReadonlyMap<ModelDraft, ReadonlyMap<string, MergedDeclaration>>,
  problems: Problems,
): void {
  const relationTables = new RelationTables();
  const lists: Linking[] = [];
  for (const [draft, fields] of declarations) {
    for (const [name, { declaration, layer }] of fields) {
      if (typeof declaration.target !== 'function') continue;
      const field = draft.fields.get(name)!;
      const target = targetDraft(field, { thunk: declaration.target, layer, drafts }, problems);
      if (target === undefined) continue;
      if (field.kind === 'one2many') lists.push({ draft, field, target, inverse: textOf(declaration.inverse) });
      else if (field instanceof Many2manyField) {
        const relation = { kind: 'many2many' as const, target, ...field.relationNames(target.table) };
        field.linkTo(relation);
        checkWrittenNames(field, declaration.options, problems);
        relationTables.add(field, relation, problems);
      } else field.linkTo({ kind: 'many2one', target });
      if (field.store || field.kind === 'many2many') target.referrers.push(field);
    }
  }
  for (const list of lists) linkList(list, problems);
  for (const draft of declarations.keys()) noteMirrors(draft, drafts);
}

interface Linking {
  readonly draft: ModelDraft;
  readonly field: Field;
  readonly target: ModelDraft;
  readonly inverse: string;
}

interface Thunk {
  readonly thunk: () => unknown;
  readonly layer: Layer;
  readonly drafts: Drafts;
}

function targetDraft(field: Field, { thunk, layer, drafts }: Thunk, problems: Problems): ModelDraft | undefined {
  const complain = (message: string, hint: string): undefined => {
    problems.add({ model: field.model, field: field.name, module: field.module, message, hint });
  };
  const place = layer.definition.place();
  const where = place === null ? '' : ` (${place})`;
  let given: unknown;
  try {
    given = thunk();
  } catch (error) {
    const reason = error instanceof Error ? error.message : describeValue(error);
    return complain(
      `Its model cannot be had${where}: ${reason}.`,
      'The function must only name the model class, which must be defined when the registry is built.',
    );
  }
  if (given === undefined) {
    return complain(
      `Its model is undefined${where}.`,
      "The file of that class is not loaded, or imports this one in a circle before it defines the class; a name works, too: () => 'res.country'.",
    );
  }
  const name: unknown = typeof given === 'string' ? given : modelNameOf(given);
  if (typeof name !== 'string') {
    const what = typeof given === 'function' && given.name !== '' ? given.name : describeValue(given);
    if (problems.isRefused(what)) return undefined;
    return complain(`It leads to ${what}, which is no model.`, 'Decorate the class with @Model(name).');
  }
  const target = drafts.get(name);
  if (target !== undefined || problems.isRefused(name)) return target;
  return complain(
    `It leads to "${name}", which no module brings.${didYouMean(name, drafts.keys())}`,
    'Import the module that defines that model, or list its class among the models.',
  );
}

function linkList({ draft, field, target, inverse: name }: Linking, problems: Problems): void {
  const inverse = target.fields.get(name);
  const complain = (message: string): void =>
    problems.add({
      model: draft.name,
      field: field.name,
      module: field.module,
      message,
      hint: `Define ${name} on ${target.name} as a many2one to ${draft.name}, or name the one that is there.`,
    });
  // A missing name is told where the field is checked.
  if (name === '') return;
  if (inverse === undefined) {
    return complain(`${target.name} has no field "${name}" to point back.${didYouMean(name, target.fields.keys())}`);
  }
  if (inverse.kind !== 'many2one' || inverse.column === null) {
    if (!problems.concerns(target.name, name)) complain(`${target.name}.${name} is no many2one with a column.`);
    return;
  }
  // A many2one that leads nowhere is told where it is declared.
  if (inverse.relation === null) return;
  if (inverse.relation.target !== draft) {
    return complain(`${target.name}.${name} leads to ${inverse.relation.target.name}, not back here.`);
  }
  field.linkTo({ kind: 'one2many', target, inverse: name, inverseColumn: inverse.column });
}

function textOf(given: unknown): string {
  return typeof given === 'string' ? given : '';
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
