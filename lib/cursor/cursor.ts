import { CommitOutcomeUnknownError } from '../errors/database-errors.js';
import { UsageError } from '../errors/use-errors.js';
import type { ConnectionPool } from '../pool/connection-pool.js';
import type { ConnectionTarget } from '../pool/connection-target.js';
import type { Statement, StatementResult } from '../pool/statement.js';
import { closedError, readOnlyError } from './cursor-errors.js';
import { DatabaseTransaction } from './database-transaction.js';
import type { PendingWork } from './pending-work.js';
import { rawStatement, type SqlText } from './raw-statement.js';
import { runningUnit } from './running-unit.js';
import { SavepointTurns, type SavepointScope } from './savepoint.js';
import { StatementLog, type CursorStats } from './statement-log.js';
import { TransactionHooks, type Hook } from './transaction-hooks.js';

export type Isolation = 'read committed' | 'repeatable read' | 'serializable';

export interface CursorOptions {
  readonly pool: ConnectionPool;
  readonly target: ConnectionTarget;
  /** Default 'repeatable read'. */
  readonly isolation?: Isolation | undefined;
  /** Default false. */
  readonly readOnly?: boolean | undefined;
  /** Stops waiting and running statements, which then reject with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Counts what this cursor sends, too. */
  readonly log?: StatementLog | undefined;
  /** Told of errors that nobody waits for: of `afterCommit` and `afterRollback` hooks. Default: a process warning. */
  readonly report?: ((error: unknown) => void) | undefined;
  /** What to tell if no connection can be had in time. */
  readonly borrowHint?: string | undefined;
}

/**
 * open → committing → committed, or rolled back, or outcome unknown; a statement after these opens it anew, as a new
 * transaction. closed is final.
 */
export type CursorState = 'open' | 'committing' | 'committed' | 'rolled back' | 'outcome unknown' | 'closed';

/**
 * One database transaction at a time on one borrowed connection, begun by its first statement: before it nothing is
 * borrowed, and BEGIN costs no round trip. `await using` rolls back what was not committed.
 */
export class Cursor {
  readonly isolation: Isolation;
  readonly readOnly: boolean;
  readonly #options: CursorOptions;
  readonly #log: StatementLog;
  /** Where it was opened, if the pool looks for leaks. */
  readonly #stack: string | undefined;
  readonly #report: (error: unknown) => void;
  readonly #turns = new SavepointTurns();
  readonly #hooks = new TransactionHooks();
  #pending: PendingWork | undefined;
  #state: CursorState = 'open';
  #transaction: DatabaseTransaction | undefined;
  #committing: Promise<void> | undefined;
  #isCommitSent = false;
  #closing: Promise<void> | undefined;
  /** A rollback was asked for while a commit prepared itself. */
  #mustRollBack = false;

  constructor(options: CursorOptions) {
    this.#options = options;
    this.isolation = options.isolation ?? 'repeatable read';
    if (!Object.hasOwn(isolationLevels, this.isolation)) {
      throw new UsageError(`There is no isolation level ${JSON.stringify(this.isolation)}.`, {
        hint: `Give one of: ${Object.keys(isolationLevels).join(', ')}.`,
      });
    }
    this.readOnly = options.readOnly ?? false;
    this.#log = new StatementLog(options.log);
    this.#stack = options.pool.stackForLeaks();
    this.#report = options.report ?? warn;
  }

  get state(): CursorState {
    return this.#state;
  }

  /** What this cursor has sent so far. */
  stats(): CursorStats {
    return this.#log.stats();
  }

  /** Says whose pending work is written before raw SQL, savepoints and commits. */
  attach(work: PendingWork): void {
    this.#pending = work;
  }

