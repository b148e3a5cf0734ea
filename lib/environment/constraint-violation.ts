import { ValidationError } from '../errors/business-errors.js';
import type { ConstraintViolationError } from '../errors/database-errors.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from '../model/composed-model.js';
import type { RegistryModels } from './registry-models.js';

/** What a user reads when the database found the mistake: the model, the field, and the constraint's own message. */
export function violationToValidation(models: RegistryModels, error: ConstraintViolationError): ValidationError {
  const named = error.constraint === undefined ? undefined : models.findConstraint(error.constraint);
  if (named !== undefined) {
    const { model, constraint } = named;
    const field = constraint.fields?.length === 1 ? constraint.fields[0] : undefined;
    return validation(constraint.message ?? plainMessage(error, model, field), { model, field, error });
  }
  const model = error.table === undefined ? undefined : models.findByTable(error.table);
  const field = model === undefined ? undefined : fieldOf(model, error);
  return validation(plainMessage(error, model, field?.label), { model, field: field?.name, error });
}

function validation(
  message: string,
  {
    model,
    field,
    error,
  }: {
    readonly model: ComposedModel | undefined;
    readonly field: string | undefined;
    readonly error: ConstraintViolationError;
  },
): ValidationError {
  return new ValidationError(message, { model: model?.name, field, cause: error });
}

/** The field of a not-null column, of a foreign key, or of a constraint made for one column. */
function fieldOf(model: ComposedModel, error: ConstraintViolationError): Field | undefined {
  const { column, constraint } = error;
  const own = model.stored.filter((field) => field.column !== null);
  if (column !== undefined) return own.find((field) => field.column === column);
  if (constraint === undefined) return undefined;
  // The longest column that the constraint's name contains: `order_line_order_id_fkey` names `order_id`, not `order`.
  const candidates = own.filter((field) => constraint.includes(field.column!));
  return candidates.sort((a, b) => b.column!.length - a.column!.length)[0];
}

function plainMessage(
  error: ConstraintViolationError,
  model: ComposedModel | undefined,
  field: string | undefined,
): string {
  const subject = field ?? (model === undefined ? 'A value' : `A value of ${model.description}`);
  switch (error.kind) {
    case 'unique':
      return `${subject} must be unique, and another record has the same.`;
    case 'not null':
      return `${subject} is required.`;
    case 'check':
      return `${subject} is not allowed.`;
    case 'exclusion':
      return `${subject} overlaps with that of another record.`;
    case 'foreign key':
      return `${subject} refers to a record that does not exist.`;
  }
}
