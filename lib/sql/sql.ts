import { UsageError } from '../errors/use-errors.js';

/**
 * A piece of SQL with its values, immutable. `text` numbers its parameters from $1; `values` are in that order.
 *
 * Values never become text. Fragments nest: a fragment inside another is inlined and its parameters are numbered anew,
 * so the same shape always gives the same text, which is what lets statements be prepared by name.
 */
export class Sql {
  readonly values: readonly unknown[];
  /** The text around the values: always one piece more than there are values. */
  readonly #pieces: readonly string[];
  #text: string | undefined;

  /** For this room's own constructors; others write sql`…`. */
  constructor(pieces: readonly string[], values: readonly unknown[]) {
    this.#pieces = pieces;
    this.values = values;
  }

  /** The statement text with `$1`, `$2`…; made at the first reading and kept. */
  get text(): string {
    return (this.#text ??= numbered(this.#pieces));
  }

  /** Whether there is neither text nor value. */
  get isEmpty(): boolean {
    return this.values.length === 0 && this.#pieces[0] === '';
  }

  /** Adds this fragment to one that is being built: its first piece is glued to the last one there. */
  appendTo(pieces: string[], values: unknown[]): void {
    const own = this.#pieces;
    pieces[pieces.length - 1] += own[0] ?? '';
    for (let index = 1; index < own.length; index++) pieces.push(own[index] ?? '');
    for (const value of this.values) values.push(value);
  }
}

/** A fragment without text; in a template it leaves nothing behind. */
export const emptySql = new Sql([''], []);

/**
 * Builds a fragment: sql`SELECT ${identifier('name')} FROM res_partner WHERE id = ${7}`. A nested `Sql` is inlined,
 * everything else becomes a parameter.
 * @throws UsageError for `undefined`, which would silently become NULL.
 */
export function sql(strings: TemplateStringsArray, ...inserted: readonly unknown[]): Sql {
  const pieces = [strings[0] ?? ''];
  const values: unknown[] = [];
  for (let index = 0; index < inserted.length; index++) {
    const value = inserted[index];
    const after = strings[index + 1] ?? '';
    if (value instanceof Sql) {
      value.appendTo(pieces, values);
      pieces[pieces.length - 1] += after;
      continue;
    }
    if (value === undefined) {
      throw new UsageError(`Parameter ${index + 1} of an SQL template is undefined.`, {
        hint: 'Give null if NULL is meant.',
      });
    }
    values.push(value);
    pieces.push(after);
  }
  return new Sql(pieces, values);
}

/** Constant text of ours as a fragment. Never text that came from outside: it is not quoted. */
export function rawSql(text: string): Sql {
  return new Sql([text], []);
}

/**
 * A quoted name; several parts are joined by dots: `identifier('public', 'res_partner')` → `"public"."res_partner"`.
 * @throws UsageError for an empty part or one with a NUL, which no PostgreSQL name can hold.
 */
export function identifier(...parts: readonly string[]): Sql {
  let text = '';
  for (const part of parts) text += text === '' ? quotedName(part) : `.${quotedName(part)}`;
  return rawSql(text);
}

/** Joins fragments; empty ones are left out together with their separator. */
export function joinSql(parts: Iterable<Sql>, separator: string | Sql): Sql {
  const between = typeof separator === 'string' ? rawSql(separator) : separator;
  const pieces = [''];
  const values: unknown[] = [];
  let first = true;
  for (const part of parts) {
    if (part.isEmpty) continue;
    if (!first) between.appendTo(pieces, values);
    part.appendTo(pieces, values);
    first = false;
  }
  return new Sql(pieces, values);
}

function quotedName(part: string): string {
  if (part === '' || part.includes('\0')) {
    throw new UsageError(`${JSON.stringify(part)} cannot be a name in the database.`, {
      hint: 'A name has at least one character and no NUL.',
    });
  }
  return part.includes('"') ? `"${part.replaceAll('"', '""')}"` : `"${part}"`;
}

function numbered(pieces: readonly string[]): string {
  let text = pieces[0] ?? '';
  for (let index = 1; index < pieces.length; index++) text += `$${index}${pieces[index] ?? ''}`;
  return text;
}
