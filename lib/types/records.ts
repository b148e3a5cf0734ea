/**
 * The typed face of records, in one file because these types define each other; declarations only.
 *
 * What makes it work and is easily lost: checks ask for a brand, never for `extends BaseModel`, because comparing two
 * model classes by structure recurses through their relations. `Many` maps values, not keys, because a key filter would
 * need every property's type while the model is still being declared. `Path` validates the path that was written and
 * completes the next level; it never enumerates. `One` and `Many` are aliases, so emitted decorator metadata names no
 * class and model files may import each other.
 */
import type { Decimal } from 'decimal.js';
import type { Context, Models } from './augmentable.js';
import type { DomainFace, Granularity, Operator, OrderTermFace } from './search-terms.js';
import type { CacheFace, CursorFace, RegistryFace, TransactionFace } from './faces.js';

/** Brand of every record; it exists for the type checker alone. */
export declare const RECORD: unique symbol;
/** Brand of every recordset, with the type of its records. */
export declare const SET: unique symbol;

/** Any record, whatever its model. */
export interface AnyRecord {
  readonly [RECORD]: true;
}
/** Any recordset of R. One record is a set of itself. */
export interface AnySet<out R> {
  readonly [SET]: R;
}

type AnyMethod = (...parameters: never[]) => unknown;
/** A model class with instances M. */
export type ModelClass<M> = abstract new (...parameters: never[]) => M;

/** Zero or one record: what a many2one reads as. */
export type One<M extends AnyRecord> = M | null;
/** A recordset of 0..n records of M: set operations and M's methods; M's scalar fields cannot be read on it. */
export type Many<M extends AnyRecord> = RecordSet<M> & {
  readonly [K in Exclude<keyof M, keyof BaseModelFace<AnyRecord>>]: M[K] extends AnyMethod ? M[K] : unknown;
};

/** The model that a relation of type T leads to; never for what is no relation. */
export type Target<T> =
  NonNullable<T> extends AnyRecord
    ? NonNullable<T>
    : NonNullable<T> extends AnySet<infer R extends AnyRecord>
      ? R
      : never;

type OwnName<M> = Exclude<keyof M, keyof BaseModelFace<AnyRecord>> & string;
/** Names of M's own fields: its properties that are no methods. */
export type FieldName<M> = { [K in OwnName<M>]-?: M[K] extends AnyMethod ? never : K }[OwnName<M>];
/** Names of M's relations. */
export type RelationName<M> = {
  [K in OwnName<M>]-?: NonNullable<M[K]> extends AnyRecord | AnySet<unknown> ? K : never;
}[OwnName<M>];

/** Fields that every model has. */
export type ImplicitName = 'id' | 'displayName' | 'createdAt' | 'createdBy' | 'updatedAt' | 'updatedBy';

/** A field of M, or a path over its relations: `country.name`. */
export type Path<M, P extends string> = P extends `${infer Head}.${infer Tail}`
  ? Head extends RelationName<M>
    ? PathBehind<M, Head, Tail>
    : RelationName<M>
  : P extends RelationName<M>
    ? P | NextPath<M, P>
    : FieldName<M> | ImplicitName;
// Conditions that always hold: what is behind them is not looked at while P is still being inferred.
type PathBehind<M, Head extends keyof M & string, Tail extends string> = Head extends unknown
  ? `${Head}.${Path<Target<M[Head]>, Tail>}`
  : never;
type NextPath<M, P extends keyof M & string> = P extends unknown ? `${P}.${FieldName<Target<M[P]>>}` : never;

/** What is found at the end of a path. */
export type PathValue<M, P extends string> = P extends keyof M
  ? M[P]
  : P extends `${infer Head}.${infer Tail}`
    ? Head extends keyof M
      ? PathValue<Target<M[Head]>, Tail>
      : never
    : unknown;

/** Forms in which a value of type T may be given besides T itself. */
type Given<T> = T extends Decimal
  ? T | string | number
  : T extends Date
    ? T | string
    : T extends bigint
      ? T | number
      : T;

