import type pg from 'pg';
import { PoolClosedError, PoolConnectionLostError, type PoolFigures } from '../errors/pool-errors.js';
import type { ChainLink } from '../util/chain.js';
import { onAbort } from '../util/on-abort.js';
import { CancelRequests } from './cancel-requests.js';
import type { Clock } from './clock.js';
import { connectError, endsSession, isCancellation, lostConnectionError, noAnswerError } from './connection-failure.js';
import type { ResolvedTarget } from './connection-target.js';
import type { PoolSettings } from './pool-options.js';
import { openClient, type SessionClient } from './session-client.js';
import { SessionDebts } from './session-debts.js';
import { isForeign, SessionState } from './session-state.js';
import { control, type SendOptions, type Statement, type StatementResult } from './statement.js';
import { StatementQuery, type StatementOutcome } from './statement-query.js';
import { WriteBatches } from './write-batches.js';

/**
 * connecting → readying (checked or rolled back) ⇄ idle ⇄ borrowed → closing → closed. Only the pool moves a connection;
 * the connection itself moves to closed when its socket is gone.
 */
export type ConnectionState = 'connecting' | 'readying' | 'idle' | 'borrowed' | 'closing' | 'closed';

/** How long a check or a rollback may take, and the server to say goodbye; ms. */
const readyingLimitMs = 5_000;
const goodbyeLimitMs = 1_000;

export interface ConnectionSurroundings {
  readonly settings: PoolSettings;
  readonly clock: Clock;
  /** The pool's counts, for errors. */
  readonly figures: () => PoolFigures;
  /** The socket is gone. `wasUnexpected` is false when the pool closed it. */
  readonly onClosed: (connection: PooledConnection, end: { readonly wasUnexpected: boolean }) => void;
}

/** One server session: its state, age, health and reset. */
export class PooledConnection implements ChainLink {
  chain: object | null = null;
  previous: this | null = null;
  next: this | null = null;
  readonly target: ResolvedTarget;
  readonly createdMs: number;
  /** When it became idle last. */
  idleSinceMs: number;
  /** Closed after being idle so long, or when it is so old; ms, with jitter, so that many do not go at once. */
  readonly idleLimitMs: number;
  readonly lifetimeMs: number;
  /** Order in which connections came back: a higher number is newer. */
  returnNumber = 0;
  readonly #client: SessionClient;
  readonly #settings: PoolSettings;
  readonly #clock: Clock;
  readonly #figures: () => PoolFigures;
  readonly #session: SessionState;
  readonly #closed: Promise<void>;
  #state: ConnectionState = 'connecting';
  #isGivenUp = false;
  /** Statements whose answer has not come, and since when the server has said nothing to them. */
  #unanswered = 0;
  #silentSinceMs = 0;
  /** Why it may not be used again, whatever its state. */
  #doom: unknown;
  readonly #writes = new WriteBatches();
  /** COMMIT and reset that travel with its next statement. */
  readonly debts: SessionDebts;
  readonly #cancels: CancelRequests;

