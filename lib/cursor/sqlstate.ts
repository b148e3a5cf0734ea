import pg from 'pg';
import {
  ConstraintViolationError,
  DatabaseError,
  DeadlockError,
  LockTimeoutError,
  ReadOnlyTransactionError,
  SerializationError,
  StalePlanError,
  StatementCancelledError,
  TransactionAbortedError,
  type ConstraintKind,
  type DatabaseErrorSubject,
} from '../errors/database-errors.js';

type ErrorClass = new (message: string, subject: DatabaseErrorSubject) => DatabaseError;

const classes: Readonly<Record<string, readonly [ErrorClass, string]>> = {
  '40001': [SerializationError, 'The transaction conflicts with another that was committed first'],
  '40P01': [DeadlockError, 'The transaction and another waited for each other, and the server ended this one'],
  '55P03': [LockTimeoutError, 'A lock was not had in time'],
  '25P02': [TransactionAbortedError, 'An earlier statement of the transaction failed'],
  '25006': [ReadOnlyTransactionError, 'A read-only transaction cannot write'],
  '57014': [StatementCancelledError, 'The server stopped a statement: its time was over, or it was cancelled'],
  '26000': [StalePlanError, 'The session no longer knows a prepared statement'],
};

const hints: Readonly<Record<string, string>> = {
  '57014': 'Make the statement faster, or raise `statementTimeout` of the pool.',
};

const constraintKinds: Readonly<Record<string, ConstraintKind>> = {
  '23505': 'unique',
  '23514': 'check',
  '23503': 'foreign key',
  '23001': 'foreign key',
  '23502': 'not null',
  '23P01': 'exclusion',
};

/** What developers meet most, in words; the rest is told by its SQLSTATE. */
const conditions: Readonly<Record<string, string>> = {
  '08P01': 'it has not as many values as parameters, or its text holds a NUL',
  '42601': 'its text is not valid SQL',
  '42P01': 'it names a table that does not exist',
  '42703': 'it names a column that does not exist',
  '42883': 'it calls a function or operator that does not exist for these types',
  '42501': 'the database user lacks the right',
  '42804': 'a value has a type that does not fit',
  '22P02': 'a text cannot be read as a value of its type',
  '22003': 'a number is out of range',
  '22001': 'a text is too long',
  '22012': 'it divides by zero',
  '42P18': 'the type of a parameter cannot be told',
  '53100': 'the disk is full',
  '53200': 'the server is out of memory',
};

/**
 * Turns the driver's error for a refused statement into ours; other errors are given back as they are. The message
 * holds names of constraints and tables at most: what the server wrote may hold data, and is left in `cause`.
 */
export function databaseError(error: unknown): unknown {
  if (!(error instanceof pg.DatabaseError)) return error;
  const { code: sqlState = 'unknown', constraint, table, column } = error;
  const subject = { sqlState, constraint, table, column, cause: error };
  const kind = constraintKinds[sqlState];
  if (kind !== undefined) return violation(kind, subject);
  if (sqlState === '0A000' && error.message.includes('cached plan')) {
    return new StalePlanError('A table changed under a prepared statement; the statement was forgotten.', subject);
  }
  const [known, sentence] = classes[sqlState] ?? [];
  if (known !== undefined) {
    return new known(`${sentence} (SQLSTATE ${sqlState}).`, { ...subject, hint: hints[sqlState] });
  }
  const condition = conditions[sqlState];
  return new DatabaseError(
    `The database refused a statement${condition === undefined ? '' : `: ${condition}`} (SQLSTATE ${sqlState}).`,
    { ...subject, hint: 'The cause holds the words of the server.' },
  );
}

function violation(kind: ConstraintKind, subject: DatabaseErrorSubject): ConstraintViolationError {
  const { constraint, table, column } = subject;
  const where = table === undefined ? '' : ` of table "${table}"`;
  const what = kind === 'not null' ? `Column "${column ?? '?'}"${where} must have a value` : undefined;
  const text =
    what ?? `A row breaks the ${kind} constraint${constraint === undefined ? '' : ` "${constraint}"`}${where}`;
  return new ConstraintViolationError(`${text}.`, { ...subject, kind });
}