type Operand<V> = [Target<V>] extends [never]
  ? Given<V> | readonly (Given<V> | null)[] | null
  : | number
    | string
    | boolean
    | null
    | readonly (number | string | null)[]
    | AnySet<Target<V>>
    | DomainFace
    | readonly unknown[];
/** A connective, or one triple of path, operator and operand. */
export type Term<M, P extends string> =
  '&' | '|' | '!' | (P extends unknown ? readonly [Path<M, P>, Operator, Operand<PathValue<M, P>>] : never);
/** A search condition in prefix notation, trees among its terms if need be, or a tree; `[]` is everything. */
export type DomainLiteral<M, P extends string = string> = readonly (Term<M, P> | DomainFace)[] | DomainFace;

/** Ids or records: what names some records of R. */
export type References<R> = readonly (number | R)[] | AnySet<R>;
/** Changes of an x2many: deletes come first, creates last; `set` beside `add` or `remove` is an error. */
export interface RelationChangesInput<R> {
  readonly add?: References<R> | undefined;
  readonly remove?: References<R> | undefined;
  readonly set?: References<R> | undefined;
  readonly create?: readonly Values<R>[] | undefined;
  readonly update?: readonly (readonly [number | R, Values<R>])[] | undefined;
  readonly delete?: References<R> | undefined;
}
type ValueOf<T> = [Target<T>] extends [never]
  ? Given<T>
  : NonNullable<T> extends AnyRecord
    ? number | T
    : References<Target<T>> | RelationChangesInput<Target<T>>;
/** Values of M's fields for `create` and `write`; what is undefined counts as not given. */
export type Values<M> = { readonly [K in FieldName<M>]?: ValueOf<M[K]> | undefined };

export interface SearchOptions<M, P extends string = string> {
  /** At most so many records, 0 or more. Left out: all. */
  readonly limit?: number | undefined;
  /** So many records are skipped first. */
  readonly offset?: number | undefined;
  /** Fields with an optional `desc`, separated by commas; left out: the model's order. */
  readonly order?: string | readonly OrderTermFace[] | undefined;
  /** Paths to load beyond the model's own stored fields. */
  readonly load?: readonly Path<M, P>[] | undefined;
}

/** What may be asked of values of type V within a group. */
type AggregateOf<V> =
  NonNullable<V> extends AnyRecord
    ? 'recordset' | CommonAggregate
    : NonNullable<V> extends AnySet<unknown>
      ? never
      : NonNullable<V> extends number | bigint | Decimal
        ? 'sum' | 'avg' | 'min' | 'max' | CommonAggregate
        : NonNullable<V> extends boolean
          ? 'boolAnd' | 'boolOr' | CommonAggregate
          : 'min' | 'max' | CommonAggregate;
type CommonAggregate = 'count' | 'countDistinct' | 'array';
/** A field or path to group by, or a date with its span: `createdAt:month`. */
export type GroupKey<M, G extends string> = G extends `${infer P}:${string}`
  ? `${Path<M, P>}:${SpanOf<PathValue<M, P>>}`
  : Path<M, G>;
type SpanOf<V> = NonNullable<V> extends string | Date ? Granularity : never;
/** `count` of records, or what is asked of a field's values: `total:sum`; `id:recordset` gives the records. */
export type AggregateKey<M, A extends string> = A extends `${infer P}:${string}`
  ? `${Path<M, P>}:${AggregateOf<PathValue<M, P>> | (P extends 'id' ? 'recordset' : never)}`
  : A extends 'count'
    ? A
    : 'count';
type GroupValue<M, G extends string> = G extends `${string}:${string}`
  ? string | null
  : [Target<PathValue<M, G>>] extends [never]
    ? PathValue<M, G> | (G extends `${string}.${string}` ? null : never)
    : One<Target<PathValue<M, G>>>;
