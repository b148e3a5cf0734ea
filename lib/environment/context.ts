import { UsageError } from '../errors/use-errors.js';
import type { Context } from '../types/augmentable.js';

/** The empty context. */
export const emptyContext: Readonly<Context> = Object.freeze({});

/** `changes` merged over a context; a key given as undefined is taken out. The result is frozen, deeply. */
export function mergeContext(context: Readonly<Context>, changes: Context): Readonly<Context> {
  if (Object.keys(changes).length === 0) return context;
  const merged: Record<string, unknown> = {};
  for (const [key, value] of Object.entries({ ...context, ...changes })) {
    if (value !== undefined) merged[key] = frozenValue(key, value);
  }
  return Object.freeze(merged);
}

/** Equal contexts have equal keys, whatever the order in which their entries were written. */
export function contextKey(context: Readonly<Context>): string {
  const names = Object.keys(context);
  return names.length === 0 ? '' : JSON.stringify(sortedValue(context));
}

/** A copy that nobody can change. @throws UsageError for what can be neither frozen nor compared */
function frozenValue(key: string, value: unknown): unknown {
  if (value === null || typeof value === 'string' || typeof value === 'boolean') return value;
  if (typeof value === 'number' && Number.isFinite(value)) return value;
  if (Array.isArray(value)) return Object.freeze(value.map((member) => frozenValue(key, member)));
  if (typeof value === 'object' && isPlain(value)) {
    const entries = Object.entries(value).filter(([, member]) => member !== undefined);
    return Object.freeze(Object.fromEntries(entries.map(([name, member]) => [name, frozenValue(key, member)])));
  }
  throw new UsageError(
    `The context value "${key}" is ${typeof value === 'object' ? 'an object of a class' : `a ${typeof value}`}.`,
    {
      hint: 'A context holds strings, finite numbers, booleans, null, and arrays and plain objects of these: it is compared by value.',
    },
  );
}

function isPlain(value: object): boolean {
  const prototype = Object.getPrototypeOf(value) as unknown;
  return prototype === Object.prototype || prototype === null;
}

function sortedValue(value: unknown): unknown {
  if (Array.isArray(value)) return value.map(sortedValue);
  if (typeof value !== 'object' || value === null) return value;
  const names = Object.keys(value).sort();
  return Object.fromEntries(names.map((name) => [name, sortedValue((value as Record<string, unknown>)[name])]));
}
