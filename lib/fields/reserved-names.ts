/** What every recordset has: a field of that name would hide it. Later members are kept free as well. */
export const RECORD_MEMBERS = [
  'id',
  'displayName',
  'createdAt',
  'createdBy',
  'updatedAt',
  'updatedBy',
  'env',
  'ids',
  'length',
  'at',
  'first',
  'one',
  'map',
  'mapped',
  'filter',
  'filterBy',
  'sorted',
  'groupBy',
  'union',
  'intersect',
  'minus',
  'includes',
  'load',
  'read',
  'search',
  'searchCount',
  'browse',
  'exists',
  'create',
  'write',
  'unlink',
  'hasCycle',
  'withContext',
  'withUser',
  'sudo',
  'withEnv',
  'toJSON',
  'copy',
  'draft',
  'readGroup',
  'stream',
  'lock',
] as const;

/** With a field of such a name a record would look like a promise, or no longer like an object. */
export const LANGUAGE_MEMBERS = [
  'then',
  'catch',
  'finally',
  'constructor',
  'toString',
  'toLocaleString',
  'valueOf',
  'hasOwnProperty',
  'isPrototypeOf',
  'propertyIsEnumerable',
  '__proto__',
  '__defineGetter__',
  '__defineSetter__',
  '__lookupGetter__',
  '__lookupSetter__',
  'prototype',
] as const;

const RESERVED: ReadonlySet<string> = new Set<string>([...RECORD_MEMBERS, ...LANGUAGE_MEMBERS]);

/** Why a field may not have this name; null when it may. `displayName` may be defined anew, as a computed field. */
export function reservedNameReason(name: string): string | null {
  if (!RESERVED.has(name) || name === 'displayName') return null;
  if ((LANGUAGE_MEMBERS as readonly string[]).includes(name)) {
    return name === 'then' || name === 'catch' || name === 'finally'
      ? `a record with a property "${name}" looks like a promise`
      : `every object has a property "${name}"`;
  }
  return `every record has a member "${name}"`;
}