  constructor(target: ResolvedTarget, surroundings: ConnectionSurroundings) {
    const { settings, clock, figures } = surroundings;
    this.target = target;
    this.#settings = settings;
    this.#clock = clock;
    this.#figures = figures;
    this.#session = new SessionState(settings);
    this.createdMs = this.idleSinceMs = clock.now();
    this.idleLimitMs = settings.idleTimeout * (1 - clock.random() / 10);
    this.lifetimeMs = settings.maxLifetime * (1 - clock.random() / 10);
    this.#client = openClient(target, settings);
    this.debts = new SessionDebts(clock, {
      post: (statement, end) => this.#postOwn(statement, end),
      clean: () => this.#session.clean(),
      doom: (error) => (this.#doom ??= error),
      lose: (error) => this.lose(error),
    });
    this.#cancels = new CancelRequests(this.#client, {
      clock,
      isNeeded: () => this.isBusy && this.#state !== 'closed',
    });
    // Always listened to, from the first moment to the last: an `error` without listener ends the process.
    this.#client.on('error', (error: Error) => (this.#doom ??= error));
    this.#closed = new Promise((resolve) => {
      this.#client.once('end', () => {
        const wasUnexpected = this.#state !== 'closing';
        this.#state = 'closed';
        this.#doom ??= new Error('The connection is closed.');
        surroundings.onClosed(this, { wasUnexpected });
        resolve();
      });
    });
  }

  get state(): ConnectionState {
    return this.#state;
  }

  /** The server's process id. */
  get processId(): number | null {
    return this.#client.processID;
  }

  /** Whether the session is known to be unusable. */
  get isDoomed(): boolean {
    return this.#doom !== undefined;
  }

  /** Whether the pool wanted it closed before anything was wrong with it. */
  get isGivenUp(): boolean {
    return this.#isGivenUp;
  }

  /** What to tell those who want to use it although it is doomed. */
  lossError(): PoolConnectionLostError {
    return lostConnectionError(this.target.label, { cause: this.#doom, figures: this.#figures() });
  }

  /** Since when the server owes an answer and has said nothing; undefined when it owes none. */
  get silentSinceMs(): number | undefined {
    return this.#unanswered > 0 ? this.#silentSinceMs : undefined;
  }

  /** Whether a statement of somebody is under way; what was owed is nobody's. */
  get isBusy(): boolean {
    return this.#unanswered > this.debts.underWay || this.debts.isHolding;
  }

  /** Counts the writes: statements of one batch left together and share a round trip. */
  get batch(): number {
    return this.#writes.count;
  }

  /** What the server said last: idle, in a transaction, or in a failed one. A transaction that owes COMMIT is over. */
  get transactionStatus(): 'I' | 'T' | 'E' | null {
    const isOver = this.debts.owesCommit || (this.debts.underWay > 0 && !this.isBusy);
    return isOver ? 'I' : this.#client.getTransactionStatus();
  }

  moveTo(state: 'readying' | 'borrowed'): void {
    this.#state = state;
  }

  becomeIdle(nowMs: number): void {
    this.idleSinceMs = nowMs;
    this.#state = 'idle';
  }

  /** @throws PoolConnectError */
  async connect(): Promise<void> {
    let isOverdue = false;
    const cancelTimer = this.#clock.after(this.#settings.connectTimeout, () => {
      isOverdue = true;
      this.destroy();
    });
    try {
      await this.#client.connect();
    } catch (error) {
      this.#doom ??= error;
      this.destroy();
      const { label } = this.target;
      throw isOverdue
        ? noAnswerError(label, { timeoutMs: this.#settings.connectTimeout, figures: this.#figures() })
        : connectError(label, { cause: error, figures: this.#figures() });
    } finally {
      cancelTimer();
    }
  }

  /**
   * Sends a statement behind those already sent, without waiting for their answers. What is sent in one turn of the
   * event loop leaves in one write.
   * @throws UsageError at once, when a value cannot be a parameter: nothing was sent then.
   * Rejects with the driver's error for a refused statement, PoolConnectionLostError, or `signal.reason`.
   */
  submit(statement: Statement, options: SendOptions = {}): Promise<StatementResult> {
    const { before, signal } = options;
    if (signal?.aborted === true) return Promise.reject(signal.reason as Error);
    if (this.#state === 'closed' || this.#state === 'closing') {
      return Promise.reject(this.lossError());
    }
    if (this.debts.mustHold(statement, before)) {
      const held = this.debts.hold(() => this.submit(statement, options));
      return signal === undefined ? held : this.#abortable(held, signal);
    }
    if (isForeign(statement)) this.debts.payCommit();
    return this.#send(statement, options);
  }

  #send(statement: Statement, { before, signal }: SendOptions = {}): Promise<StatementResult> {
    let settle!: StatementOutcome;
    const sent = new Promise<StatementResult>((resolve, reject) => (settle = { resolve, reject }));
    this.#post(statement, { before, outcome: this.#outcomeFor(settle) });
    return signal === undefined ? sent : this.#abortable(sent, signal);
  }

  #post(
    statement: Statement,
    { before, outcome }: { readonly before?: SendOptions['before']; readonly outcome: StatementOutcome },
  ): void {
    const query = new StatementQuery(statement, {
      before: this.debts.owesCommit ? ['COMMIT', ...(before ?? [])] : before,
      prepared: this.#session.prepared,
      // SQL of others may have dropped names; a COMMIT that fails for that would cost the work.
      preparesControl: this.#session.keepsNames,
      outcome,
    });
    this.debts.noteCommitSent();
    this.#session.noteSent(statement);
    if (this.#unanswered++ === 0) this.#silentSinceMs = this.#clock.now();
    this.#writes.join(this.#client.connection.stream);
    this.#client.query(query as unknown as pg.Query);
  }

  #outcomeFor(settle: StatementOutcome): StatementOutcome {
    return {
      resolve: (result) => {
        this.#noteAnswer();
        if (this.debts.isUnclean) settle.reject(this.lossError());
        else settle.resolve(result);
      },
      reject: (error) => {
        this.#noteAnswer();
        settle.reject(this.#judged(error));
      },
    };
  }

  /** Sends what nobody waits for: `end` is told within the driver's own turn, before the next answer. */
  #postOwn(statement: Statement, end: (error?: unknown) => void): void {
    const note = (error?: unknown): void => {
      this.#noteAnswer();
      end(error);
    };
    this.#post(statement, { outcome: { resolve: () => note(), reject: note } });
  }

  #noteAnswer(): void {
    if (--this.#unanswered > 0) this.#silentSinceMs = this.#clock.now();
  }

  /** Sends what it owes, if anything. */
  payDebts(): void {
    if (this.#state === 'closed' || this.#state === 'closing') this.debts.forget();
    else this.debts.pay();
  }

  #judged(error: unknown): unknown {
    const isOurStop = this.#state === 'closing' && isCancellation(error);
    if (!isOurStop && !endsSession(error)) return error;
    // At once, not when the socket closes: nobody may borrow it in between.
    this.#doom ??= error;
    return error instanceof PoolConnectionLostError ? error : this.lossError();
  }

  #abortable(sent: Promise<StatementResult>, signal: AbortSignal): Promise<StatementResult> {
    return new Promise((resolve, reject) => {
      const unlisten = onAbort(signal, () => {
        this.cancel(signal.reason);
        reject(signal.reason as Error);
      });
      sent.finally(unlisten).then(resolve, reject);
    });
  }

  /** Asks the server to stop what it does. The request may arrive late and hit another statement: hence the doom. */
  cancel(reason: unknown): void {
    this.#doom ??= reason ?? new Error('A statement was cancelled.');
    this.#cancels.start();
  }

  /** Whether its transaction must be rolled back before anybody else gets it. */
  get needsRollback(): boolean {
    return this.#settings.reset !== 'off' && (this.transactionStatus !== 'I' || this.#isStatusStale);
  }

  /** After a refusal, until the server has said in what state that leaves the session. */
  get #isStatusStale(): boolean {
    return this.#unanswered === 0 && !this.#client.readyForQuery;
  }

  /** Whether its last borrower may have left something in the session. */
  get isDirty(): boolean {
    return this.#session.isDirty;
  }

  /** Whether it is fit for the next borrower, if need be after a rollback and a reset. */
  isReusable(nowMs: number): boolean {
    if (this.isDoomed || this.isBusy || this.#state === 'closing' || this.#state === 'closed') return false;
    if (nowMs - this.createdMs >= this.lifetimeMs) return false;
    return this.#settings.reset !== 'off' || (this.transactionStatus === 'I' && !this.#isStatusStale);
  }

  async rollBack(): Promise<void> {
    // Before the reset that may be owed: what that sets back would come again with the ROLLBACK.
    await this.#inTime(this.#send({ ...control, text: 'ROLLBACK' }));
    if (this.transactionStatus !== 'I') throw new Error('The session is still in a transaction after its ROLLBACK.');
  }

  /** Asks for a sign of life. */
  async check(): Promise<void> {
    await this.#inTime(this.submit({ text: 'SELECT', origin: 'read', columns: [] }));
  }

  async #inTime(work: Promise<unknown>): Promise<void> {
    const cancelTimer = this.#clock.after(readyingLimitMs, () => this.destroy());
    try {
      await work;
    } finally {
      cancelTimer();
    }
  }

  /** Says goodbye, stopping what still runs; settles when the socket is closed, after `goodbyeMs` at the latest. */
  async close(goodbyeMs = goodbyeLimitMs): Promise<void> {
    if (this.#state === 'closed') return;
    this.#isGivenUp ||= this.#doom === undefined;
    const mustCancel = this.isBusy && (this.#doom === undefined || this.#cancels.delivered !== undefined);
    if (this.#state === 'connecting' || (this.#doom !== undefined && !mustCancel)) this.destroy();
    if (this.#state !== 'closing') {
      if (mustCancel && this.#cancels.delivered === undefined)
        this.cancel(new PoolClosedError('The pool was ended, or told to close all connections of the target.'));
      this.#state = 'closing';
      // A pooler knows whom a request to cancel means for as long as the client is there: it must be delivered first.
      if (mustCancel) void this.#cancels.delivered?.then(() => this.#client.connection.end());
      else this.#client.connection.end();
    }
    const cancelTimer = this.#clock.after(goodbyeMs, () => this.destroy());
    await this.#closed;
    cancelTimer();
  }

  /** Gives the session up for lost: whoever waits for an answer is told so. */
  lose(reason: Error): void {
    this.#doom ??= reason;
    this.destroy();
  }

  /** Cuts the connection at once; the server notices by itself. */
  destroy(): void {
    if (this.#state === 'closed') return;
    if (this.isBusy && this.#state !== 'connecting' && this.#cancels.delivered === undefined) this.cancel(undefined);
    this.#state = 'closing';
    this.#doom ??= new Error('The connection was cut.');
    this.#client.connection.stream.destroy();
  }
}
