import { UnknownFieldError } from '../errors/use-errors.js';
import { ownFieldDeclarations, type FieldDeclaration } from '../fields/field-declaration.js';
import { BaseModel } from '../model/base-model.js';
import { ownFacts } from '../model/model-definition.js';
import type { FieldKind } from '../types/field-kind.js';
import type { Layer } from './layer.js';
import type { ModelDraft } from './model-draft.js';

/** Where something of a model is written. */
export interface Origin {
  /** The module that brings the class. */
  readonly module: string;
  readonly className: string;
  /** `file:line` of the class's decorator; null where that cannot be known. */
  readonly file: string | null;
}

/** What one layer says of a field: the options that it gives, and what else it declares. */
export interface FieldLayer extends Origin {
  readonly kind: FieldKind;
  readonly options: Readonly<Record<string, unknown>>;
  /** Whether the layer computes the field by a getter. */
  readonly getter: boolean;
}

/** A field, with all that made it, lowest first. No layers: every model has it. */
export interface FieldDescription {
  readonly name: string;
  readonly kind: FieldKind;
  readonly column: string | null;
  readonly layers: readonly FieldLayer[];
  /** The paths that it is computed from, those of all layers together; empty: it is not. */
  readonly depends: readonly string[];
}

/** A method, getter or setter of the line: the layers that implement it, lowest first; `super` goes down this list. */
export interface MemberDescription {
  readonly name: string;
  readonly kind: 'method' | 'accessor';
  readonly layers: readonly Origin[];
  /** Whether it overrides what every model has, such as `write`. */
  readonly overridesBase: boolean;
}

/** One option of the model, with the layer whose word is the last. */
export interface OptionDescription extends Origin {
  readonly name: string;
  readonly value: unknown;
}

/** A constraint or check, with the layer that brings it. */
export interface ConstraintDescription extends Origin {
  readonly kind: 'unique' | 'check' | 'exclude' | 'index' | 'method';
  /** Name of the method, or of the constraint if it was given one. */
  readonly name: string | null;
  /** Fields of a `unique` or an `index`; paths that a method watches. */
  readonly fields: readonly string[];
  readonly message: string | null;
}

/** All that a registry knows of how a model came about. */
export interface ModelDescription {
  readonly model: string;
  readonly table: string;
  /** The decorated classes, lowest first. */
  readonly layers: readonly Origin[];
  readonly options: readonly OptionDescription[];
  readonly fields: readonly FieldDescription[];
  readonly members: readonly MemberDescription[];
  readonly constraints: readonly ConstraintDescription[];
}

export function describeModel(draft: ModelDraft): ModelDescription {
  const { layers } = draft.source;
  const names = new Set(layers.flatMap((layer) => membersOf(layer)));
  return {
    model: draft.name,
    table: draft.table,
    layers: layers.map(originOf),
    options: optionsOf(draft),
    fields: [...draft.fields.keys()].map((name) => describeField(draft, name)!),
    members: [...names].filter((name) => !draft.fields.has(name)).map((name) => describeMember(draft, name)!),
    constraints: constraintsOf(draft),
  };
}

/** A field or a member by name. @throws UnknownFieldError */
export function describePart(draft: ModelDraft, name: string): FieldDescription | MemberDescription {
  const found = describeField(draft, name) ?? describeMember(draft, name);
  if (found !== undefined) return found;
  const members = draft.source.layers.flatMap((layer) => membersOf(layer));
  throw new UnknownFieldError({ model: draft.name, field: name, known: [...draft.fields.keys(), ...members] });
}

function originOf({ module, definition }: Layer): Origin {
  return { module, className: definition.target.name, file: definition.place() };
}

function describeField(draft: ModelDraft, name: string): FieldDescription | undefined {
  const field = draft.fields.get(name);
  if (field === undefined) return undefined;
  const layers = draft.source.layers.flatMap((layer) =>
    declarationsOf(layer, name).map(({ kind, options, getter }) => ({ ...originOf(layer), kind, options, getter })),
  );
  const depends = draft.computationOf.get(field)?.paths ?? [];
  return { name, kind: field.kind, column: field.column, layers, depends };
}

function declarationsOf({ classes }: Layer, name: string): FieldDeclaration[] {
  return classes.flatMap(({ prototype }) => ownFieldDeclarations(prototype as object).get(name) ?? []);
}

function describeMember(draft: ModelDraft, name: string): MemberDescription | undefined {
  const layers = draft.source.layers.filter((layer) => membersOf(layer).includes(name));
  if (layers.length === 0) return undefined;
  const owners = layers.at(-1)!.classes.map(({ prototype }) => Object.getOwnPropertyDescriptor(prototype, name));
  const isMethod = typeof owners.findLast((owner) => owner !== undefined)?.value === 'function';
  return {
    name,
    kind: isMethod ? 'method' : 'accessor',
    layers: layers.map(originOf),
    overridesBase: name in BaseModel.prototype,
  };
}

function membersOf({ classes }: Layer): string[] {
  const names = classes.flatMap(({ prototype }) => Object.getOwnPropertyNames(prototype));
  return names.filter((name) => name !== 'constructor');
}

function optionsOf({ source, options }: ModelDraft): OptionDescription[] {
  return Object.entries(options)
    .filter(([name]) => name !== 'constraints')
    .flatMap(([name, value]) => {
      const layer = source.layers.findLast((one) => (one.options as Record<string, unknown>)[name] !== undefined);
      return layer === undefined ? [] : [{ ...originOf(layer), name, value }];
    });
}

function constraintsOf({ source, options, constraintMethods }: ModelDraft): ConstraintDescription[] {
  const kept = new Set(options.constraints);
  const ofDatabase = source.layers.flatMap((layer) =>
    (layer.options.constraints ?? [])
      .filter((option) => kept.has(option))
      .map(({ kind, name = null, fields = [], message = null }) => ({
        ...originOf(layer),
        kind,
        name,
        fields,
        message,
      })),
  );
  const methods = constraintMethods.map(({ method, paths }) => {
    const layer = source.layers.findLast(({ classes }) =>
      classes.some(({ prototype }) => ownFacts(prototype as object)?.get(method)?.constrains !== undefined),
    );
    return { ...originOf(layer!), kind: 'method' as const, name: method, fields: paths, message: null };
  });
  return [...ofDatabase, ...methods];
}
