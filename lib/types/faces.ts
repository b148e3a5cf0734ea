import type { FieldKind } from './field-kind.js';

/*
 * What records see of the registry, the database transaction and the cache: the rooms above implement it.
 */

/** A field as the registry describes it. */
export interface FieldFace {
  readonly model: string;
  readonly name: string;
  readonly kind: FieldKind;
  /** Unquoted name of its column; null without one. */
  readonly column: string | null;
  readonly required: boolean;
  readonly store: boolean;
}

/** A composed model as the registry describes it. */
export interface ModelFace {
  readonly name: string;
  readonly table: string;
  readonly fields: ReadonlyMap<string, FieldFace>;
}

/** The models of one database, as seen from a record. */
export interface RegistryFace {
  readonly name: string;
  readonly models: ReadonlyMap<string, ModelFace>;
  readonly fields: ReadonlyMap<string, ReadonlyMap<string, FieldFace>>;
  has(model: string): boolean;
  /** @throws UnknownModelError */
  get(model: string): ModelFace;
}

/** A statement with its values, such as the `sql` template gives. */
export interface Statement {
  readonly text: string;
  readonly values: readonly unknown[];
}

/** The database transaction, as seen from a record. */
export interface CursorFace extends AsyncDisposable {
  readonly readOnly: boolean;
  /** Flushes what is pending, runs the statement and gives its rows as objects. */
  execute<R extends object = Record<string, unknown>>(
    statement: string | Statement,
    values?: readonly unknown[],
    options?: { readonly signal?: AbortSignal | undefined },
  ): Promise<R[]>;
  /** What went over the wire: statements without transaction control, waits, rows, ms. */
  stats(): Readonly<Record<'statements' | 'roundTrips' | 'rows' | 'milliseconds', number>>;
  savepoint<T>(work: () => Promise<T>): Promise<T>;
  commit(): Promise<void>;
  rollback(): Promise<void>;
  close(): Promise<void>;
}

/** The state that all environments of one cursor share, as seen from a record. Each hook runs once. */
export interface TransactionFace {
  beforeCommit(hook: () => unknown): void;
  /** Runs after the commit, where effects outside the database belong. */
  afterCommit(hook: () => unknown): void;
  afterRollback(hook: () => unknown): void;
}

/** The cache that all environments of one transaction share, as seen from a record. */
export interface CacheFace {
  /** Forgets the clean values of fields, of some ids or (null) of all, and what was computed from them. */
  invalidate(entries: readonly (readonly [field: FieldFace, ids: readonly number[] | null])[]): void;
}
