import { DomainError } from '../errors/use-errors.js';
import type { FieldKind } from '../types/field-kind.js';
import type { Domain } from './domain.js';
import { convertOperand, findElements, patternOperand } from './operand.js';
import { isHierarchy, isLike, isOrdering } from './operators.js';
import { cannotUse, checkedTerm, type TermContext } from './term-context.js';
import { at } from './written.js';

/** Kinds whose values are text for `like`. */
const textKinds: ReadonlySet<FieldKind> = new Set<FieldKind>(['char', 'text', 'selection', 'uuid']);
/** Kinds without an order that means something. */
const unorderedKinds: ReadonlySet<FieldKind> = new Set<FieldKind>([
  'json',
  'binary',
  'many2one',
  'one2many',
  'many2many',
]);

/** Checks a term on a field that has a column and no relation. @throws DomainError, FieldValueError */
export function checkScalarTerm(context: TermContext): Domain {
  const { field, operator, operand, place } = context;
  if (operator === 'in') {
    const elements = findElements(operand, field.name === 'id') ?? [operand];
    return checkedTerm(
      context,
      'in',
      elements.map((element) => convertOperand(field, element, place)),
    );
  }
  if (operator === 'any' || isHierarchy(operator)) {
    throw cannotUse(context, operator, {
      because: 'it is not a relation',
      hint: 'Use it on a many2one, a one2many or a many2many.',
    });
  }
  if (isLike(operator)) {
    if (textKinds.has(field.kind))
      return checkedTerm(context, operator, patternOperand(field, operator, operand, place));
    const because = `a field of kind ${field.kind} is not text`;
    throw cannotUse(context, operator, { because, hint: "Use '=', 'in' or a comparison." });
  }
  if (isOrdering(operator) && unorderedKinds.has(field.kind)) {
    throw cannotUse(context, operator, {
      because: `values of kind ${field.kind} have no order`,
      hint: "Use '=' or 'in'.",
    });
  }
  if (isOrdering(operator) && findElements(operand, true) !== undefined) {
    throw new DomainError(`${at(place)}'${operator}' compares with one value, not with several.`, {
      place: [...place, 2],
    });
  }
  return checkedTerm(context, operator, convertOperand(field, operand, place));
}
