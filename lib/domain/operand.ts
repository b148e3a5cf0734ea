import { DomainError, FieldValueError } from '../errors/use-errors.js';
import type { Place } from './domain.js';
import type { ResolvedField } from './field-resolver.js';
import { at, describe } from './written.js';

/** What a relation, or a walk through a hierarchy, is compared with. */
export interface RelationOperand {
  readonly ids: readonly number[];
  readonly names: readonly string[];
  /** Whether null was among the values. */
  readonly unset: boolean;
}

/** The elements of an array, a `Set` or a recordset (anything with an array `ids`); undefined: it is one value. */
export function findElements(operand: unknown, isRelational: boolean): readonly unknown[] | undefined {
  if (Array.isArray(operand)) return Array.from<unknown>(operand);
  if (operand instanceof Set) return [...(operand as ReadonlySet<unknown>)];
  return isRelational ? findIds(operand) : undefined;
}

/** One value for a field without relation. @throws FieldValueError, DomainError */
export function convertOperand(field: ResolvedField, value: unknown, place: Place): unknown {
  refuseUndefined(value, place);
  const converted = field.convert(value);
  if (!isStorable(converted)) {
    throw new DomainError(`${at(place)}text with a NUL or half a character cannot be in the database.`, {
      place,
      model: field.model,
      field: field.name,
    });
  }
  return converted;
}

/** The pattern of a term of the `like` family. @throws DomainError */
export function patternOperand(field: ResolvedField, operator: string, value: unknown, place: Place): string {
  refuseUndefined(value, place);
  const subject = { place, model: field.model, field: field.name };
  if (typeof value !== 'string') {
    throw new DomainError(`${at(place)}'${operator}' takes a string, not ${describe(value)}.`, {
      ...subject,
      hint: "Compare other values with '=' or 'in', and use null with '=' for what is not set.",
    });
  }
  if (!isStorable(value))
    throw new DomainError(`${at(place)}a pattern cannot hold a NUL or half a character.`, subject);
  if (operator.startsWith('=') && /(?<!\\)(?:\\\\)*\\$/.test(value)) {
    throw new DomainError(`${at(place)}the pattern ends in a lone backslash, which escapes nothing.`, {
      ...subject,
      hint: 'Write two backslashes for one that is meant.',
    });
  }
  return value;
}

/** Sorts what a relation is compared with into ids, names and null. @throws FieldValueError, DomainError */
export function relationOperand(field: ResolvedField, elements: readonly unknown[], place: Place): RelationOperand {
  const ids: number[] = [];
  const names: string[] = [];
  let unset = false;
  for (const element of elements) {
    refuseUndefined(element, place);
    if (element === null) unset = true;
    else if (typeof element === 'string') names.push(element);
    else for (const id of findIds(element) ?? [element]) ids.push(idOf(field, id));
  }
  return { ids, names, unset };
}

export function refuseUndefined(value: unknown, place: Place): void {
  if (value !== undefined) return;
  throw new DomainError(`${at(place)}the operand is undefined.`, {
    place: [...place, 2],
    hint: 'Leave the term out when there is nothing to compare with, or compare with null for "not set".',
  });
}

function findIds(value: unknown): readonly unknown[] | undefined {
  if (typeof value !== 'object' || value === null || !('ids' in value)) return undefined;
  return Array.isArray(value.ids) ? (value.ids as readonly unknown[]) : undefined;
}

function idOf(field: ResolvedField, value: unknown): number {
  const id = typeof value === 'bigint' ? Number(value) : value;
  if (typeof id === 'number' && Number.isSafeInteger(id)) return id;
  throw new FieldValueError(`${field.model}.${field.name} cannot be compared with ${describe(value)}.`, {
    model: field.model,
    field: field.name,
    hint: 'Compare a relation with an id, a record, a recordset, a name, an array of these, or null.',
  });
}

/** Whether PostgreSQL can hold the text of a value: no NUL, no surrogate without its pair, in nested values neither. */
function isStorable(value: unknown): boolean {
  if (typeof value === 'string') return !value.includes('\0') && !/\p{Surrogate}/u.test(value);
  if (typeof value !== 'object' || value === null) return true;
  const waiting: unknown[] = [value];
  while (waiting.length > 0) {
    const next = waiting.pop();
    if (typeof next === 'string' && !isStorable(next)) return false;
    if (Array.isArray(next) || isPlainObject(next)) {
      for (const [key, below] of Object.entries(next)) waiting.push(key, below as unknown);
    }
  }
  return true;
}

function isPlainObject(value: unknown): value is object {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  return prototype === Object.prototype || prototype === null;
}
