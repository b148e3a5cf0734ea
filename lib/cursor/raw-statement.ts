import { UsageError } from '../errors/use-errors.js';
import type { Statement } from '../pool/statement.js';

/** A statement with its values, such as sql`…` gives. */
export interface SqlText {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** What somebody gave to `execute`, as a statement. @throws UsageError for what is none */
export function rawStatement(text: string | SqlText, values: unknown): Statement {
  if (typeof text !== 'string') {
    if (!isFragment(text)) throw new UsageError('A statement is a text, or a fragment made by sql`…`.');
    if (values !== undefined) {
      throw new UsageError('A fragment carries its values: no others can be given with it.');
    }
    return { text: text.text, values: text.values, origin: 'raw' };
  }
  if (values === undefined) return { text, origin: 'raw' };
  if (!Array.isArray(values)) {
    throw new UsageError('The values of a statement must be an array.', {
      hint: 'Write execute(text, [value]): one element for each of $1, $2…',
    });
  }
  return { text, values, origin: 'raw' };
}

function isFragment(value: unknown): value is SqlText {
  if (typeof value !== 'object' || value === null) return false;
  const { text, values } = value as Partial<SqlText>;
  return typeof text === 'string' && Array.isArray(values);
}
