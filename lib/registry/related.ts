import type { Field } from '../fields/field.js';
import { targetOf } from '../model/relations.js';
import type { ModelDraft } from './model-draft.js';
import type { Problems } from './problems.js';

/** What a record has at the end of a path: of a set on the way its first record, null where the path breaks off. */
export function relatedGetter(path: string): (this: object) => unknown {
  const names = path.split('.');
  return function (this: object) {
    return valueAt(this, names);
  };
}

function valueAt(record: object, names: readonly string[]): unknown {
  let at: unknown = record;
  for (const name of names) {
    if (at === null || at === undefined) return null;
    at = (firstOf(at) as Readonly<Record<string, unknown>> | undefined)?.[name];
  }
  return at ?? null;
}

function firstOf(value: unknown): unknown {
  return (value as { first(): unknown }).first();
}

/** A related field is of the kind of the field that it shows; whether the path exists is told with its dependencies. */
export function checkRelated(draft: ModelDraft, problems: Problems): void {
  for (const field of draft.fields.values()) {
    if (field.related === null) continue;
    const end = endOf(draft, field.related);
    if (end === undefined) continue;
    const isSame = end.kind === field.kind && end.relation?.target === field.relation?.target;
    if (isSame) continue;
    problems.add({
      model: draft.name,
      field: field.name,
      module: field.module,
      message: `It shows '${field.related}', which is ${described(end)}, and is itself ${described(field)}.`,
      hint: 'Declare it with the kind of the field that it shows, and a relation with the same model.',
    });
  }
}

function endOf(draft: ModelDraft, path: string): Field | undefined {
  let model: ModelDraft | undefined = draft;
  let field: Field | undefined;
  for (const name of path.split('.')) {
    field = model?.fields.get(name);
    model = field?.relation == null ? undefined : (targetOf(field) as ModelDraft);
    if (field === undefined) return undefined;
  }
  return field;
}

function described({ kind, relation }: Field): string {
  return relation === null ? kind : `${kind} to ${relation.target.name}`;
}
