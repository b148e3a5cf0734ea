import { CommitOutcomeUnknownError, TransactionAbortedError } from '../errors/database-errors.js';
import { PoolConnectionLostError } from '../errors/pool-errors.js';
import { RegistryError } from '../errors/registry-error.js';
import { TransactionEndedError } from '../errors/use-errors.js';
import type { ConnectionLease } from '../pool/connection-lease.js';
import type { ConnectionPool } from '../pool/connection-pool.js';
import type { ConnectionTarget } from '../pool/connection-target.js';
import type { Statement, StatementResult } from '../pool/statement.js';
import type { SavepointScope } from './savepoint.js';
import { databaseError } from './sqlstate.js';
import type { StatementLog } from './statement-log.js';

export interface TransactionTerms {
  readonly pool: ConnectionPool;
  readonly target: ConnectionTarget;
  /** The command that begins it. */
  readonly begin: string;
  readonly log: StatementLog;
  /** Told what fails while nobody waits. */
  readonly report: (error: unknown) => void;
  /** What to tell if no connection can be had. */
  readonly borrowHint: string | undefined;
}

interface QueuedStatement {
  readonly send: () => void;
  readonly refuse: (error: unknown) => void;
}

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
  readonly #unanswered = new Set<Promise<unknown>>();
  #lastBatch = 0;
  /** The first failure since which nothing more can be done, and how deep in savepoints it happened. */
  #failure: { readonly error: unknown; readonly depth: number } | undefined;
  #didFail = false;
  #didWrite = false;
  #didForeignSql = false;

  constructor(terms: TransactionTerms) {
    this.#terms = terms;
  }

  /** Whether nothing ran but SELECTs this package made, and all of them succeeded. */
  get wasHarmless(): boolean {
    return !this.#didWrite && this.wasOurs;
  }

  /** Whether nothing ran but statements this package made, and all of them were answered and succeeded. */
  get wasOurs(): boolean {
    return !this.#didForeignSql && !this.#didFail && this.#unanswered.size === 0;
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
    const lease = this.#lease;
    const sent =
      lease === undefined
        ? this.#sendWhenBorrowed(statement, [...scopes], signal)
        : this.#sendOn(lease, { statement, scopes: [...scopes], signal });
    this.#unanswered.add(sent);
    const forget = (): boolean => this.#unanswered.delete(sent);
    // Also the handler of a statement that nobody awaits.
    sent.then(forget, forget);
    return sent;
  }

  #sendWhenBorrowed(
    statement: Statement,
    scopes: readonly SavepointScope[],
    signal: AbortSignal | undefined,
  ): Promise<StatementResult> {
    const sent = new Promise<StatementResult>((resolve, reject) => {
      const queued: QueuedStatement = {
        send: () => {
          signal?.removeEventListener('abort', leave);
          if (this.#lease === undefined) reject(endedError());
          else this.#sendOn(this.#lease, { statement, scopes, signal }).then(resolve, reject);
        },
        refuse: (error) => {
          signal?.removeEventListener('abort', leave);
          reject(error as Error);
        },
      };
      const leave = (): void => {
        this.#queued.splice(this.#queued.indexOf(queued), 1);
        reject(signal?.reason as Error);
        // Nobody is left to want the connection.
        if (this.#queued.length === 0) this.#borrowing?.abort.abort(signal?.reason);
      };
      signal?.addEventListener('abort', leave, { once: true });
      this.#queued.push(queued);
    });
    this.#borrowing ??= this.#borrow();
    return sent;
  }

  #borrow(): { readonly done: Promise<void>; readonly abort: AbortController } {
    const abort = new AbortController();
    const { pool, target, borrowHint: hint } = this.#terms;
    const done = pool.borrow(target, { signal: abort.signal, hint }).then(
      (lease) => {
        if (this.#isOver) return pool.giveBack(lease);
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

  async #sendOn(
    lease: ConnectionLease,
    what: {
      readonly statement: Statement;
      readonly scopes: readonly SavepointScope[];
      readonly signal: AbortSignal | undefined;
    },
  ): Promise<StatementResult> {
    const { statement, scopes, signal } = what;
    if (this.#failure !== undefined) throw abortedError(this.#failure.error);
    const { text, origin = 'raw' } = statement;
    const { log } = this.#terms;
    const startMs = performance.now();
    const answer = lease.send(statement, { signal, before: this.#commandsBefore(scopes) });
    this.#noteSent(lease, scopes);
    log.noteSent();
    try {
      const result = await answer;
      log.noteAnswered({ text, origin, rows: result.rows.length, milliseconds: performance.now() - startMs });
      return result;
    } catch (error) {
      const failure = this.#fail(error, scopes.length, signal);
      log.noteAnswered({ text, origin, rows: 0, milliseconds: performance.now() - startMs, error: failure });
      throw failure;
    }
  }

  #commandsBefore(scopes: readonly SavepointScope[]): readonly string[] | undefined {
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
    this.#commandsAhead = [];
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
    while (this.#unanswered.size > 0) await Promise.allSettled(this.#unanswered);
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

  /**
   * Commits and gives the connection back.
   * @throws TransactionAbortedError when a statement had failed; the error of COMMIT itself; CommitOutcomeUnknownError
   */
  async commit(options: { readonly waits: () => boolean }): Promise<void> {
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
    if (options.waits()) await committed;
    // Nothing was written: whatever becomes of this COMMIT, the work is done. Its answer frees the connection.
    else committed.catch(this.#terms.report);
  }

  async #sendCommit(lease: ConnectionLease): Promise<void> {
    const { pool } = this.#terms;
    if (!lease.isUsable) {
      const error = lease.lossError();
      pool.giveBack(lease, error);
      throw error;
    }
    let result: StatementResult;
    try {
      result = await lease.send({ ...control, text: 'COMMIT' });
    } catch (error) {
      const isLost = error instanceof PoolConnectionLostError;
      pool.giveBack(lease, isLost ? error : undefined);
      throw isLost ? unknownOutcome(error) : databaseError(error);
    }
    pool.giveBack(lease);
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
    const { pool } = this.#terms;
    if (!this.#isBegun) return pool.giveBack(lease);
    if (!lease.isUsable) return pool.giveBack(lease, this.#failure?.error ?? endedError());
    const timer = setTimeout(() => lease.cancel(endedError()), patienceAtRollbackMs);
    try {
      await lease.send({ ...control, text: 'ROLLBACK' });
      pool.giveBack(lease);
    } catch (error) {
      pool.giveBack(lease, error);
    } finally {
      clearTimeout(timer);
    }
  }
}

/** Transaction control is ours, returns no rows, and may be prepared like any statement. */
const control = { origin: 'write', columns: [] } as const;

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
