/** The operators that can be written in a term, each with the positive one it is the complement of, or itself. */
const positiveOf: ReadonlyMap<string, CheckedOperator> = new Map<string, CheckedOperator>([
  ['=', '='],
  ['!=', '='],
  ['<', '<'],
  ['>', '>'],
  ['<=', '<='],
  ['>=', '>='],
  ['in', 'in'],
  ['not in', 'in'],
  ['like', 'like'],
  ['not like', 'like'],
  ['ilike', 'ilike'],
  ['not ilike', 'ilike'],
  ['=like', '=like'],
  ['=ilike', '=ilike'],
  ['child_of', 'child_of'],
  ['parent_of', 'parent_of'],
  ['any', 'any'],
  ['not any', 'any'],
]);

/**
 * The operators of a checked term. There is no negative one: `!=` has become "not `=`" and so on, so that a term and its
 * complement split the records exactly, unset values included.
 */
export type CheckedOperator =
  '=' | '<' | '>' | '<=' | '>=' | 'in' | 'like' | 'ilike' | '=like' | '=ilike' | 'child_of' | 'parent_of' | 'any';

/** Every operator that can be written. */
export const operatorNames: readonly string[] = [...positiveOf.keys()];

/** The positive operator behind a written one; undefined: there is no such operator. */
export function findOperator(
  written: string,
): { readonly positive: CheckedOperator; readonly negated: boolean } | undefined {
  const positive = positiveOf.get(written);
  return positive === undefined ? undefined : { positive, negated: positive !== written };
}

export function isOrdering(operator: CheckedOperator): operator is '<' | '>' | '<=' | '>=' {
  return operator === '<' || operator === '>' || operator === '<=' || operator === '>=';
}

export function isLike(operator: CheckedOperator): operator is 'like' | 'ilike' | '=like' | '=ilike' {
  return operator === 'like' || operator === 'ilike' || operator === '=like' || operator === '=ilike';
}

export function isHierarchy(operator: CheckedOperator): operator is 'child_of' | 'parent_of' {
  return operator === 'child_of' || operator === 'parent_of';
}
