import type { ConstraintOption } from './model-definition.js';

/** No two records with equal values; unset values never clash. */
export function unique(
  fields: string | readonly string[],
  message?: string,
  options: { readonly name?: string } = {},
): ConstraintOption {
  return { kind: 'unique', fields: typeof fields === 'string' ? [fields] : fields, ...told(message, options.name) };
}

/** An SQL condition that every record meets, written with column names: `check('amount >= 0', 'An amount is never negative')`. */
export function check(sql: string, message?: string, options: { readonly name?: string } = {}): ConstraintOption {
  return { kind: 'check', sql, ...told(message, options.name) };
}

/** What follows `EXCLUDE` in SQL: `exclude('USING gist (room WITH =, during WITH &&)', 'The room is taken')`. */
export function exclude(sql: string, message?: string, options: { readonly name?: string } = {}): ConstraintOption {
  return { kind: 'exclude', sql, ...told(message, options.name) };
}

/** An index over several fields; for one field the option `index` is shorter. */
export function index(fields: string | readonly string[], options: { readonly name?: string } = {}): ConstraintOption {
  return { kind: 'index', fields: typeof fields === 'string' ? [fields] : fields, ...told(undefined, options.name) };
}

function told(message: string | undefined, name: string | undefined): { message?: string; name?: string } {
  return { ...(message !== undefined && { message }), ...(name !== undefined && { name }) };
}
