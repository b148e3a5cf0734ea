import { UsageError } from '../errors/use-errors.js';
import type { Domain, Term } from './domain.js';
import type { FieldResolver, ResolvedField } from './field-resolver.js';
import { findParentField } from './relation-term.js';

/** The field of a checked term. @throws UsageError when the term was never checked against this model */
export function checkedFieldOf(model: FieldResolver, term: Term): ResolvedField {
  const field = term.checkedFor === model ? model.findField(term.path) : undefined;
  if (field !== undefined) return field;
  throw new UsageError(`A domain on ${model.name} was not checked before it was compiled.`, {
    model: model.name,
    hint: 'Pass it through `parseWrittenDomain` first.',
  });
}

/** The model whose tree a term `child_of` or `parent_of` walks. */
export function hierarchyOf(model: FieldResolver, term: Term): FieldResolver {
  return checkedFieldOf(model, term).relation?.target ?? model;
}

/** The many2one that leads from a record of a hierarchy to its parent. @throws UsageError */
export function parentFieldOf(hierarchy: FieldResolver): ResolvedField {
  const field = findParentField(hierarchy);
  if (field !== undefined) return field;
  throw new UsageError(`${hierarchy.name} has no hierarchy.`, { model: hierarchy.name });
}

/** The sub-domain of a term that has one: `any`, `child_of`, `parent_of`. */
export function subDomainOf(term: Term): Domain {
  return term.operand as Domain;
}
