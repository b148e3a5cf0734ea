import { DomainError } from '../errors/use-errors.js';
import { Term, type Domain, type Place } from './domain.js';
import type { FieldResolver, ResolvedField } from './field-resolver.js';
import type { CheckedOperator } from './operators.js';
import { at } from './written.js';

/** One term on one field of a model while it is being checked: negation is taken off, the path has no dots. */
export interface TermContext {
  readonly model: FieldResolver;
  readonly field: ResolvedField;
  readonly operator: CheckedOperator;
  readonly operand: unknown;
  readonly place: Place;
  /** Checks a domain that this term leads to, one level deeper; `place` is where it was written. */
  below(model: FieldResolver, written: unknown, place?: Place): Domain;
}

/** The checked form of a term. */
export function checkedTerm(context: TermContext, operator: CheckedOperator, operand: unknown): Term {
  return new Term({
    path: context.field.name,
    operator,
    operand,
    place: context.place,
    checkedFor: context.model,
  });
}

/** The error of a term whose operator cannot be used on its field. */
export function cannotUse(
  context: TermContext,
  operator: string,
  why: { readonly because: string; readonly hint: string },
): DomainError {
  const { model, field, place } = context;
  return new DomainError(`${at(place)}'${operator}' cannot be used on ${model.name}.${field.name}: ${why.because}.`, {
    place: [...place, 1],
    model: model.name,
    field: field.name,
    hint: why.hint,
  });
}
