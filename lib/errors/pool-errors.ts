import { RegistryError, type ErrorSubject } from './registry-error.js';

/** The pool's counts at the moment of an error. */
export interface PoolFigures {
  /** Connections that exist or are being made: `borrowed + idle + connecting`. */
  readonly total: number;
  readonly borrowed: number;
  readonly idle: number;
  readonly connecting: number;
  /** Borrowers in the queue. */
  readonly waiting: number;
  readonly max: number;
  /** How long the oldest borrowed connection has been out, in ms; 0 when none is. */
  readonly oldestBorrowedMs: number;
}

export interface PoolErrorSubject extends ErrorSubject {
  readonly figures?: PoolFigures | undefined;
}

/** Base of what can go wrong between borrowing a connection and giving it back. HTTP 503. */
export class PoolError extends RegistryError {
  /** The pool's counts when the error was made, where they explain it. */
  readonly figures?: PoolFigures;

  constructor(message: string, subject: PoolErrorSubject = {}) {
    super(message, subject);
    if (subject.figures !== undefined) this.figures = subject.figures;
  }
}

const BUSY = 'Give connections back sooner, or raise `max` or `borrowTimeout` of the pool.';
const SILENT = 'Look whether the server can be reached and answers, or raise `borrowTimeout` of the pool.';

/** No connection could be had within the time allowed for waiting, connecting and checking together. */
export class PoolTimeoutError extends PoolError {
  /** The time that was allowed, in ms. */
  readonly timeoutMs: number;

  constructor(subject: {
    readonly timeoutMs: number;
    readonly figures: PoolFigures;
    readonly hint?: string | undefined;
  }) {
    const { timeoutMs, figures, hint } = subject;
    // With places left it is not those who hold connections that keep others waiting.
    const isSilent = figures.connecting > 0 && figures.total < figures.max;
    const what = isSilent ? 'The server let nobody in' : 'No connection came free';
    super(`${what} within ${timeoutMs} ms ${sentenceOf(figures)}`, {
      figures,
      hint: hint ?? (isSilent ? SILENT : BUSY),
    });
    this.timeoutMs = timeoutMs;
  }
}

/** The pool has been ended, or is ending. */
export class PoolClosedError extends PoolError {}

/** As many borrowers wait as `maxWaiting` allows. */
export class PoolExhaustedError extends PoolError {
  constructor(subject: { readonly maxWaiting: number; readonly figures: PoolFigures }) {
    super(`${subject.maxWaiting} borrowers are waiting already, no more are accepted ${sentenceOf(subject.figures)}`, {
      figures: subject.figures,
      hint: 'The application is overloaded: refuse work earlier, or raise `max` or `maxWaiting` of the pool.',
    });
  }
}

/** A connection could not be made: refused, no such database, wrong credentials, too many sessions on the server. */
export class PoolConnectError extends PoolError {
  /** The server's SQLSTATE, when the server answered. */
  readonly sqlState?: string;

  constructor(message: string, subject: PoolErrorSubject & { readonly sqlState?: string | undefined } = {}) {
    super(message, subject);
    if (subject.sqlState !== undefined) this.sqlState = subject.sqlState;
  }
}

/** A connection broke while it was in use; its transaction was rolled back by the server. May be tried again. */
export class PoolConnectionLostError extends PoolError {
  /** The server's SQLSTATE, when it said why. */
  readonly sqlState?: string;

  constructor(message: string, subject: PoolErrorSubject & { readonly sqlState?: string | undefined } = {}) {
    super(message, subject);
    if (subject.sqlState !== undefined) this.sqlState = subject.sqlState;
  }
}

/** A lease that was given back already, that belongs to another pool, or whose pool has ended. */
export class StaleLeaseError extends PoolError {}

function sentenceOf(figures: PoolFigures): string {
  const { borrowed, idle, connecting, waiting, oldestBorrowedMs } = figures;
  const making = connecting === 0 ? '' : `${connecting} connecting, `;
  const oldest = borrowed === 0 ? '' : ` The oldest has been out for ${duration(oldestBorrowedMs)}.`;
  return `(${borrowed} borrowed, ${idle} idle, ${making}${waiting} waiting).${oldest}`;
}

function duration(milliseconds: number): string {
  return milliseconds < 1_000 ? `${Math.round(milliseconds)} ms` : `${Math.round(milliseconds / 1_000)} s`;
}