type AggregateValue<M, A extends string> = A extends `${infer P}:${infer F}`
  ? F extends 'count' | 'countDistinct'
    ? number
    : F extends 'boolAnd' | 'boolOr'
      ? boolean | null
      : F extends 'recordset'
        ? P extends 'id'
          ? M extends AnyRecord
            ? Many<M>
            : never
          : Many<Target<PathValue<M, P>>>
        : F extends 'array'
          ? readonly ([Target<PathValue<M, P>>] extends [never] ? PathValue<M, P> | null : number | null)[]
          : F extends 'avg'
            ? (NonNullable<PathValue<M, P>> extends number ? number : Decimal) | null
            : NonNullable<PathValue<M, P>> | null
  : number;
/** One group: what tells it apart, and what was asked of it, each under the name that was written. */
export type Group<M, G extends string, A extends string> = { readonly [K in G]: GroupValue<M, K> } & {
  readonly [K in A]: AggregateValue<M, K>;
};

export interface GroupOptions<M, G extends string = never, A extends string = never> {
  /** What groups are told apart by; left out: one group of all records, even of none. */
  readonly by?: readonly GroupKey<M, G>[] | undefined;
  /** What is asked of each group. */
  readonly aggregates?: readonly AggregateKey<M, A>[] | undefined;
  /** Conditions on aggregates, all of which must hold: `[['total:sum', '>', 100]]`. */
  readonly having?: readonly (readonly [string, '=' | '!=' | '<' | '>' | '<=' | '>=' | 'in' | 'not in', unknown])[];
  /** Keys and aggregates of this call with an optional `desc`; left out: the keys, a relation by the order of its model. */
  readonly order?: string | undefined;
  /** At most so many groups, 0 or more. Left out: all. */
  readonly limit?: number | undefined;
  /** So many groups are skipped first. */
  readonly offset?: number | undefined;
}

export interface LockOptions {
  /** `update`, the default, lets nobody else lock or change the rows; `share` only keeps others from changing them. */
  readonly mode?: 'update' | 'share' | undefined;
  /** Leaves out rows that others have locked, instead of waiting for them. */
  readonly skipLocked?: boolean | undefined;
  /** Fails at once where others have locked a row. */
  readonly noWait?: boolean | undefined;
}

type HeadOf<P> = P extends `${infer Head}.${string}` ? Head : P;
type TailOf<P, Head extends string> = P extends `${Head}.${infer Tail}` ? Tail : never;
type RowCell<T, Tail extends string> = [Target<T>] extends [never]
  ? T
  : NonNullable<T> extends AnyRecord
    ? ([Tail] extends [never] ? number : ReadRow<Target<T>, Tail>) | Extract<T, null>
    : ([Tail] extends [never] ? number : ReadRow<Target<T>, Tail>)[];
/** A record as plain data: `id` and what was asked for. A relation is its ids, or rows when a path goes on behind it. */
export type ReadRow<M, P extends string> = { id: number } & {
  [Head in Exclude<HeadOf<P>, 'id'> & string]: Head extends FieldName<M>
    ? RowCell<M[Head], TailOf<P, Head>>
    : PathValue<M, Head>;
};

/** What can be done with 0..n records of M; one record is a set of itself. */
export interface RecordSet<M extends AnyRecord> extends Iterable<M>, AnySet<M> {
  /** The environment through which these records are seen. */
  readonly env: EnvironmentFace;
  readonly ids: readonly number[];
  readonly length: number;

