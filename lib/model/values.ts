import { UnknownFieldError, UsageError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from './composed-model.js';
import { assertWritable } from './stage.js';

/** Values of `create` or `write`, checked and converted: columns apart from lists, whose changes are read later. */
export interface CheckedValues {
  readonly scalars: Map<Field, unknown>;
  readonly lists: Map<Field, unknown>;
}

/**
 * Given to `create` they are ignored: what is made from the values of another record has them, and the new one gets its
 * own. In a `write` they can only be meant, and ignoring them would hide that they stay as they are.
 */
const KEPT_BY_REGISTRY = new Set(['createdAt', 'createdBy', 'updatedAt', 'updatedBy']);

/**
 * Checks the keys and converts the values; a key with `undefined` counts as not given.
 * @throws UnknownFieldError, FieldValueError
 */
export function checkValues(model: ComposedModel, values: unknown, purpose: 'create' | 'write'): CheckedValues {
  if (typeof values !== 'object' || values === null || Array.isArray(values)) {
    throw new UsageError(`${purpose} on ${model.name} takes an object of values.`, { model: model.name });
  }
  const checked: CheckedValues = { scalars: new Map(), lists: new Map() };
  for (const name of Object.keys(values)) {
    const value = (values as Record<string, unknown>)[name];
    if (value === undefined) continue;
    const field = name === 'id' ? undefined : model.fields.get(name);
    if (field === undefined) throw unknownKey(model, name);
    if (purpose === 'create' && KEPT_BY_REGISTRY.has(name)) continue;
    assertWritable(field);
    if (field.kind === 'one2many' || field.kind === 'many2many') checked.lists.set(field, value);
    else checked.scalars.set(field, field.convert(value));
  }
  return checked;
}

function unknownKey(model: ComposedModel, name: string): Error {
  if (name === 'id') {
    return new UsageError(`The id of ${model.name} is given by the database and never written.`, {
      model: model.name,
      field: 'id',
    });
  }
  const known = [...model.fields.values()].filter((field) => !field.readonly).map((field) => field.name);
  return new UnknownFieldError({ model: model.name, field: name, known });
}
