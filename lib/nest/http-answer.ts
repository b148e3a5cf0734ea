import { isSubmitted } from '../domain/submitted.js';
import { AccessError, MissingError, ValidationError } from '../errors/business-errors.js';
import {
  CommitOutcomeUnknownError,
  ConflictError,
  TransactionAbortedError,
  isRetryable,
} from '../errors/database-errors.js';
import { PoolError } from '../errors/pool-errors.js';
import { RegistryError } from '../errors/registry-error.js';
import { BadInputError, FieldValueError } from '../errors/use-errors.js';

const UNAVAILABLE = 'The service cannot take this request now. Try again later.';
const UNDECIDED =
  'The service lost its database in the middle of this request, and cannot tell whether it was carried out. ' +
  'Look whether it was, or send it again if doing it twice does no harm.';
const CONFLICT = 'The request conflicted with others that ran at the same time. Try again.';

/** What a client is told of an error. */
export interface ErrorAnswer {
  readonly statusCode: number;
  readonly code: string;
  readonly message: string;
  readonly model?: string;
  readonly field?: string;
  readonly ids?: readonly number[];
}

/** Who is told. */
export interface ErrorAudience {
  /** Whether the client has not signed in: it is then asked to, instead of being refused. */
  readonly isAnonymous: boolean;
}

/**
 * The answer to an error of this package. What is the client's to mend is told; what is the server's is told by its code
 * alone. Never SQL, values of the database, names of tables, hosts or files.
 *
 * A `FieldValueError` is 422 if the value came through `parseValues` or `parseDomain`, which mark what they refuse; the same
 * error without the mark was made by server code, and is 500.
 */
export function answerOf(thrown: RegistryError, audience: ErrorAudience): ErrorAnswer {
  const error = lossBehind(thrown) ?? thrown;
  const statusCode = statusOf(error, audience);
  const { code } = error;
  if (statusCode === 503) return { statusCode, code, message: isUndecided(error) ? UNDECIDED : UNAVAILABLE };
  if (statusCode === 500) return { statusCode, code, message: 'Internal server error' };
  const { model, field, ids } = error;
  if (statusCode === 409) return { statusCode, code: 'CONFLICT', message: CONFLICT };
  return {
    statusCode,
    code,
    message: error.message,
    ...(model !== undefined && { model }),
    ...(field !== undefined && { field }),
    ...(ids !== undefined && { ids }),
  };
}

function statusOf(error: RegistryError, { isAnonymous }: ErrorAudience): number {
  if (error instanceof ValidationError) return 422;
  if (error instanceof AccessError) return isAnonymous ? 401 : 403;
  if (error instanceof MissingError) return 404;
  if (error instanceof PoolError || isUndecided(error)) return 503;
  if (error instanceof BadInputError) return 400;
  if (isSubmitted(error)) return (error as unknown) instanceof FieldValueError ? 422 : 400;
  return error instanceof ConflictError || isRetryable(error) ? 409 : 500;
}

/** The lost connection behind a failed transaction, if that is why it failed. */
function lossBehind(error: unknown): PoolError | undefined {
  if (error instanceof TransactionAbortedError || error instanceof ConflictError) return lossBehind(error.cause);
  return error instanceof PoolError ? error : undefined;
}

/** The database went away while it was storing: no mistake of ours, and over when it is back. */
function isUndecided(error: RegistryError): boolean {
  return error instanceof CommitOutcomeUnknownError;
}
