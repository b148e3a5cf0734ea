import type { FieldResolver, ResolvedField } from './field-resolver.js';

/**
 * How predicates and comparers see records in memory. What is not loaded is never guessed: every method throws
 * FieldNotLoadedError for it.
 */
export interface RecordReader<R> {
  id(record: R): number;
  /** The converted value, null when it is not set; of a many2one the id or null. Not asked for `id` and x2many fields. */
  value(record: R, field: ResolvedField): unknown;
  /** The related records; of a many2one none or one. `which` matters for lists that leave archived records out. */
  related(record: R, field: ResolvedField, which: 'as listed' | 'archived too'): Iterable<R>;
  /** A record by its id; `parent_of` starts its walk there. Left out: `parent_of` cannot be answered in memory. */
  browse?(model: FieldResolver, id: number): R;
}

/** The record behind a many2one; undefined: it is not set. */
export function relatedOne<R>(reader: RecordReader<R>, record: R, field: ResolvedField): R | undefined {
  for (const related of reader.related(record, field, 'as listed')) return related;
  return undefined;
}

/** The value of a field as conditions and orders see it: `id` is one, and a boolean that is not set is false. */
export function compileValue<R>(reader: RecordReader<R>, field: ResolvedField): (record: R) => unknown {
  if (field.name === 'id') return (record) => reader.id(record);
  if (field.kind === 'boolean') return (record) => reader.value(record, field) ?? false;
  return (record) => reader.value(record, field) ?? null;
}
