import { DomainError } from '../errors/use-errors.js';
import { allRecords, anyOf, complementOf, isDomain, noRecords, Term, type Domain } from './domain.js';
import type { FieldResolver, Relation, ResolvedField } from './field-resolver.js';
import { findElements, patternOperand, relationOperand } from './operand.js';
import { isHierarchy, isLike, isOrdering, type CheckedOperator } from './operators.js';
import { cannotUse, checkedTerm, type TermContext } from './term-context.js';
import { at } from './written.js';

/**
 * Checks a term on a relation: ids and null stay with the relation itself, names are looked for among the related
 * records. @throws DomainError, FieldValueError, UnknownFieldError
 */
export function checkRelationTerm(context: TermContext, relation: Relation): Domain {
  const { field, operator, operand, place } = context;
  if (operator === 'any') return checkedTerm(context, 'any', context.below(relation.target, operand, [...place, 2]));
  if (isHierarchy(operator)) return checkHierarchyTerm(context);
  if (isOrdering(operator)) {
    throw cannotUse(context, operator, {
      because: 'a relation has no order',
      hint: `Compare a field of ${relation.target.name}, such as '${field.name}.id'.`,
    });
  }
  if (isLike(operator)) {
    const pattern = patternOperand(field, operator, operand, place);
    // An empty search box hides nothing that is there.
    if (pattern === '' && !operator.startsWith('=')) return isSet(context, relation);
    return named(context, relation, { operator, operand: pattern });
  }
  const { ids, names, unset } = relationOperand(field, findElements(operand, true) ?? [operand], place);
  const single = operator === '=';
  const parts: Domain[] = [];
  if (ids.length > 0)
    parts.push(
      withIds(context, relation, single ? { operator: '=', operand: ids[0] } : { operator: 'in', operand: ids }),
    );
  if (names.length > 0)
    parts.push(
      named(context, relation, single ? { operator: '=', operand: names[0] } : { operator: 'in', operand: names }),
    );
  if (unset) parts.push(complementOf(isSet(context, relation)));
  // Compared with nothing it is still a term: a constant would swallow terms beside it that say what is searched.
  if (parts.length === 0)
    return relation.kind === 'many2one' ? checkedTerm(context, 'in', []) : checkedTerm(context, 'any', noRecords);
  return anyOf(parts);
}

/** Checks `child_of` and `parent_of` on `id` or on a relation. @throws DomainError, FieldValueError, UnknownFieldError */
export function checkHierarchyTerm(context: TermContext): Domain {
  const { model, field, operator, operand, place } = context;
  const { relation } = field;
  if (relation !== null && relation.kind !== 'many2one') {
    const inside = new Term({ path: 'id', operator, operand, place });
    return checkedTerm(context, 'any', context.below(relation.target, inside));
  }
  // On its own parent field, as on `id`, a model is asked for the tree itself, the start included.
  const walksItself = relation === null || isParentField(model, field);
  const hierarchy = walksItself ? model : relation.target;
  requireParentField(context, hierarchy);
  const start = startOf(context, hierarchy);
  return new Term({ path: walksItself ? 'id' : field.name, operator, operand: start, place, checkedFor: model });
}

/** The field that leads from a record to its parent; undefined: the model has no hierarchy. */
export function findParentField(model: FieldResolver): ResolvedField | undefined {
  const name = model.parentField === undefined ? 'parent' : model.parentField;
  const field = name === null ? undefined : model.findField(name);
  return field !== undefined && isParentField(model, field) ? field : undefined;
}

function isParentField(model: FieldResolver, field: ResolvedField): boolean {
  const name = model.parentField === undefined ? 'parent' : model.parentField;
  if (field.name !== name || field.column === null) return false;
  return field.relation?.kind === 'many2one' && field.relation.target.name === model.name;
}

function requireParentField(context: TermContext, hierarchy: FieldResolver): void {
  if (findParentField(hierarchy) !== undefined) return;
  throw cannotUse(context, context.operator, {
    because: `${hierarchy.name} has no hierarchy`,
    hint: 'A hierarchy follows a stored many2one to the model itself, named "parent" or as `parentField` says.',
  });
}

function startOf(context: TermContext, hierarchy: FieldResolver): Domain {
  const { field, operand, place } = context;
  if (isDomain(operand)) return context.below(hierarchy, operand);
  const { ids, names } = relationOperand(field, findElements(operand, true) ?? [operand], place);
  const parts: Domain[] = [];
  if (ids.length > 0)
    parts.push(context.below(hierarchy, new Term({ path: 'id', operator: 'in', operand: ids, place })));
  if (names.length > 0) parts.push(byName(context, hierarchy, { operator: 'in', operand: names }));
  return anyOf(parts);
}

interface Comparison {
  readonly operator: CheckedOperator;
  readonly operand: unknown;
}

function withIds(context: TermContext, relation: Relation, { operator, operand }: Comparison): Domain {
  if (relation.kind === 'many2one') return checkedTerm(context, operator, operand);
  const inside = new Term({ path: 'id', operator, operand, place: context.place });
  return checkedTerm(context, 'any', context.below(relation.target, inside));
}

function named(context: TermContext, relation: Relation, comparison: Comparison): Domain {
  return checkedTerm(context, 'any', byName(context, relation.target, comparison));
}

function byName(context: TermContext, target: FieldResolver, { operator, operand }: Comparison): Domain {
  const { place, field } = context;
  if (target.displayNameField === null) {
    throw new DomainError(`${at(place)}${target.name} has no name that could be searched.`, {
      place: [...place, 2],
      model: field.model,
      field: field.name,
      hint: `Compare with an id, or name a field: '${field.name}.<field>'.`,
    });
  }
  return context.below(target, new Term({ path: target.displayNameField, operator, operand, place }));
}

function isSet(context: TermContext, relation: Relation): Domain {
  if (relation.kind === 'many2one') return complementOf(checkedTerm(context, '=', null));
  return checkedTerm(context, 'any', allRecords);
}
