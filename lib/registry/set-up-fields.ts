import { FIRST_FIELD_SLOT, ID_SLOT } from '../cache/row.js';
import { checkField } from '../fields/check-field.js';
import { createField } from '../fields/create-field.js';
import type { Field } from '../fields/field.js';
import { ownFieldDeclarations, type FieldDeclaration } from '../fields/field-declaration.js';
import type { FieldOwner } from '../fields/field-owner.js';
import { displayNameField, idField, logFields } from '../fields/implicit-fields.js';
import { mergeDeclarations } from '../fields/merge-declarations.js';
import { fieldAccessor } from '../model/accessors.js';
import type { Layer } from './layer.js';
import type { ModelDraft } from './model-draft.js';
import type { Problems } from './problems.js';

/** A field's declarations of all layers as one, with the layer that had the last word. */
export interface MergedDeclaration {
  readonly declaration: FieldDeclaration;
  readonly layer: Layer;
}

/**
 * The fourth stage: merges what the layers of each model say about its fields, makes the fields, gives each its slot and
 * its property. Relations are linked by the next step, when all models have their fields.
 */
export function setUpFields(draft: ModelDraft, problems: Problems): ReadonlyMap<string, MergedDeclaration> {
  const merged = mergeLayers(draft, problems);
  const owner = new Slots(draft);
  addField(draft, idField(owner.of(draft.module)));
  for (const { declaration, layer } of merged.values()) {
    const field = createField(declaration, owner.of(layer.module));
    addField(draft, field);
    for (const problem of checkField(field, declaration)) problems.add(problem);
    checkMembers(draft, field, problems);
  }
  if (draft.log) for (const field of logFields(owner.of(draft.module))) addImplicit(draft, field);
  if (!draft.fields.has('displayName')) {
    addField(draft, displayNameField(owner.of(draft.module), displayNameSource(draft)));
  }
  draft.stored = [...draft.fields.values()].filter((field) => field.store && field.name !== 'id');
  draft.defaulted = [...draft.fields.values()].filter((field) => field.hasDefault);
  draft.mandatory = draft.stored.filter((field) => field.required && !field.isComputed);
  draft.activeField = activeFieldOf(draft, problems);
  draft.displayNameField = displayNameSource(draft);
  checkColumns(draft, problems);
  return merged;
}

/** Gives the records their properties; when everything else about the fields is known to be right. */
export function addAccessors(draft: ModelDraft): void {
  for (const field of draft.fields.values()) {
    if (field.name !== 'id') Object.defineProperty(draft.prototype, field.name, fieldAccessor(field));
  }
}

function mergeLayers(draft: ModelDraft, problems: Problems): Map<string, MergedDeclaration> {
  const merged = new Map<string, MergedDeclaration>();
  for (const { prototype, layer } of draft.source.classes) {
    for (const [name, above] of ownFieldDeclarations(prototype)) {
      const below = merged.get(name);
      if (below === undefined) {
        merged.set(name, { declaration: above, layer });
        continue;
      }
      const { declaration, conflict } = mergeDeclarations(below.declaration, above);
      merged.set(name, { declaration, layer });
      if (conflict === null) continue;
      problems.add({
        model: draft.name,
        field: name,
        module: layer.module,
        message: `It is ${conflict.below} in module ${below.layer.module} and ${conflict.above} here.`,
        hint: 'Give the new field another name, or keep the kind; char may become text, and integer bigint.',
      });
    }
  }
  return merged;
}

/** A field hides every other member of its name, which one layer may have written without knowing of the other's. */
function checkMembers(draft: ModelDraft, field: Field, problems: Problems): void {
  for (const { prototype, target, layer } of draft.source.classes) {
    if (field.name === 'constructor') break;
    const member = Object.getOwnPropertyDescriptor(prototype, field.name);
    const what = member === undefined ? undefined : typeof member.value === 'function' ? 'method' : 'accessor';
    if (what === undefined || (what === 'accessor' && field.isComputed)) continue;
    problems.add({
      model: draft.name,
      field: field.name,
      module: field.module,
      message: `It has the name of ${what === 'method' ? 'a method' : 'an accessor'} of ${target.name} (module ${layer.module}).`,
      hint: 'Give one of them another name.',
    });
  }
  if (draft.source.layers.some(({ injected }) => Object.hasOwn(injected, field.name))) {
    problems.add({
      model: draft.name,
      field: field.name,
      module: field.module,
      message: 'It has the name of a property that a layer of the model injects.',
      hint: 'Give one of them another name.',
    });
  }
}

function addField(draft: ModelDraft, field: Field): void {
  draft.fields.set(field.name, field);
  draft.fieldBySlot[field.slot] = field;
}

/** A model may define a field that would otherwise be implicit. */
function addImplicit(draft: ModelDraft, field: Field): void {
  if (!draft.fields.has(field.name)) addField(draft, field);
}

/** Gives slots in the order in which fields are made. */
class Slots {
  readonly #draft: ModelDraft;
  readonly #slots = new Map<string, number>([['id', ID_SLOT]]);
  readonly #owners = new Map<string, FieldOwner>();
  #next = FIRST_FIELD_SLOT;

  constructor(draft: ModelDraft) {
    this.#draft = draft;
  }

  of(module: string): FieldOwner {
    let owner = this.#owners.get(module);
    if (owner === undefined) {
      const { name: model, table } = this.#draft;
      owner = { model, table, module, slotOf: (field) => this.#slotOf(field) };
      this.#owners.set(module, owner);
    }
    return owner;
  }

  #slotOf(field: string): number {
    let slot = this.#slots.get(field);
    if (slot === undefined) this.#slots.set(field, (slot = this.#next++));
    return slot;
  }
}

function displayNameSource(draft: ModelDraft): string | null {
  const { displayName } = draft.options;
  if (displayName !== undefined) return draft.fields.has(displayName) ? displayName : null;
  return draft.fields.has('name') ? 'name' : null;
}

function activeFieldOf(draft: ModelDraft, problems: Problems): string | null {
  const { activeField } = draft.options;
  if (activeField === null) return null;
  const field = draft.fields.get(activeField ?? 'active');
  if (field?.kind === 'boolean' && field.store) return field.name;
  if (activeField !== undefined) {
    problems.add({
      model: draft.name,
      field: activeField,
      module: draft.module,
      message: 'The option activeField names no boolean field with a column.',
      hint: 'Define it with @fields.Boolean({ default: true }), or leave the option out.',
    });
  }
  return null;
}

/** Columns that every table has already. */
const SYSTEM_COLUMNS: readonly string[] = ['tableoid', 'xmin', 'cmin', 'xmax', 'cmax', 'ctid'];

/** Two properties that meet in one column, perhaps by snake-casing (`orderID`, `orderId`). */
function checkColumns(draft: ModelDraft, problems: Problems): void {
  const columns = new Map<string, Field>([['id', draft.fields.get('id')!]]);
  for (const field of draft.stored) {
    const column = field.column!;
    const other = columns.get(column);
    const isSystem = SYSTEM_COLUMNS.includes(column);
    if (other === undefined) columns.set(column, field);
    if (other === undefined && !isSystem) continue;
    problems.add({
      model: draft.name,
      field: field.name,
      module: field.module,
      message: isSystem
        ? `PostgreSQL keeps the column name "${column}" for itself.`
        : `It has the same column "${column}" as ${other!.name}.`,
      hint: isSystem ? 'Name another column with `column`.' : 'Name the column of one of them with `column`.',
    });
  }
}