  /**
   * Runs somebody's SQL after writing what is pending, and gives its rows as objects: int8 → bigint, numeric → Decimal,
   * date → string, timestamptz → Date. Give text with `values` for `$1`, `$2`…, or a fragment: sql`…${value}…`.
   * @throws DatabaseError and its kin; PoolError; TransactionEndedError after `close`; UsageError for values that are
   * no array
   */
  execute<R extends object = Record<string, unknown>>(
    text: string | SqlText,
    values?: readonly unknown[],
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<R[]> {
    const done = this.#execute({ text, values, signal: options.signal });
    // The failure of a statement that nobody awaits is not lost: it fails the commit.
    done.catch(() => undefined);
    return done as Promise<object[]> as Promise<R[]>;
  }

  async #execute(what: {
    readonly text: string | SqlText;
    readonly values: readonly unknown[] | undefined;
    readonly signal: AbortSignal | undefined;
  }): Promise<Record<string, unknown>[]> {
    const { text, values, signal } = what;
    const statement = rawStatement(text, values);
    this.#mustNotBeClosed();
    // With nothing to write it is sent in this turn: what is asked right after it travels behind it, in the same write.
    if (this.#pending?.isIdle === false) await this.#pending.flush();
    const { rows } = await this.send(statement, { signal });
    return rows as Record<string, unknown>[];
  }

  /**
   * Sends one statement as it is, without flushing: the door for this package's own SQL. Statements do not wait for
   * each other's answers, but for a running savepoint that they are not part of.
   */
  send(statement: Statement, options: { readonly signal?: AbortSignal | undefined } = {}): Promise<StatementResult> {
    if (this.#state === 'closed') return Promise.reject(closedError());
    if (this.readOnly && statement.origin === 'write') return Promise.reject(readOnlyError());
    const signal = eitherSignal(this.#options.signal, options.signal);
    return this.#turns.enter(() => {
      if (this.#state === 'closed' || this.#isCommitSent) return Promise.reject(closedError());
      return this.#begun().send(statement, this.#turns.open, signal);
    });
  }

  #begun(): DatabaseTransaction {
    if (this.#transaction !== undefined) return this.#transaction;
    if (this.#state !== 'committing') this.#state = 'open';
    const { pool, target, borrowHint } = this.#options;
    return (this.#transaction = new DatabaseTransaction({
      pool,
      target,
      begin: `BEGIN ISOLATION LEVEL ${isolationLevels[this.isolation]}${this.readOnly ? ' READ ONLY' : ''}`,
      log: this.#log,
      borrowHint,
      stack: this.#stack && withOrigin(pool.stackForLeaks(), this.#stack),
    }));
  }

  /** Whether a statement sent now would not have to wait for a savepoint of others. */
  get isMyTurn(): boolean {
    return this.#turns.isMine;
  }

  /**
   * Runs `work` at once, or when the running savepoint that the caller is not part of has ended: what is written must not
   * be taken from what that savepoint may still undo.
   */
  atTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#turns.enter(work);
  }

  /**
   * Runs `work` as a part that can be undone alone: if it, or writing what it left pending, fails, what it did is
   * undone here, in the database and in the pending work, and the error passes through. Without a statement inside
   * nothing is sent. Savepoints nest; those started together follow each other.
   */
  savepoint<T>(work: () => Promise<T>): Promise<T> {
    if (this.#state === 'closed') return Promise.reject(closedError());
    return this.#turns.enter(async () => {
      const scope = this.#turns.begin();
      const running = runningUnit.getStore() ?? { unit: null, attempt: {} };
      try {
        return await runningUnit.run({ ...running, savepoint: scope }, () => this.#runSavepoint(scope, work));
      } finally {
        this.#turns.end(scope);
      }
    });
  }

  async #runSavepoint<T>(scope: SavepointScope, work: () => Promise<T>): Promise<T> {
    const pending = this.#pending;
    await pending?.flush();
    const mark = pending?.mark();
    scope.isArmed = true;
    try {
      const result = await work();
      await pending?.flush();
      await this.#transaction?.settle();
      if (!scope.isOpen) throw closedError();
      // The body caught the error of a statement, but the server has not forgotten it.
      const failure = this.#transaction?.failure;
      if (failure !== undefined) throw failure as Error;
      this.#transaction?.release(scope);
      pending?.release(mark);
      return result;
    } catch (error) {
      // After a rollback of the whole transaction there is nothing left to undo.
      if (scope.isOpen) {
        await this.#transaction?.undo(scope);
        this.#hooks.dropOf(scope);
        pending?.undo(mark);
      }
      throw error;
    }
  }

  /** Calls `hook` before COMMIT; it may write, and add hooks. Its error rolls the transaction back. */
  beforeCommit(hook: Hook): void {
    this.#mustNotBeClosed();
    this.#hooks.add('beforeCommit', hook);
  }

  /** Calls `hook` once the transaction is committed. Its error is reported; the commit stays a success. */
  afterCommit(hook: Hook): void {
    this.#mustNotBeClosed();
    this.#hooks.add('afterCommit', hook);
  }

  /** Calls `hook` once the transaction is rolled back. Its error is reported. */
  afterRollback(hook: Hook): void {
    this.#mustNotBeClosed();
    this.#hooks.add('afterRollback', hook);
  }

  /**
   * Writes what is pending, runs the `beforeCommit` hooks, commits, gives the connection back and runs the
   * `afterCommit` hooks. Whatever fails before or in COMMIT rolls the transaction back. Where nothing can be lost, in a
   * read-only transaction or after nothing but this package's own SELECTs, COMMIT is not waited for, and travels with
   * what the session is asked next.
   * @throws TransactionAbortedError, SerializationError, ConstraintViolationError…; CommitOutcomeUnknownError
   */
  async commit(): Promise<void> {
    this.#mustNotBeClosed();
    if (this.#turns.isInside) {
      throw new UsageError('A transaction cannot be committed inside its own savepoint.', {
        hint: 'Commit after the savepoint has ended.',
      });
    }
    await this.#turns.enter(async () => {
      this.#mustNotBeClosed();
      if (this.#state === 'committing') {
        throw new UsageError('The transaction is being committed already.', {
          hint: 'Await the commit that is under way; a `beforeCommit` hook cannot commit.',
        });
      }
      await (this.#committing = this.#commit().finally(() => (this.#committing = undefined)));
    });
    // After the commit in every sense: these hooks may use the cursor for a transaction of their own.
    await this.#hooks.runAll('afterCommit', this.#report);
  }

  /**
   * Commits if nothing has to be waited for: nothing is pending, no hook is registered, nothing was written. Gives whether
   * it did; `commit` does it in every case.
   */
  tryCommit(): boolean {
    const isReady =
      this.#state === 'open' && this.#pending?.isIdle !== false && this.#hooks.isEmpty && this.#turns.isFree;
    if (!isReady || !this.#canLeaveCommit(this.#transaction)) return false;
    this.#transaction = undefined;
    this.#committed();
    return true;
  }

  /** Of a serializable transaction even the reads are worth something only when its COMMIT has succeeded. */
  #canLeaveCommit(transaction: DatabaseTransaction | undefined): boolean {
    if (transaction === undefined) return true;
    return this.isolation !== 'serializable' && transaction.tryCommit({ isReadOnly: this.readOnly });
  }

  async #commit(): Promise<void> {
    this.#state = 'committing';
    this.#mustRollBack = false;
    const hadHooks = await this.#prepareCommit();
    const transaction = this.#transaction;
    this.#transaction = undefined;
    // Until it is answered, a straggler must not begin a transaction of its own that nobody would commit.
    this.#isCommitSent = true;
    try {
      if (hadHooks || !this.#canLeaveCommit(transaction)) await transaction?.commit();
    } catch (error) {
      await this.#ended(error instanceof CommitOutcomeUnknownError ? 'outcome unknown' : 'rolled back');
      throw error;
    } finally {
      this.#isCommitSent = false;
    }
    this.#committed();
  }

  #committed(): void {
    this.#state = 'committed';
    this.#hooks.drop('beforeCommit', 'afterRollback');
    this.#pending?.committed();
  }

  /** Gives whether there were hooks. */
  async #prepareCommit(): Promise<boolean> {
    try {
      await this.#pending?.flush();
      const hadHooks = this.#hooks.has('beforeCommit');
      while (this.#hooks.has('beforeCommit')) {
        await this.#hooks.run('beforeCommit');
        await this.#pending?.flush();
      }
      if (this.#mustRollBack) throw closedError();
      return hadHooks;
    } catch (error) {
      await this.#rollBack();
      throw error;
    }
  }

  /** Undoes everything, forgets what is pending, gives the connection back and runs the `afterRollback` hooks. */
  async rollback(): Promise<void> {
    if (this.#state === 'closed') return;
    if (this.#committing !== undefined) {
      this.#mustRollBack = true;
      await this.#committing.catch(() => undefined);
      return;
    }
    await this.#rollBack();
  }

  async #rollBack(): Promise<void> {
    const transaction = this.#transaction;
    this.#transaction = undefined;
    this.#turns.abandon(closedError);
    await transaction?.rollback();
    await this.#ended('rolled back');
  }

  async #ended(state: 'rolled back' | 'outcome unknown'): Promise<void> {
    if (this.#state !== 'closed') this.#state = state;
    this.#pending?.clear();
    this.#hooks.drop('beforeCommit', 'afterCommit');
    if (state === 'rolled back') await this.#hooks.runAll('afterRollback', this.#report);
    else this.#hooks.drop('afterRollback');
  }

  /** Rolls back what was not committed, and refuses everything from now on. Calling it again changes nothing. */
  close(): Promise<void> {
    if (this.#state === 'closed') return this.#closing ?? done;
    if (this.#committing === undefined && !this.#isUnfinished) {
      this.#state = 'closed';
      return done;
    }
    return (this.#closing ??= this.#close());
  }

  get #isUnfinished(): boolean {
    return this.#state === 'open' || this.#transaction !== undefined;
  }

  async #close(): Promise<void> {
    await this.#committing?.catch(() => undefined);
    const isUnfinished = this.#isUnfinished;
    this.#state = 'closed';
    if (isUnfinished) await this.#rollBack();
  }

  [Symbol.asyncDispose](): Promise<void> {
    return this.close();
  }

  #mustNotBeClosed(): void {
    if (this.#state === 'closed') throw closedError();
  }
}

const done = Promise.resolve();

const isolationLevels: Readonly<Record<Isolation, string>> = {
  'read committed': 'READ COMMITTED',
  'repeatable read': 'REPEATABLE READ',
  serializable: 'SERIALIZABLE',
};

function eitherSignal(one: AbortSignal | undefined, other: AbortSignal | undefined): AbortSignal | undefined {
  if (one === undefined || other === undefined) return one ?? other;
  return AbortSignal.any([one, other]);
}

/** Where a transaction began, and below it where its cursor was opened: either may be the place that explains a leak. */
function withOrigin(stack: string | undefined, openedStack: string): string {
  return `${stack ?? ''}\nin a unit of work, opened here:\n${openedStack.split('\n').slice(1).join('\n')}`;
}

function warn(error: unknown): void {
  process.emitWarning(error instanceof Error ? error : String(error));
}
