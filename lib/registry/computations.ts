import { didYouMean } from '../errors/nearest.js';
import { describeValue } from '../fields/describe-value.js';
import type { Field } from '../fields/field.js';
import { ownFieldDeclarations } from '../fields/field-declaration.js';
import type { Computation } from '../model/composed-model.js';
import { ownFacts, type MethodFacts } from '../model/model-definition.js';
import type { ModelDraft } from './model-draft.js';
import { relatedGetter } from './related.js';
import type { Problems } from './problems.js';

/** Notes on each model what computes its fields and what checks its records, with the paths of all layers together. */
export function collectComputations(draft: ModelDraft, problems: Problems): void {
  const facts = collectFacts(draft, problems);
  const pathsOf = (member: string): readonly string[] => facts.get(member)?.depends ?? [];
  const byMethod = new Map<string, Field[]>();
  for (const field of draft.fields.values()) {
    if (isImplicitDisplayName(field)) addComputation(draft, implicitDisplayName(draft, field, pathsOf));
    else if (field.getter) {
      const getter = draft.getterOf(field.name)!;
      addComputation(draft, { fields: [field], getter, method: null, paths: pathsOf(field.name) });
    } else if (field.related !== null) {
      addComputation(draft, {
        fields: [field],
        getter: relatedGetter(field.related),
        method: null,
        paths: [field.related],
      });
    } else if (field.compute !== null) {
      // Values with and without a column are filled at different times, so they are computations of their own.
      const key = `${field.compute} ${field.store}`;
      byMethod.set(key, [...(byMethod.get(key) ?? []), field]);
    }
  }
  for (const fields of byMethod.values()) {
    const method = fields[0]!.compute!;
    if (isMethod(draft, method)) addComputation(draft, { fields, getter: null, method, paths: pathsOf(method) });
    else complainOfMethod(draft, { fields, method }, problems);
  }
  for (const [method, { constrains = [] }] of facts) {
    if (constrains.length > 0 && isMethod(draft, method))
      draft.constraintMethods.push({ model: draft, method, paths: constrains });
  }
}

type ComputationParts = Pick<Computation, 'fields' | 'getter' | 'method' | 'paths'>;

function addComputation(draft: ModelDraft, parts: ComputationParts): void {
  const computation: Computation = { ...parts, model: draft, stored: parts.fields[0]!.store, rank: 0 };
  draft.computations.push(computation);
  for (const field of parts.fields) draft.computationOf.set(field, computation);
}

/** What the layers note of each member, added up: what `super` reads still counts. */
function collectFacts(draft: ModelDraft, problems: Problems): Map<string, MethodFacts> {
  const facts = new Map<string, MethodFacts>();
  for (const { prototype, layer } of draft.source.classes) {
    for (const [member, own] of ownFacts(prototype) ?? []) {
      const below = facts.get(member);
      const complain = (message: string, hint: string): void =>
        problems.add({ model: draft.name, field: member, module: layer.module, message, hint });
      const depends = [...(below?.depends ?? []), ...paths(own.depends, '@Depends', complain)];
      const constrains = [...(below?.constrains ?? []), ...paths(own.constrains, '@Constrains', complain)];
      facts.set(member, { depends: [...new Set(depends)], constrains: [...new Set(constrains)] });
      if (own.depends !== undefined && !isComputing(draft, member)) {
        complain(
          '@Depends is on a member that computes no field.',
          'Put it on the getter of a field, or on the method that `compute` names.',
        );
      }
      if (own.constrains === undefined) continue;
      if (constrains.length === 0 && own.constrains.length === 0)
        complain('@Constrains() watches nothing.', "Name the fields that it checks: @Constrains('amount').");
      if (!isMethod(draft, member))
        complain(
          '@Constrains is on a member that is no method.',
          `Write ${member}() { … } that throws a ValidationError.`,
        );
    }
  }
  return facts;
}

function paths(
  given: readonly unknown[] | undefined,
  what: string,
  complain: (message: string, hint: string) => void,
): string[] {
  return (given ?? []).filter((path): path is string => {
    const isPath = typeof path === 'string' && path !== '';
    if (!isPath)
      complain(`${what} was given ${describeValue(path)} as a path.`, "Paths are texts such as 'lines.product.price'.");
    return isPath;
  });
}

function isMethod(draft: ModelDraft, name: string): boolean {
  if (name === 'constructor') return false;
  return draft.source.classes.some(
    ({ prototype }) => typeof Object.getOwnPropertyDescriptor(prototype, name)?.value === 'function',
  );
}

/** Whether a member computes a field, or did in a layer below one that computes it otherwise. */
function isComputing(draft: ModelDraft, member: string): boolean {
  if (draft.fields.get(member)?.isComputed === true || member === draft.options.displayName) return true;
  return draft.source.classes.some(({ prototype }) =>
    [...ownFieldDeclarations(prototype).values()].some(({ options }) => options['compute'] === member),
  );
}

function complainOfMethod(
  draft: ModelDraft,
  { fields, method }: { readonly fields: readonly Field[]; readonly method: string },
  problems: Problems,
): void {
  const names = draft.source.classes.flatMap(({ prototype }) => Object.getOwnPropertyNames(prototype));
  const methods = names.filter((name) => isMethod(draft, name));
  for (const field of fields) {
    problems.add({
      model: draft.name,
      field: field.name,
      module: field.module,
      message: `Its option compute names "${method}", which is no method of the model.${didYouMean(method, methods)}`,
      hint: 'Write the method; it assigns the field on every record of `this`.',
    });
  }
}

function isImplicitDisplayName(field: Field): field is Field & { readonly source: string | null } {
  return field.name === 'displayName' && 'source' in field;
}

/** What people call a record: the value of a field or of a getter, else the model and the id. */
function implicitDisplayName(
  draft: ModelDraft,
  field: Field & { readonly source: string | null },
  pathsOf: (member: string) => readonly string[],
): ComputationParts {
  const fallback = (record: object): string => `${draft.name},${(record as { readonly id: number }).id}`;
  const source = field.source ?? draft.options.displayName;
  if (source === undefined || !(source in draft.prototype)) {
    return {
      fields: [field],
      method: null,
      paths: [],
      getter(this: object) {
        return fallback(this);
      },
    };
  }
  return {
    fields: [field],
    method: null,
    paths: field.source === null ? pathsOf(source) : [source],
    getter(this: object): string {
      const value = (this as Record<string, unknown>)[source];
      if (value === null || value === undefined) return fallback(this);
      if (typeof value === 'object' && 'displayName' in value) return String(value.displayName);
      return typeof value === 'string' ? value : String(field.toJson(value));
    },
  };
}