  /** The record at a place, counted from the end when negative; undefined outside of the set. */
  at(index: number): M | undefined;
  /** The first record; undefined in an empty set. */
  first(): M | undefined;
  /** The only record. @throws ExpectedOneError when there is none or several */
  one(): M;
  /** One result a record, in order; a plain array. */
  map<T>(project: (record: M, index: number) => T): T[];
  /** The union of what a loaded relation leads to, without duplicates. @throws FieldNotLoadedError */
  mapped<K extends RelationName<M>>(relation: K): Many<Target<M[K]>>;
  /** The records that `keep` accepts, as a new prefetch group. Never queries. */
  filter(keep: (record: M, index: number) => boolean): Many<M>;
  /** The records that satisfy `domain`, as a search would find them, judged on loaded values. @throws FieldNotLoadedError */
  filterBy<P extends string>(domain: DomainLiteral<M, P>): Many<M>;
  /** By a field, by comparison, or without argument in the model's order; stable. @throws FieldNotLoadedError */
  sorted(by?: FieldName<M> | ImplicitName | ((a: M, b: M) => number)): Many<M>;
  /** Sets by what `by` gives, in order of first appearance. @throws FieldNotLoadedError */
  groupBy<K extends FieldName<M>>(by: K): Map<M[K], Many<M>>;
  groupBy<T>(by: (record: M) => T): Map<T, Many<M>>;
  /** These, then those of `other` that are not among them. @throws UsageError when the models differ */
  union(other: AnySet<M>): Many<M>;
  /** Those of these that are in `other`, in this order. @throws UsageError when the models differ */
  intersect(other: AnySet<M>): Many<M>;
  /** Those of these that are not in `other`. @throws UsageError when the models differ */
  minus(other: AnySet<M>): Many<M>;
  /** Whether all records of `other` are among these, whatever its environment. */
  includes(other: AnySet<M>): boolean;

  /**
   * Loads fields and paths, at most one query a hop; one record of a set loads for its whole prefetch group. What is
   * loaded already is not asked for again. @throws UnknownFieldError, MissingError
   */
  load<P extends string>(...paths: Path<M, P>[]): Promise<Many<M>>;
  /** Loads `paths` and gives one plain object a record, in order. @throws UnknownFieldError, MissingError */
  read<P extends string>(...paths: Path<M, P>[]): Promise<ReadRow<M, P>[]>;
  /**
   * Finds records in the model's order (these records play no part), with all stored fields that are not `lazy`.
   * @throws DomainError, UnknownFieldError, UsageError (limit or offset below 0)
   */
  search<P extends string, L extends string = never>(
    domain: DomainLiteral<M, P>,
    options?: SearchOptions<M, L>,
  ): Promise<Many<M>>;
  /** How many records satisfy `domain`; with `limit` it stops counting there. @throws DomainError, UnknownFieldError */
  searchCount<P extends string>(
    domain: DomainLiteral<M, P>,
    options?: { readonly limit?: number | undefined },
  ): Promise<number>;
  /**
   * Groups of the records that satisfy `domain`, in one query; what is not set is a group of its own, and a many2many
   * counts a record once in the group of each of its values. Days begin in `context.tz`, weeks as `context.lang` has it.
   * @throws DomainError, UnknownFieldError, UsageError
   */
  readGroup<P extends string, G extends string = never, A extends string = never>(
    domain: DomainLiteral<M, P>,
    options?: GroupOptions<M, G, A>,
  ): Promise<Group<M, G, A>[]>;
  /** Records by id, without a query; whether they exist is not checked. @throws UsageError for what is no id */
  browse(id: number): M;
  browse(ids: readonly number[]): Many<M>;
  /** Those of these records that exist, in this order; one query. */
  exists(): Promise<Many<M>>;

  /**
   * Locks these rows until the transaction ends, in the order of their ids, and gives them with the values they have then;
   * what waits to be written stays. Under `repeatable read` a row changed by others is a conflict, and the unit runs again.
   * @throws MissingError (not with `skipLocked`), LockTimeoutError with `noWait`
   */
  lock(options?: LockOptions): Promise<Many<M>>;

