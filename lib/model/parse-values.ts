import { readSubmitted } from '../domain/submitted.js';
import { BadInputError, FieldValueError, UnknownFieldError } from '../errors/use-errors.js';
import { parseRelationChanges } from '../fields/relation-changes.js';
import type { AnyRecord, AnySet, Values } from '../types/records.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from './composed-model.js';
import { assertWritable } from './stage.js';
import { modelOfReference, type ModelReference } from './model-reference.js';

export interface ParseValuesOptions {
  /** Only these keys are accepted; default: every field that can be written. */
  readonly fields?: readonly string[];
}

/**
 * Checks values that a client sent for `create` or `write`: every key must be a field that can be written, every value
 * one that it can hold, in the form JSON gives it (decimals, dates and large integers as strings, relations as ids).
 *
 * @param model a recordset of the model, such as `env.model(Partner)`, or `registry.get('res.partner')`
 * @throws BadInputError for what is no object, UnknownFieldError for an unknown key, FieldValueError for a value that
 *   does not fit, each marked as submitted
 */
export function parseValues<M extends AnyRecord>(
  model: AnySet<M>,
  input: unknown,
  options?: ParseValuesOptions,
): Values<M>;
export function parseValues(
  model: ModelReference,
  input: unknown,
  options?: ParseValuesOptions,
): Readonly<Record<string, unknown>>;
export function parseValues(
  reference: ModelReference,
  input: unknown,
  options: ParseValuesOptions = {},
): Readonly<Record<string, unknown>> {
  const model = modelOfReference(reference, 'parseValues');
  return readSubmitted([BadInputError, UnknownFieldError, FieldValueError], () => {
    if (typeof input !== 'object' || input === null || Array.isArray(input)) {
      throw new BadInputError(`The values of ${model.description} are an object.`, { model: model.name });
    }
    const values: Record<string, unknown> = {};
    for (const [name, value] of Object.entries(input)) {
      const field = acceptedField(model, name, options.fields);
      // No JSON has it, but a handler that picks keys may: it means that nothing was given.
      if (value === undefined) continue;
      // A field's name is none of those that objects have, so this assigns a property of its own.
      values[field.name] = parseValue(field, value);
    }
    return values;
  });
}

function acceptedField(model: ComposedModel, name: string, accepted: readonly string[] | undefined): Field {
  const field = model.fields.get(name);
  const isAccepted = accepted === undefined ? field?.readonly === false : accepted.includes(name);
  if (field !== undefined && isAccepted) return field;
  const known = accepted ?? [...model.fields.values()].filter((one) => !one.readonly).map((one) => one.name);
  throw new UnknownFieldError({ model: model.name, field: name, known });
}

function parseValue(field: Field, value: unknown): unknown {
  assertWritable(field);
  if (field.kind === 'one2many' || field.kind === 'many2many') {
    parseRelationChanges(field, value);
    return value;
  }
  const converted = field.convert(value);
  if (converted === null && field.required) {
    throw new FieldValueError(`${field.label} is required.`, { model: field.model, field: field.name });
  }
  return converted;
}
