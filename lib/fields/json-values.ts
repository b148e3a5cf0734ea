import { compareText, unstorable } from './text-values.js';

/** Whether a value becomes JSON's null. */
export function isJsonNull(value: unknown): boolean {
  return value === null || value === undefined;
}

/**
 * A copy of `value` as it comes back from PostgreSQL's `jsonb`, or what keeps it from being stored. Anything with a
 * `toJSON` method is what that gives; properties that are undefined fall away.
 */
export function storableJson(value: unknown): { readonly data: unknown } | { readonly flaw: string } {
  let text: string | undefined;
  let flaw: string | null = null;
  try {
    text = JSON.stringify(value, (key, part: unknown) => {
      flaw ??= unstorable(key) ?? flawOf(part);
      return part;
    });
  } catch (error) {
    // A cycle, a bigint, a toJSON that throws: what JSON says about it is what the user needs to read.
    return {
      flaw: `data that JSON refuses (${error instanceof Error ? error.message.split('\n')[0] : 'unknown reason'})`,
    };
  }
  if (flaw !== null) return { flaw };
  if (text === undefined) return { flaw: `a ${typeof value}` };
  return { data: JSON.parse(text) as unknown };
}

function flawOf(part: unknown): string | null {
  if (typeof part === 'string') return unstorable(part);
  if (typeof part === 'number' && !Number.isFinite(part)) return `the number ${part}`;
  return null;
}

/** Equality of plain data; the order of keys does not matter, as in `jsonb`. */
export function equalJson(a: unknown, b: unknown): boolean {
  if (a === b) return true;
  if (typeof a !== 'object' || typeof b !== 'object' || a === null || b === null) return false;
  if (Array.isArray(a) || Array.isArray(b)) {
    return (
      Array.isArray(a) && Array.isArray(b) && a.length === b.length && a.every((part, at) => equalJson(part, b[at]))
    );
  }
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  const keys = Object.keys(left);
  return (
    keys.length === Object.keys(right).length &&
    keys.every((key) => Object.hasOwn(right, key) && equalJson(left[key], right[key]))
  );
}

/** Order of `jsonb` values: by type, then by count of members, then member by member. */
export function compareJson(a: unknown, b: unknown): number {
  const ranks = rankOf(a) - rankOf(b);
  if (ranks !== 0) return ranks;
  if (typeof a === 'string') return compareText(a, b as string);
  if (typeof a !== 'object' || a === null) return Number(a) - Number(b);
  if (Array.isArray(a)) return compareLists(a, b as readonly unknown[]);
  const left = a as Readonly<Record<string, unknown>>;
  const right = b as Readonly<Record<string, unknown>>;
  const leftKeys = Object.keys(left).sort(byStoredOrder);
  const rightKeys = Object.keys(right).sort(byStoredOrder);
  const members = leftKeys.length - rightKeys.length;
  if (members !== 0) return members;
  for (const [index, key] of leftKeys.entries()) {
    const other = rightKeys[index]!;
    const difference = compareText(key, other) || compareJson(left[key], right[other]);
    if (difference !== 0) return difference;
  }
  return 0;
}

function compareLists(a: readonly unknown[], b: readonly unknown[]): number {
  if (a.length !== b.length) {
    // PostgreSQL's documented oddity: an empty array sorts before null.
    return a.length - b.length;
  }
  for (const [index, part] of a.entries()) {
    const difference = compareJson(part, b[index]);
    if (difference !== 0) return difference;
  }
  return 0;
}

/** Object > array > boolean > number > string > null; an empty array below them all. */
function rankOf(value: unknown): number {
  if (Array.isArray(value)) return value.length === 0 ? -1 : 4;
  if (value === null) return 0;
  return { string: 1, number: 2, boolean: 3 }[typeof value as string] ?? 5;
}

/** `jsonb` keeps the keys of an object by length in bytes, then by bytes. */
function byStoredOrder(a: string, b: string): number {
  return Buffer.byteLength(a) - Buffer.byteLength(b) || compareText(a, b);
}
