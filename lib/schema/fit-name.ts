import { createHash } from 'node:crypto';

/** PostgreSQL's NAMEDATALEN less one: what is longer it cuts without an error. */
export const MAX_NAME_BYTES = 63;

const HASH_LENGTH = 8;

/** Whether PostgreSQL can hold `name` as it is. */
export function isFittingName(name: string): boolean {
  return name.length > 0 && Buffer.byteLength(name) <= MAX_NAME_BYTES && !name.includes('\0');
}

/**
 * `name` itself when it fits PostgreSQL's 63 bytes; else its beginning, `_` and eight characters of a hash of the whole:
 * the same long name gives the same short one in every process, and two long names with one beginning stay apart.
 */
export function fitName(name: string): string {
  if (Buffer.byteLength(name) <= MAX_NAME_BYTES) return name;
  const hash = createHash('sha256').update(name).digest('hex').slice(0, HASH_LENGTH);
  let start = name.slice(0, MAX_NAME_BYTES - HASH_LENGTH - 1);
  while (Buffer.byteLength(start) > MAX_NAME_BYTES - HASH_LENGTH - 1) start = start.slice(0, -1);
  // Half of a surrogate pair is no character.
  return `${start.replace(/[\uD800-\uDBFF]$/, '')}_${hash}`;
}
