import { allRecords, complementOf, noRecords, Term, type Domain } from './domain.js';
import type { FieldResolver, ResolvedField } from './field-resolver.js';

/**
 * The values of one field that satisfy a condition: those listed, or all but those listed. Sets of this form are closed
 * under "and", "or" and "not", which is what merging terms of one field rests on.
 */
export interface ValueSet {
  readonly values: readonly unknown[];
  /** True: every value but those listed. */
  readonly excludes: boolean;
  /** Whether "not set" is among them. */
  readonly unset: boolean;
}

/** The set of a term that compares with values: `=` or `in` on a field with a column; else undefined. */
export function findValueSet(field: ResolvedField, term: Term): ValueSet | undefined {
  if (term.operator === '=') {
    return term.operand === null
      ? { values: [], excludes: false, unset: true }
      : inRange(field, { values: [term.operand], excludes: false, unset: false });
  }
  if (term.operator === 'in' && Array.isArray(term.operand)) {
    const operand = term.operand as readonly unknown[];
    const unset = operand.includes(null);
    return inRange(field, {
      values: unset ? operand.filter((value) => value !== null) : operand,
      excludes: false,
      unset,
    });
  }
  // Two values only: a comparison of booleans is the set of those that pass it.
  if (field.kind === 'boolean' && term.operand !== null) {
    return { values: [false, true].filter((value) => compares(field, term, value)), excludes: false, unset: false };
  }
  return undefined;
}

export function complementSet(field: ResolvedField, set: ValueSet): ValueSet {
  return inRange(field, { values: set.values, excludes: !set.excludes, unset: !set.unset });
}

export function intersectSets(field: ResolvedField, left: ValueSet, right: ValueSet): ValueSet {
  const unset = left.unset && right.unset;
  if (left.excludes && right.excludes) {
    const has = membership(field, left.values);
    return { values: [...left.values, ...right.values.filter((value) => !has(value))], excludes: true, unset };
  }
  const [listed, other] = left.excludes ? [right, left] : [left, right];
  const has = membership(field, other.values);
  return { values: listed.values.filter((value) => has(value) !== other.excludes), excludes: false, unset };
}

export function uniteSets(field: ResolvedField, left: ValueSet, right: ValueSet): ValueSet {
  const both = intersectSets(field, complementSet(field, left), complementSet(field, right));
  return complementSet(field, both);
}

/** The condition of a set; `like` gives path and place, and `=` where it had it and one value is left. */
export function setToDomain(model: FieldResolver, field: ResolvedField, set: ValueSet, like: Term): Domain {
  // An id and a boolean are never unset; said one way or the other, it is the same set.
  const unset = isNeverUnset(field) ? set.excludes : set.unset;
  if (field.kind === 'boolean' && set.values.length === 2) return allRecords;
  if (set.values.length === 0 && unset === set.excludes) return set.excludes ? allRecords : noRecords;
  const withNull = unset !== set.excludes;
  const [first] = set.values;
  const term = (operator: string, operand: unknown): Term =>
    new Term({ path: field.name, operator, operand, place: like.place, checkedFor: model });
  const isOne = set.values.length === 1 && !withNull && (like.operator !== 'in' || field.kind === 'boolean');
  let listed = term('in', withNull ? [...set.values, null] : set.values);
  if (set.values.length === 0) listed = term('=', null);
  else if (isOne) listed = term('=', first);
  return set.excludes ? complementOf(listed) : listed;
}

/** Tells whether a converted value is among `values`, by the field's equality; quick for values that have a key. */
export function membership(field: ResolvedField, values: readonly unknown[]): (value: unknown) => boolean {
  if (field.kind === 'json' || field.kind === 'binary')
    return (value) => values.some((known) => field.equal(known, value));
  const keys = new Set(values.map(keyOf));
  return (value) => keys.has(keyOf(value));
}

function keyOf(value: unknown): unknown {
  if (value instanceof Date) return value.getTime();
  // A decimal has one shortest text for each number: 1.50 and 1.5 are the same key.
  return typeof value === 'object' && value !== null ? String(value as { toString(): string }) : value;
}

function isNeverUnset(field: ResolvedField): boolean {
  return field.kind === 'boolean' || field.name === 'id';
}

/** Booleans are listed, never excluded: all but true is false. */
function inRange(field: ResolvedField, set: ValueSet): ValueSet {
  if (field.kind !== 'boolean') return set;
  const values = [false, true].filter((value) => set.values.includes(value) !== set.excludes);
  return { values, excludes: false, unset: false };
}

function compares(field: ResolvedField, term: Term, value: boolean): boolean {
  const order = field.compare(value, term.operand);
  switch (term.operator) {
    case '<':
      return order < 0;
    case '<=':
      return order <= 0;
    case '>':
      return order > 0;
    default:
      return order >= 0;
  }
}