  /** Makes records, one INSERT however many; keys left out take their default. @throws FieldValueError, UnknownFieldError */
  create(values: Values<M>): Promise<M>;
  create(values: readonly Values<M>[]): Promise<Many<M>>;
  /**
   * Makes a copy of each record as the `copy` option of its fields says, `values` taking the place of what they name. Left
   * out unless asked for: one2many, computed, readonly and unique fields. Lines that are copied point to the copy.
   * @throws MissingError, and what `create` throws
   */
  copy(values?: Values<M>): Promise<this>;
  /** Gives all these records the same values. @throws FieldValueError, UnknownFieldError; MissingError at the flush */
  write(values: Values<M>): Promise<void>;
  /** Deletes these records; those already gone are no error. @throws ValidationError while others refer to them */
  unlink(): Promise<void>;
  /** Whether following `field`, a many2one to the same model, leads from one of these back to itself; at most one query. */
  hasCycle(field: RelationName<M>): Promise<boolean>;

  /** The same ids seen with a context merged over the present one; a key given as undefined is taken out. */
  withContext(context: Context): this;
  /** The same ids seen as user `uid`. */
  withUser(uid: number): this;
  /** The same ids seen as the superuser. */
  sudo(): this;
  /** The same ids seen through another environment of the same registry. */
  withEnv(env: EnvironmentFace): this;

  /**
   * The own stored fields as plain data, relations as ids, without `lazy` and `private` ones; an array for a set, an
   * object for one record. Whatever else was loaded makes no difference.
   */
  toJSON(): unknown;
}

/**
 * What an instance of a model class has, whose class names itself: `class Partner extends BaseModel<Partner>`. Typed
 * `Partner` it is exactly one record; reading its fields throws FieldNotLoadedError before they are loaded.
 */
export interface BaseModelFace<S extends AnyRecord> extends AnyRecord, RecordSet<S> {
  /** The record's number, a safe integer above 0. @throws ExpectedOneError on a set that has not exactly one record */
  readonly id: number;
  /** What people call the record: the model's `displayName`, else its field `name`, else model and id. */
  readonly displayName: string;
  /** When the transaction that made it began. Absent with `log: false`. */
  readonly createdAt: Date;
  /** Uid of who made it. */
  readonly createdBy: number | null;
  /** When a transaction last wrote it. */
  readonly updatedAt: Date;
  /** Uid of who last wrote it. */
  readonly updatedBy: number | null;
}

type ModelSets = { readonly [K in keyof Models]: Models[K] extends AnyRecord ? Many<Models[K]> : never };

/** What the running user reads as while no user model is known. */
export interface UserFace extends AnyRecord {
  readonly id: number;
  readonly displayName: string;
}

/**
 * Who acts, in which transaction, with which context; by model name the empty set of each model:
 * `env['res.partner']`. Equal user, privilege and context in one transaction are the same object.
 */
export interface EnvironmentFace extends ModelSets {
  /** Number of the acting user: 0 anonymous, 1 the superuser. */
  readonly uid: number;
  /** The acting user as a record of the user model; null without one. */
  readonly user: One<UserFace>;
  /** Whether access rules are bypassed. */
  readonly su: boolean;
  readonly context: Readonly<Context>;
  readonly registry: RegistryFace;
  readonly cursor: CursorFace;
  readonly transaction: TransactionFace;
  readonly cache: CacheFace;
  /** Aborted when the client is gone or the unit of work is given up. */
  readonly signal: AbortSignal;

  /** The empty set of a model; an extension's class gives the set of the model it extends. @throws UnknownModelError */
  model<M extends AnyRecord>(model: ModelClass<M>): Many<M>;
  /** Whether the acting user is in a group; the superuser is in all. */
  hasGroup(group: string): Promise<boolean>;
  /** The environment of another user, without `sudo`. */
  withUser(uid: number): this;
  /** The environment with a context merged over this one; a key given as undefined is taken out. */
  withContext(context: Context): this;
  /** The environment of the superuser that still acts for this user. */
  sudo(): this;
  /** Computes and writes everything pending. @throws what constraints and the database refuse */
  flush(): Promise<void>;
  /** Forgets loaded values; what is staged or not yet written stays. */
  invalidate(): void;
  /** Runs `work` so that its failure undoes it alone, in the database and in the cache. Overlapping ones queue. */
  savepoint<T>(work: () => Promise<T>): Promise<T>;
}
