import { FieldValueError, UsageError } from '../errors/use-errors.js';
import { didYouMean } from '../errors/nearest.js';
import type { Field } from './field.js';
import { isRecordLike } from './record-values.js';
import { RelationalField } from './relational.js';

/** Values of a record to be made or changed, not yet converted. */
export type RawValues = Readonly<Record<string, unknown>>;

/**
 * What is asked of an x2many, in normal form: ids without duplicates, in order of appearance. It is carried out as
 * delete, then `set` or `remove` and `add`, then update, then create.
 */
export interface RelationChanges {
  /** The set becomes these; null: it is not replaced. */
  readonly set: readonly number[] | null;
  readonly add: readonly number[];
  readonly remove: readonly number[];
  readonly create: readonly RawValues[];
  readonly update: readonly (readonly [id: number, values: RawValues])[];
  readonly delete: readonly number[];
}

const NOTHING: readonly never[] = Object.freeze([]);
const UNCHANGED: RelationChanges = Object.freeze({
  set: null,
  add: NOTHING,
  remove: NOTHING,
  create: NOTHING,
  update: NOTHING,
  delete: NOTHING,
});
const KEYS = Object.keys(UNCHANGED);

/**
 * Reads what a one2many or many2many is given: an array of ids or records, a recordset or null (none) replaces the set,
 * an object changes it.
 * @throws FieldValueError for anything else, for unknown keys, and for `set` beside `add` or `remove`
 */
export function parseRelationChanges(field: Field, value: unknown): RelationChanges {
  if (!(field instanceof RelationalField) || field.kind === 'many2one') {
    throw new UsageError(`${field.model}.${field.name} is no relation to several records.`, {
      model: field.model,
      field: field.name,
    });
  }
  if (value === null) return Object.freeze({ ...UNCHANGED, set: NOTHING });
  if (Array.isArray(value) || isRecordLike(value)) return Object.freeze({ ...UNCHANGED, set: idsOf(field, value) });
  if (typeof value !== 'object') throw field.refuse('ids, records, or an object of changes', value);
  return changesOf(field, value as RawValues);
}

function changesOf(field: RelationalField, given: RawValues): RelationChanges {
  const keys = Object.keys(given).filter((key) => given[key] !== undefined);
  for (const key of keys) if (!KEYS.includes(key)) throw unknownKey(field, key);
  if (keys.includes('set') && (keys.includes('add') || keys.includes('remove'))) {
    throw new FieldValueError(`${field.model}.${field.name} was given "set" beside "add" or "remove".`, {
      model: field.model,
      field: field.name,
      hint: 'Either replace the whole set, or add and remove members.',
    });
  }
  return Object.freeze({
    set: given['set'] === undefined ? null : idsOf(field, given['set']),
    add: given['add'] === undefined ? NOTHING : idsOf(field, given['add']),
    remove: given['remove'] === undefined ? NOTHING : idsOf(field, given['remove']),
    create: given['create'] === undefined ? NOTHING : creationsOf(field, given['create']),
    update: given['update'] === undefined ? NOTHING : updatesOf(field, given['update']),
    delete: given['delete'] === undefined ? NOTHING : idsOf(field, given['delete']),
  });
}

function idsOf(field: RelationalField, value: unknown): readonly number[] {
  if (isRecordLike(value)) return Object.freeze([...new Set(field.convertRecords(value))]);
  if (!Array.isArray(value)) throw field.refuse('an array of ids or a recordset', value);
  const ids = new Set<number>();
  for (const member of value as readonly unknown[]) {
    if (isPlainObject(member))
      throw field.refuse('ids and records in a list', member, 'Make new records with { create: [values] }.');
    ids.add(field.convertId(member));
  }
  return Object.freeze([...ids]);
}

function creationsOf(field: RelationalField, value: unknown): readonly RawValues[] {
  if (!Array.isArray(value)) throw field.refuse('an array of values under "create"', value);
  return Object.freeze(value.map((values: unknown) => valuesOf(field, 'create', values)));
}

function updatesOf(field: RelationalField, value: unknown): RelationChanges['update'] {
  if (!Array.isArray(value)) throw field.refuse('an array of [id, values] under "update"', value);
  return Object.freeze(
    value.map((pair: unknown) => {
      if (!Array.isArray(pair) || pair.length !== 2) throw field.refuse('pairs of id and values under "update"', pair);
      return Object.freeze([field.convertId(pair[0]), valuesOf(field, 'update', pair[1])] as const);
    }),
  );
}

function valuesOf(field: RelationalField, key: string, values: unknown): RawValues {
  if (!isPlainObject(values)) throw field.refuse(`an object of values under "${key}"`, values);
  return Object.freeze({ ...values });
}

function unknownKey(field: RelationalField, key: string): FieldValueError {
  return new FieldValueError(
    `${field.model}.${field.name} knows no change ${JSON.stringify(key.slice(0, 40))}.${didYouMean(key, KEYS)}`,
    {
      model: field.model,
      field: field.name,
      hint: `Changes are ${KEYS.join(', ')}.`,
    },
  );
}

function isPlainObject(value: unknown): value is RawValues {
  return (
    typeof value === 'object' &&
    value !== null &&
    !Array.isArray(value) &&
    !isRecordLike(value) &&
    !(value instanceof Date)
  );
}
