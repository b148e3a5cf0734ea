import type { Difference } from './difference.js';

/** One change of the schema, in the order in which it is made. No step of a sync loses data. */
export interface SchemaStep {
  /** As the difference it removes; `drop-replaced` makes room for the new definition of the same name. */
  readonly kind: Exclude<Difference['kind'], 'note'> | 'drop-replaced';
  readonly table: string;
  /** Name of the column, constraint or index; null: the table itself. */
  readonly object: string | null;
  /** Completes "will …" and "refused to …". */
  readonly description: string;
  readonly sql: readonly string[];
  /** The last statement is left out while this query counts rows in `n`. */
  readonly onlyWhenNone?: { readonly query: string; readonly column: string };
}
