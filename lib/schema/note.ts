import { createHash } from 'node:crypto';

/**
 * What we remember in the comment of a constraint, an index or a column with a default: from which definition of ours
 * it was made and how PostgreSQL printed it then.
 *
 * PostgreSQL prints `CHECK (a in (1, 2))` as `CHECK ((a = ANY (ARRAY[1, 2])))`, so the two texts cannot be compared. As
 * long as both hashes still match, nothing changed on either side. A note that is missing or stale decides nothing: the
 * definition is then made once on a temporary table and the two prints are compared.
 */
export interface Note {
  readonly definition: string;
  readonly printed: string;
}

const NOTE = /\s*\[nest-registry ([0-9a-f]{12}) ([0-9a-f]{12})\]\s*$/;

export function noteOf(definition: string, printed: string): Note {
  return { definition: shortHash(definition), printed: shortHash(printed) };
}

export function findNote(comment: string | null): Note | undefined {
  const match = NOTE.exec(comment ?? '');
  return match === null ? undefined : { definition: match[1] ?? '', printed: match[2] ?? '' };
}

/** The comment with `note` at its end; what people wrote there stays. */
export function withNote(comment: string | null, note: Note): string {
  const text = (comment ?? '').replace(NOTE, '');
  const tag = `[nest-registry ${note.definition} ${note.printed}]`;
  return text === '' ? tag : `${text}\n${tag}`;
}

/** Whether `comment` says that something was made from `definition`, however it is printed now. */
export function isNotedAs(comment: string | null, definition: string): boolean {
  return findNote(comment)?.definition === shortHash(definition);
}

/** Whether `comment` says that `printed` was made from `definition`. */
export function isNoted(comment: string | null, definition: string, printed: string): boolean {
  const note = findNote(comment);
  if (note === undefined) return false;
  const wanted = noteOf(definition, printed);
  return note.definition === wanted.definition && note.printed === wanted.printed;
}

function shortHash(text: string): string {
  return createHash('sha256').update(text).digest('hex').slice(0, 12);
}
