import type { Field } from '../fields/field.js';

/** Whether two converted values are one: what decides that a write costs nothing. What is not known is never the same. */
export function sameValue(field: Field, a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (a === null || b === null || a === undefined || b === undefined) return false;
  return field.equal(a, b);
}
