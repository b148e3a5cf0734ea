import { PoolConnectionLostError } from './pool-errors.js';
import { RegistryError, type ErrorSubject } from './registry-error.js';

/** What the server said about a refused statement; names only, never data. */
export interface DatabaseErrorSubject extends ErrorSubject {
  /** The five characters of the server's SQLSTATE. */
  readonly sqlState?: string | undefined;
  readonly constraint?: string | undefined;
  readonly table?: string | undefined;
  readonly column?: string | undefined;
}

/** Base of what the database refuses. The server's own words are in `cause`; they may hold data, the message never. */
export class DatabaseError extends RegistryError {
  /** The server's SQLSTATE; absent when it was not the server that refused. */
  readonly sqlState?: string;
  /** Name of the constraint concerned. */
  readonly constraint?: string;
  /** Name of the table concerned. */
  readonly table?: string;
  /** Name of the column concerned. */
  readonly column?: string;

  constructor(message: string, subject: DatabaseErrorSubject = {}) {
    super(message, subject);
    if (subject.sqlState !== undefined) this.sqlState = subject.sqlState;
    if (subject.constraint !== undefined) this.constraint = subject.constraint;
    if (subject.table !== undefined) this.table = subject.table;
    if (subject.column !== undefined) this.column = subject.column;
  }
}

/** Two transactions cannot both succeed (40001). The unit of work may be run again. */
export class SerializationError extends DatabaseError {}

/** Transactions waited for each other and the server ended this one (40P01). The unit of work may be run again. */
export class DeadlockError extends DatabaseError {}

/** A lock was not had in time (55P03). The unit of work may be run again. */
export class LockTimeoutError extends DatabaseError {}

/** A prepared statement no longer fits its table; it was forgotten, and the unit of work may be run again. */
export class StalePlanError extends DatabaseError {}

/** What kind of constraint was broken. */
export type ConstraintKind = 'unique' | 'check' | 'foreign key' | 'not null' | 'exclusion';

/** A row would break a constraint (class 23). `constraint`, `table` and `column` name it as far as the server does. */
export class ConstraintViolationError extends DatabaseError {
  readonly kind: ConstraintKind;

  constructor(message: string, subject: DatabaseErrorSubject & { readonly kind: ConstraintKind }) {
    super(message, subject);
    this.kind = subject.kind;
  }
}

/** An earlier statement of the transaction failed, so nothing more can be done in it; `cause` is that failure. */
export class TransactionAbortedError extends DatabaseError {}

/** A write in a transaction that was opened to read (25006). */
export class ReadOnlyTransactionError extends DatabaseError {}

/** The server stopped a statement: its time was over, or an administrator cancelled it (57014). */
export class StatementCancelledError extends DatabaseError {}

/** The connection was lost while COMMIT was under way: whether the changes are stored is not known. Never retried. */
export class CommitOutcomeUnknownError extends DatabaseError {}

/** The unit of work conflicted with others until the time for retries was over; `cause` is the last conflict. HTTP 409. */
export class ConflictError extends DatabaseError {
  /** How often the unit of work ran. */
  readonly attempts: number;

  constructor(message: string, subject: DatabaseErrorSubject & { readonly attempts: number }) {
    super(message, subject);
    this.attempts = subject.attempts;
  }
}

/** The server ended a session that did nothing inside its transaction: another attempt would do nothing for as long. */
const IDLED_TOO_LONG = '25P03';

/**
 * Whether the unit of work may simply be run again: it conflicted with another, or its connection was lost before
 * COMMIT. Constraints, a lost COMMIT and everything else fail the same way again, or worse.
 */
export function isRetryable(error: unknown): boolean {
  return (
    error instanceof SerializationError ||
    error instanceof DeadlockError ||
    error instanceof LockTimeoutError ||
    error instanceof StalePlanError ||
    (error instanceof PoolConnectionLostError && error.sqlState !== IDLED_TOO_LONG) ||
    (error instanceof TransactionAbortedError && isRetryable(error.cause))
  );
}
