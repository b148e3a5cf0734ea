import type { Models } from '../types/augmentable.js';
import type { AnyRecord, FieldName, Many, ModelClass, One } from '../types/records.js';
import type { Decimal } from '../util/decimal.js';
import type {
  DigitsOptions,
  FieldOptions,
  JsonOptions,
  Many2manyOptions,
  Many2oneOptions,
  NumberOptions,
  TextOptions,
  X2manyOptions,
} from './field-options.js';

/*
 * A decorator compares the type of its property with that of the field, and nothing else of the class: a model's type is
 * still being made when its decorators are checked. An error shows as a property that is not assignable (wrong type), or
 * as a key that is not assignable to never (null is missing).
 */

/** For a property of type V, or of one that V covers. */
export type FieldDecorator<V> = <K extends PropertyKey>(target: { [P in K]: V }, key: K) => void;
/** For a property that can be null, and for a getter, which knows what it gives. */
export type NullableFieldDecorator<V> = <K extends PropertyKey, T extends { [P in K]: V | null }>(
  target: T,
  key: [null] extends [T[K]] ? K : IsGetter<T, K>,
) => void;
/** For a property whose type is V exactly: one that left out a value would lie about what it reads. */
export type ExactFieldDecorator<V> = <K extends PropertyKey, T extends { [P in K]: V }>(
  target: T,
  key: [V] extends [T[K]] ? K : IsGetter<T, K>,
) => void;
/** K where it is readonly, as a getter without setter is; else never. */
type IsGetter<T, K extends keyof T> =
  (<G>() => G extends Pick<T, K> ? 1 : 2) extends <G>() => G extends Readonly<Pick<T, K>> ? 1 : 2 ? K : never;

type Required = { readonly required: true };

/** A field whose property is V when it is required, else V or null. */
interface ScalarDecorator<V, O> {
  (options: O & Required): FieldDecorator<V>;
  (options?: O): NullableFieldDecorator<V>;
}

interface SelectionDecorator {
  <const S extends Readonly<Record<string, string>>>(
    values: S,
    options: FieldOptions<keyof S & string> & Required,
  ): ExactFieldDecorator<keyof S & string>;
  <const S extends Readonly<Record<string, string>>>(
    values: S,
    options?: FieldOptions<keyof S & string>,
  ): ExactFieldDecorator<(keyof S & string) | null>;
}

interface JsonDecorator {
  <T>(options: JsonOptions<T> & Required): ExactFieldDecorator<T>;
  <T = unknown>(options?: JsonOptions<T>): ExactFieldDecorator<T | null>;
}

/** The records of a model given by name: those of its line in `Models`, or any when it has none. */
type Named<N extends string> = N extends keyof Models
  ? Models[N] extends AnyRecord
    ? Models[N]
    : AnyRecord
  : AnyRecord;

// The overloads for names come first: the type of `() => 'res.partner'` is fixed, and widened to `() => string`, by the
// first signature that does not ask for a literal.
interface Many2oneDecorator {
  <const N extends string>(target: () => N, options: Many2oneOptions & Required): FieldDecorator<One<Named<N>>>;
  <const N extends string>(target: () => N, options?: Many2oneOptions): NullableFieldDecorator<Named<N>>;
  /** Required: the property is the record, or `One` of it where naming the class would tie model files in a knot. */
  <R extends AnyRecord>(target: () => ModelClass<R>, options: Many2oneOptions & Required): FieldDecorator<One<R>>;
  <R extends AnyRecord>(target: () => ModelClass<R>, options?: Many2oneOptions): NullableFieldDecorator<R>;
}

interface One2manyDecorator {
  <const N extends string>(
    target: () => N,
    inverse: N extends keyof Models ? NoInfer<FieldName<Named<N>>> : string,
    options?: X2manyOptions,
  ): FieldDecorator<Many<Named<N>>>;
  <R extends AnyRecord>(
    target: () => ModelClass<R>,
    inverse: NoInfer<FieldName<R>>,
    options?: X2manyOptions,
  ): FieldDecorator<Many<R>>;
}

interface Many2manyDecorator {
  <const N extends string>(target: () => N, options?: Many2manyOptions): FieldDecorator<Many<Named<N>>>;
  <R extends AnyRecord>(target: () => ModelClass<R>, options?: Many2manyOptions): FieldDecorator<Many<R>>;
}

/** One decorator a kind of field, for properties and for getters, which are computed fields. */
export interface FieldDecorators {
  /** A line of text. */
  readonly Char: ScalarDecorator<string, TextOptions>;
  /** Text of several lines. */
  readonly Text: ScalarDecorator<string, TextOptions>;
  /** A whole number of 32 bits. */
  readonly Integer: ScalarDecorator<number, NumberOptions<number>>;
  /** A whole number of 64 bits, a JavaScript `bigint`. */
  readonly BigInt: ScalarDecorator<bigint, NumberOptions<bigint | number>>;
  /** A binary floating point number; rounded half away from zero to `digits`. */
  readonly Float: ScalarDecorator<number, DigitsOptions<number>>;
  /** An exact decimal number; what has more places than `digits` is refused. */
  readonly Decimal: ScalarDecorator<Decimal, DigitsOptions<Decimal | string | number>>;
  /** True or false; there is no unset. */
  readonly Boolean: (options?: FieldOptions<boolean>) => FieldDecorator<boolean>;
  /** A day as `YYYY-MM-DD`, without zone. */
  readonly Date: ScalarDecorator<string, FieldOptions<string>>;
  /** An instant, precise to the millisecond. */
  readonly Datetime: ScalarDecorator<Date, FieldOptions<Date | string>>;
  /** One of fixed values: `fields.Selection({ draft: 'Draft', done: 'Done' })`. */
  readonly Selection: SelectionDecorator;
  /** Data that JSON can hold, frozen when read; typed by `schema` or by `fields.Json<T>()`. */
  readonly Json: JsonDecorator;
  /** A UUID, 36 characters in lower case. */
  readonly Uuid: ScalarDecorator<string, FieldOptions<string>>;
  /** Bytes, read as a `Buffer`; not fetched by `search` unless `lazy: false`. */
  readonly Binary: ScalarDecorator<Uint8Array, FieldOptions<Uint8Array>>;
  /** One record of another model, or none: a column with its id. */
  readonly Many2one: Many2oneDecorator;
  /** The records of another model whose many2one `inverse` points here. */
  readonly One2many: One2manyDecorator;
  /** Any number of records of another model, in a relation table. */
  readonly Many2many: Many2manyDecorator;
}
