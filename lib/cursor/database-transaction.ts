import { CommitOutcomeUnknownError, TransactionAbortedError } from '../errors/database-errors.js';
import { PoolConnectionLostError } from '../errors/pool-errors.js';
import { RegistryError } from '../errors/registry-error.js';
import { TransactionEndedError } from '../errors/use-errors.js';
import type { ConnectionLease } from '../pool/connection-lease.js';
import type { ConnectionPool } from '../pool/connection-pool.js';
import type { ConnectionTarget } from '../pool/connection-target.js';
import { control, type Statement, type StatementResult } from '../pool/statement.js';
import { onAbort } from '../util/on-abort.js';
import type { SavepointScope } from './savepoint.js';
import { databaseError } from './sqlstate.js';
import type { StatementLog } from './statement-log.js';

export interface TransactionTerms {
  readonly pool: ConnectionPool;
  readonly target: ConnectionTarget;
  /** The command that begins it. */
  readonly begin: string;
  readonly log: StatementLog;
  /** What to tell if no connection can be had. */
  readonly borrowHint: string | undefined;
  /** Where the work began that needs a connection, when leaks are looked for. */
  readonly stack: string | undefined;
}

export interface CommitTerms {
  /** Whether the server itself refuses changes. */
  readonly isReadOnly: boolean;
}

interface QueuedStatement {
  readonly send: () => void;
  readonly refuse: (error: unknown) => void;
}

interface SentStatement {
  readonly statement: Statement;
  /** The savepoints around it, outermost first. */
  readonly scopes: readonly SavepointScope[];
  readonly signal: AbortSignal | undefined;
}

const noScopes: readonly SavepointScope[] = [];

/** A statement under way for so long is stopped before its transaction is rolled back, in ms. */
const patienceAtRollbackMs = 250;

/**
 * One transaction of the database on one borrowed connection: from the BEGIN that travels with the first statement to
 * the COMMIT or ROLLBACK after which the connection goes back. Statements do not wait for each other's answers, so each
 * answer must say whose failure it is.
 */
export class DatabaseTransaction {
  readonly #terms: TransactionTerms;
  #lease: ConnectionLease | undefined;
  /** Statements that came while the connection was being borrowed. */
  readonly #queued: QueuedStatement[] = [];
  #borrowing: { readonly done: Promise<void>; readonly abort: AbortController } | undefined;
  #isBegun = false;
  #isOver = false;
  /** Commands that travel with the next statement. */
  #commandsAhead: string[] = [];
  #unanswered = 0;
  #whenAnswered: (() => void)[] = [];
  #lastBatch = 0;
  /** The first failure since which nothing more can be done, and how deep in savepoints it happened. */
  #failure: { readonly error: unknown; readonly depth: number } | undefined;
  #didFail = false;
  #didWrite = false;
  #didForeignSql = false;

  constructor(terms: TransactionTerms) {
    this.#terms = terms;
  }

  /** Why nothing more can be done in it. */
  get failure(): unknown {
    return this.#failure?.error;
  }

