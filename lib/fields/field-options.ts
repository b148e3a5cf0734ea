import type { StandardSchemaV1 } from '@standard-schema/spec';
import type { OnDelete } from '../schema/table-spec.js';
import type { EnvironmentFace } from '../types/records.js';

/** A default: a value, or what gives one for each new record. */
export type Default<V> = V | null | ((env: EnvironmentFace) => V | null);

/** How a column is indexed: `true` is a B-tree, `'trigram'` serves `like` and `ilike` with text in the middle. */
export type IndexOption = boolean | 'btree' | 'hash' | 'gin' | 'gist' | 'brin' | 'trigram';

/** Options that every field takes. V is the type of its values. */
export interface FieldOptions<V = unknown> {
  /** The field must have a value: NOT NULL in the database, checked before anything is sent. */
  readonly required?: boolean | undefined;
  /** For records that are created without the field; a function is asked for each record. */
  readonly default?: Default<V> | undefined;
  readonly index?: IndexOption | undefined;
  /** No two records have the same value; any number may have none. */
  readonly unique?: boolean | undefined;
  /** For a computed field: keep the value in a column, up to date. */
  readonly store?: boolean | undefined;
  /** Left out of `search`; comes by `load`. */
  readonly lazy?: boolean | undefined;
  /** Left out of `toJSON()`. */
  readonly private?: boolean | undefined;
  /** Whether `copy` takes the value along. */
  readonly copy?: boolean | undefined;
  /** Values come from computation or defaults alone. */
  readonly readonly?: boolean | undefined;
  /** What people call the field; made from the property's name if left out. */
  readonly string?: string | null | undefined;
  /** A sentence that explains the field to who reads the model; nothing shows it in this version. */
  readonly help?: string | null | undefined;
  /** Name of the column, unquoted. */
  readonly column?: string | null | undefined;
  /** Name of the column before; its data moves along. */
  readonly renamedFrom?: string | null | undefined;
  /** Name of the method that fills the field for all records of a set. */
  readonly compute?: string | null | undefined;
  /**
   * Path whose value the field shows: `'country.code'`. Read-only; searched by that path, and with `store: true` kept in a
   * column of its own. Behind a set it is the value of the set's first record, while a condition looks at all of them.
   */
  readonly related?: string | null | undefined;
  /** Name of the method that writes a computed field's value back to where it comes from. Of a later version: refused at start-up. */
  readonly inverse?: string | null | undefined;
  /** Name of the method that turns a condition on a computed field into a domain. Of a later version: refused at start-up. */
  readonly search?: string | null | undefined;
  /** Only these groups read, write and search the field. Of a later version: refused at start-up. */
  readonly groups?: readonly string[] | null | undefined;
  /** The computation depends on the same field of other records of the model. Of a later version: refused at start-up. */
  readonly recursive?: boolean | undefined;
  /** Compute before the INSERT. Of a later version: refused at start-up. */
  readonly precompute?: boolean | undefined;
}

export interface TextOptions<V = string> extends FieldOptions<V> {
  /** At most so many characters (Unicode code points). */
  readonly size?: number | null | undefined;
  /** One value a language. Of a later version: refused at start-up. */
  readonly translate?: boolean | undefined;
}

/** Name of the function that `readGroup` applies when none is asked for. */
export type AggregateOption = 'sum' | 'avg' | 'min' | 'max' | 'count' | 'boolAnd' | 'boolOr';

export interface NumberOptions<V> extends FieldOptions<V> {
  /** What a grouped search shows of the field. Of a later version: refused at start-up. */
  readonly aggregate?: AggregateOption | null | undefined;
}

/** Digits in all, and digits behind the point. */
export type Digits = readonly [precision: number, scale: number];

export interface DigitsOptions<V> extends NumberOptions<V> {
  /** Float rounds to them half away from zero; Decimal refuses what has more. */
  readonly digits?: Digits | null | undefined;
}

export interface JsonOptions<T> extends FieldOptions<T> {
  /** Checks (and may transform) every value that is assigned; it must answer at once, not by a promise. */
  readonly schema?: StandardSchemaV1<unknown, T> | undefined;
}

export interface RelationOptions extends FieldOptions<number> {
  /** Limits which records may be related. Of a later version: refused at start-up. */
  readonly domain?: readonly unknown[] | null | undefined;
}

export interface Many2oneOptions extends RelationOptions {
  /** What becomes of this record when the other one is deleted; `restrict` when required, else `set null`. */
  readonly onDelete?: Exclude<OnDelete, 'no action'> | undefined;
}

/** Options of the relations to several records: those about a column of the field's own are left out. */
export type X2manyOptions = Omit<
  RelationOptions,
  'required' | 'default' | 'index' | 'unique' | 'lazy' | 'column' | 'renamedFrom' | 'precompute'
>;

export interface Many2manyOptions extends X2manyOptions {
  /** Name of the relation table; both sides of one relation name the same. */
  readonly table?: string | undefined;
  /** Names of its columns: this model's, then the other's. */
  readonly columns?: readonly [own: string, target: string] | undefined;
}
