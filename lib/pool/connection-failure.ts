import pg from 'pg';
import { PoolClosedError, PoolConnectError, PoolConnectionLostError, type PoolFigures } from '../errors/pool-errors.js';
import { RegistryError } from '../errors/registry-error.js';

/** Conditions with which the server ends the session itself: shutdown, crash, idle and transaction time-outs. */
const sessionEndingStates = new Set(['57P01', '57P02', '57P03', '57P04', '57P05', '25P03', '25P04']);

/** Whether the session is over after this error of a statement. A refused statement leaves the session as it was. */
export function endsSession(error: unknown): boolean {
  if (error instanceof RegistryError) return false;
  if (!(error instanceof pg.DatabaseError)) return isSocketError(error);
  const { severity, code = '' } = error;
  if (severity === 'FATAL' || severity === 'PANIC' || sessionEndingStates.has(code)) return true;
  // As a mere error of a statement it is about its values, or about a connection that the server itself made.
  return code.startsWith('08') && severity !== 'ERROR';
}

/** Whether the server stopped a statement because it was asked to. */
export function isCancellation(error: unknown): boolean {
  return error instanceof pg.DatabaseError && error.code === '57014';
}

/** Node's socket errors carry a code such as ECONNRESET; the driver's own say that the connection is gone. */
function isSocketError(error: unknown): boolean {
  if (!(error instanceof Error)) return false;
  const { code } = error as NodeJS.ErrnoException;
  return code !== undefined || /connection|not queryable/i.test(error.message);
}

/** What went wrong, and how the pool was at that moment. */
export interface FailureFacts {
  readonly cause: unknown;
  readonly figures: PoolFigures;
}

/** The loss of a connection, told by what ended it. */
export function lostConnectionError(label: string, { cause, figures }: FailureFacts): PoolConnectionLostError {
  if (cause instanceof PoolClosedError) {
    const message = `The pool closed the connection to ${label} while it was in use.`;
    const hint = 'Let work finish before `end` or `closeAll`, or give `end` a longer time-out.';
    return new PoolConnectionLostError(message, { cause, figures, hint });
  }
  const sqlState = cause instanceof pg.DatabaseError ? cause.code : undefined;
  const why = sqlState === undefined ? '' : ` The server ended the session (${sqlState}).`;
  return new PoolConnectionLostError(`The connection to ${label} was lost.${why}`, {
    sqlState,
    cause,
    figures,
    hint:
      sqlState === '25P03'
        ? 'It did nothing inside a transaction for longer than `idleInTransactionTimeout`: wait for others outside of it.'
        : 'The server rolled its transaction back; the unit of work may be run again.',
  });
}

/** Why a connection could not be made. */
export function connectError(label: string, { cause, figures }: FailureFacts): PoolConnectError {
  const { code = '' } = (cause ?? {}) as { readonly code?: string };
  const isServerAnswer = cause instanceof pg.DatabaseError;
  const [reason, hint] = reasonOf(code);
  return new PoolConnectError(`Cannot connect to ${label}: ${reason}.`, {
    sqlState: isServerAnswer ? code : undefined,
    cause,
    figures,
    hint,
  });
}

/** What to tell one whose time is over while the target cannot be reached. */
export function stillUnreachable(
  error: PoolConnectError,
  { timeoutMs, figures }: { readonly timeoutMs: number; readonly figures: PoolFigures },
): PoolConnectError {
  const { message, sqlState, cause, hint } = error;
  return new PoolConnectError(`${message} It was tried again for ${timeoutMs} ms.`, { sqlState, cause, hint, figures });
}

/** Whether trying again would be of no use: wrong user or password, or no such database. */
export function isLasting({ sqlState }: PoolConnectError): boolean {
  return sqlState !== undefined && (sqlState.startsWith('28') || sqlState.startsWith('3D'));
}

function reasonOf(code: string): readonly [reason: string, hint: string] {
  if (code === 'ECONNREFUSED') return ['nothing listens there', 'Start the server, or correct host and port.'];
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN') return ['the host name is not known', 'Correct the host name.'];
  if (code.startsWith('28')) return ['the server does not accept this user or password', 'Correct user and password.'];
  if (code === '3D000') return ['there is no such database', 'Create the database, or correct its name.'];
  if (code === '53300')
    return ['the server has no session left', 'Lower `max` of the pools, or raise `max_connections`.'];
  if (code === '08P01')
    return [
      'it refuses what was sent at the start',
      'Behind a pooler leave `statementTimeout`, `idleInTransactionTimeout` and `options` out: it may refuse them.',
    ];
  if (code === '57P03') return ['the server is starting up or shutting down', 'Try again in a moment.'];
  return [`the attempt failed${code === '' ? '' : ` (${code})`}`, 'The cause says more.'];
}

/** The server took longer to let us in than `connectTimeout` allows. */
export function noAnswerError(
  label: string,
  { timeoutMs, figures }: { readonly timeoutMs: number; readonly figures: PoolFigures },
): PoolConnectError {
  return new PoolConnectError(`Cannot connect to ${label}: no answer within ${timeoutMs} ms.`, {
    figures,
    hint: 'Look whether the host can be reached and the server is overloaded, or raise `connectTimeout`.',
  });
}