  /** Sends a statement behind those before it; `scopes` are the savepoints around it, outermost first. */
  send(
    statement: Statement,
    scopes: readonly SavepointScope[],
    signal: AbortSignal | undefined,
  ): Promise<StatementResult> {
    if (this.#isOver) return Promise.reject(endedError());
    if (this.#failure !== undefined) return Promise.reject(abortedError(this.#failure.error));
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    const { origin = 'raw' } = statement;
    if (origin === 'raw') this.#didForeignSql = true;
    else if (origin === 'write') this.#didWrite = true;
    const what: SentStatement = { statement, scopes: scopes.length === 0 ? noScopes : [...scopes], signal };
    this.#unanswered++;
    const lease = this.#lease ?? this.#borrowAtOnce();
    const sent = lease === undefined ? this.#sendWhenBorrowed(what) : this.#sendOn(lease, what);
    // A failure that nobody awaits is not lost: it fails the commit.
    sent.catch(() => undefined);
    return sent;
  }

  /** A connection that is idle at this moment: nearly always there is one, and it costs no waiting. */
  #borrowAtOnce(): ConnectionLease | undefined {
    if (this.#borrowing !== undefined) return undefined;
    try {
      return (this.#lease = this.#terms.pool.borrowIdle(this.#terms.target, this.#terms.stack));
    } catch {
      // Told by `borrow`, whose refusal reaches whoever waits for the statement.
      return undefined;
    }
  }

  #noteAnswered(): void {
    this.#unanswered--;
    if (this.#unanswered > 0 || this.#whenAnswered.length === 0) return;
    for (const go of this.#whenAnswered.splice(0)) go();
  }

  #sendWhenBorrowed(what: SentStatement): Promise<StatementResult> {
    const { signal } = what;
    const sent = new Promise<StatementResult>((resolve, reject) => {
      const queued: QueuedStatement = {
        send: () => {
          unlisten?.();
          if (this.#lease === undefined) refuse(endedError());
          else this.#sendOn(this.#lease, what).then(resolve, reject);
        },
        refuse: (error) => {
          unlisten?.();
          refuse(error);
        },
      };
      const refuse = (error: unknown): void => {
        this.#noteAnswered();
        reject(error as Error);
      };
      const leave = (): void => {
        this.#queued.splice(this.#queued.indexOf(queued), 1);
        refuse(signal?.reason);
        // Nobody is left to want the connection.
        if (this.#queued.length === 0) this.#borrowing?.abort.abort(signal?.reason);
      };
      const unlisten = signal && onAbort(signal, leave);
      this.#queued.push(queued);
    });
    this.#borrowing ??= this.#borrow();
    return sent;
  }

  #borrow(): { readonly done: Promise<void>; readonly abort: AbortController } {
    const abort = new AbortController();
    const { pool, target, borrowHint: hint, stack } = this.#terms;
    const done = pool.borrow(target, { signal: abort.signal, hint, stack }).then(
      (lease) => {
        if (this.#isOver) return this.#giveBack(lease);
        this.#lease = lease;
        // In one go and in order: nothing may slip in between, and all leave in one write with BEGIN.
        for (const queued of this.#queued.splice(0)) queued.send();
      },
      (error: unknown) => {
        this.#borrowing = undefined;
        for (const queued of this.#queued.splice(0)) queued.refuse(error);
      },
    );
    return { done, abort };
  }

  #sendOn(lease: ConnectionLease, { statement, scopes, signal }: SentStatement): Promise<StatementResult> {
    const { log } = this.#terms;
    const startMs = performance.now();
    let answer: Promise<StatementResult>;
    try {
      if (this.#failure !== undefined) throw abortedError(this.#failure.error);
      answer = lease.send(statement, { signal, before: this.#commandsBefore(scopes) });
    } catch (error) {
      // Nothing was sent.
      this.#noteAnswered();
      return Promise.reject(error as Error);
    }
    this.#noteSent(lease, scopes);
    log.noteSent();
    return answer.then(
      (result) => {
        this.#noteAnswered();
        log.noteAnswered({ rows: result.rows.length, milliseconds: performance.now() - startMs, hasFailed: false });
        return result;
      },
      (error: unknown) => {
        const failure = this.#fail(error, scopes.length, signal);
        this.#noteAnswered();
        log.noteAnswered({ rows: 0, milliseconds: performance.now() - startMs, hasFailed: true });
        throw failure;
      },
    );
  }

  #commandsBefore(scopes: readonly SavepointScope[]): readonly string[] | undefined {
    if (this.#isBegun && this.#commandsAhead.length === 0 && scopes.length === 0) return undefined;
    const savepoints = scopes.filter((scope) => scope.isArmed && !scope.isSent);
    if (this.#isBegun && this.#commandsAhead.length === 0 && savepoints.length === 0) return undefined;
    return [
      ...(this.#isBegun ? [] : [this.#terms.begin]),
      ...this.#commandsAhead,
      ...savepoints.map((scope) => `SAVEPOINT ${scope.name}`),
    ];
  }

  /** Only after the statement was really sent: one whose values cannot be sent changes nothing. */
  #noteSent(lease: ConnectionLease, scopes: readonly SavepointScope[]): void {
    this.#isBegun = true;
    if (this.#commandsAhead.length > 0) this.#commandsAhead = [];
    for (const scope of scopes) if (scope.isArmed) scope.isSent = true;
    this.#noteBatch(lease);
  }

  #noteBatch(lease: ConnectionLease): void {
    if (!lease.isStale && lease.batch === this.#lastBatch) return;
    this.#lastBatch = lease.isStale ? 0 : lease.batch;
    this.#terms.log.noteRoundTrip();
  }

  /** Notes a failed statement and gives the error to tell. */
  #fail(error: unknown, depth: number, signal: AbortSignal | undefined): unknown {
    this.#didFail = true;
    const told = databaseError(error);
    const isAbort = signal?.aborted === true && error === signal.reason;
    // A parser that failed is no failure of the database: its statement succeeded.
    if (!isAbort && !(told instanceof RegistryError)) return told;
    if (this.#failure !== undefined) {
      // Answers come in order: this one was sent before the first failure was known.
      return told instanceof TransactionAbortedError ? abortedError(this.#failure.error) : told;
    }
    this.#failure = { error: told, depth };
    return told;
  }

  /** Waits until every statement sent so far was answered. */
  async settle(): Promise<void> {
    while (this.#unanswered > 0) await new Promise<void>((resolve) => this.#whenAnswered.push(resolve));
  }

  /** The savepoint succeeded: RELEASE travels with the next statement, and is not needed before a COMMIT. */
  release(scope: SavepointScope): void {
    if (scope.isSent) this.#commandsAhead.push(`RELEASE SAVEPOINT ${scope.name}`);
  }

  /** Undoes what ran in the savepoint. Sent at once, so that its locks go, but its answer is not awaited. */
  async undo(scope: SavepointScope): Promise<void> {
    await this.settle();
    const isOuterFailure = this.#failure !== undefined && this.#failure.depth < scope.depth;
    const lease = this.#lease;
    if (!scope.isSent || isOuterFailure || this.#isOver || lease?.isUsable !== true) return;
    this.#failure = undefined;
    // What waited to travel released savepoints inside this one: they go with it.
    this.#commandsAhead = [];
    const undone = lease.send(
      { ...control, text: `RELEASE SAVEPOINT ${scope.name}` },
      {
        before: [`ROLLBACK TO SAVEPOINT ${scope.name}`],
      },
    );
    undone.catch((error: unknown) => this.#fail(error, scope.depth - 1, undefined));
  }

  /** Commits without waiting, if all that was sent has been answered and nothing can be lost; else does nothing. */
  tryCommit(terms: CommitTerms): boolean {
    const lease = this.#lease;
    if (lease === undefined || !this.#isBegun || this.#isOver || !this.#changedNothing(terms)) return false;
    this.#isOver = true;
    // Even if the session is lost by now, the work is done.
    lease.commitLater();
    this.#giveBack(lease);
    return true;
  }

  /** Whether nothing ran but statements this package made, all of which were answered, succeeded and changed nothing. */
  #changedNothing({ isReadOnly }: CommitTerms): boolean {
    if (this.#didForeignSql || this.#didFail || this.#unanswered > 0) return false;
    return isReadOnly || !this.#didWrite;
  }

  /**
   * Commits and gives the connection back.
   * @throws TransactionAbortedError when a statement had failed; the error of COMMIT itself; CommitOutcomeUnknownError
   */
  async commit(): Promise<void> {
    if (this.#borrowing !== undefined) await this.#borrowing.done;
    const lease = this.#lease;
    if (lease === undefined || !this.#isBegun) {
      await this.rollback();
      return;
    }
    if (this.#failure !== undefined) {
      const { error } = this.#failure;
      await this.rollback();
      throw error instanceof PoolConnectionLostError ? error : abortedError(error);
    }
    this.#isOver = true;
    const committed = this.#sendCommit(lease);
    this.#noteBatch(lease);
    await committed;
  }

  async #sendCommit(lease: ConnectionLease): Promise<void> {
    if (!lease.isUsable) {
      const error = lease.lossError();
      this.#giveBack(lease, error);
      throw error;
    }
    let result: StatementResult;
    try {
      result = await lease.send({ ...control, text: 'COMMIT' });
    } catch (error) {
      const isLost = error instanceof PoolConnectionLostError;
      this.#giveBack(lease, isLost ? error : undefined);
      throw isLost ? unknownOutcome(error) : databaseError(error);
    }
    this.#giveBack(lease);
    // A transaction that had failed is rolled back by COMMIT, and the server calls that a success.
    if (result.command !== 'COMMIT') throw abortedError(this.#failure?.error);
  }

  /** Rolls back and gives the connection back. Never fails: a connection that cannot roll back is destroyed. */
  async rollback(): Promise<void> {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#borrowing?.abort.abort(endedError());
    for (const queued of this.#queued.splice(0)) queued.refuse(endedError());
    const lease = this.#lease;
    if (lease === undefined) return;
    if (!this.#isBegun) return this.#giveBack(lease);
    if (!lease.isUsable) return this.#giveBack(lease, this.#failure?.error ?? endedError());
    const timer = setTimeout(() => lease.cancel(endedError()), patienceAtRollbackMs);
    try {
      await lease.send({ ...control, text: 'ROLLBACK' });
      this.#giveBack(lease);
    } catch (error) {
      this.#giveBack(lease, error);
    } finally {
      clearTimeout(timer);
    }
  }

  /** A pool that has ended meanwhile has closed it already. */
  #giveBack(lease: ConnectionLease, error?: unknown): void {
    const { pool } = this.#terms;
    if (!pool.hasEnded) pool.giveBack(lease, error);
  }
}

function endedError(): TransactionEndedError {
  return new TransactionEndedError('The transaction has ended before this statement was sent.', {
    hint: 'Await every statement before the transaction is committed or rolled back.',
  });
}

function abortedError(cause: unknown): TransactionAbortedError {
  const why = cause instanceof Error ? ` The first failure was: ${cause.message}` : '';
  return new TransactionAbortedError(`The transaction has failed, nothing more can be done in it.${why}`, {
    sqlState: '25P02',
    cause,
    hint: 'Let the error end the unit of work, or run what may fail in a savepoint.',
  });
}

function unknownOutcome(cause: unknown): CommitOutcomeUnknownError {
  return new CommitOutcomeUnknownError(
    'The connection was lost while COMMIT was under way: whether the changes are stored is not known.',
    { cause, hint: 'Look whether they are there before doing the work again.' },
  );
}
