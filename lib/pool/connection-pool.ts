import {
  PoolClosedError,
  PoolExhaustedError,
  PoolTimeoutError,
  type PoolError,
  type PoolFigures,
} from '../errors/pool-errors.js';
import { UsageError } from '../errors/use-errors.js';
import { systemClock, type Clock } from './clock.js';
import { stillUnreachable } from './connection-failure.js';
import { ConnectionLease, endedLease, type Lender } from './connection-lease.js';
import type { ConnectionTarget } from './connection-target.js';
import { ConnectionStore } from './connection-store.js';
import { LoanBook } from './loan-book.js';
import { poolSettings, type PoolOptions, type PoolSettings } from './pool-options.js';
import { PoolAnnouncer, type PoolEvents } from './pool-events.js';
import { PoolKeeper } from './pool-keeper.js';
import { MetricsLog, type PoolMetrics } from './pool-metrics.js';
import type { PoolStats } from './pool-stats.js';
import type { PooledConnection } from './pooled-connection.js';
import { SilenceWatch } from './silence-watch.js';
import type { TargetGroup } from './target-group.js';
import { WaitQueue, type Waiter, type WaitTerms } from './wait-queue.js';

export interface BorrowOptions {
  /** Gives up waiting; the promise then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** For waiting, connecting and checking together, in ms; 0: do not wait for a place. Default `borrowTimeout`. */
  readonly timeout?: number | undefined;
  /** What to tell if the time runs out, when the borrower knows better than the pool what to do. */
  readonly hint?: string | undefined;
  /** Where it was asked for, when the borrower acts for others: see `stackForLeaks`. */
  readonly stack?: string | undefined;
}

/**
 * Lends server sessions to the whole process, to any database, never more than `max` at a time.
 *
 * Borrowers are served in order of arrival. A connection that comes back goes to the next of them, is kept for reuse,
 * is reset or is destroyed; it is asked itself which, a caller's word can only make that stricter.
 */
export class ConnectionPool implements Lender {
  readonly #settings: PoolSettings;
  readonly #clock: Clock;
  readonly #announcer: PoolAnnouncer;
  readonly #metrics = new MetricsLog();
  readonly #waiters: WaitQueue<ConnectionLease, TargetGroup>;
  readonly #store: ConnectionStore;
  readonly #loans: LoanBook;
  readonly #keeper: PoolKeeper;
  readonly #silence: SilenceWatch;
  /** How often it was looked what those who wait can have. */
  #rounds = 0;
  #ending: Promise<void> | undefined;
  #hasEnded = false;

  constructor(options: PoolOptions = {}, clock: Clock = systemClock) {
    this.#settings = poolSettings(options);
    this.#clock = clock;
    this.#announcer = new PoolAnnouncer(this.#settings.applicationName);
    this.#waiters = new WaitQueue(clock, (terms) => this.#timeoutError(terms));
    this.#keeper = new PoolKeeper(clock, () => this.#keepHouse());
    this.#loans = new LoanBook({
      lender: this,
      clock,
      announcer: this.#announcer,
      leakThreshold: this.#settings.leakThreshold,
      onLost: (connection) => this.#store.takeBack(connection, { isRefused: true, nowMs: clock.now() }),
    });
    this.#store = new ConnectionStore(this.#settings, {
      clock,
      announcer: this.#announcer,
      metrics: this.#metrics,
      onChange: (nowMs) => this.#serve(nowMs),
      onConnectError: (group, error, kind) => {
        // While others may hope that the target comes back, those who would not wait are told at once.
        if (kind === 'lasting') this.#waiters.findFirst(group)?.reject(error);
        else this.#waiters.rejectImpatient(group, error);
      },
      wakeAt: (dueMs) => this.#keeper.wakeAt(dueMs),
      isAwaited: (group) => this.#waiters.findFirst(group) !== undefined,
      onLost: (connection) => this.#loans.forget(connection),
      figures: () => this.figures(),
    });
    this.#silence = new SilenceWatch({
      settings: this.#settings,
      clock,
      figures: () => this.figures(),
      borrow: (target, timeout) => {
        if (this.#ending !== undefined) throw closedError();
        return this.#borrow(this.#store.groupOfResolved(target), { timeout });
      },
    });
  }

  /**
   * Lends a connection to the target, the one used last if one is idle; gives it back by `giveBack` or `await using`.
   * @throws PoolTimeoutError, PoolConnectError, PoolExhaustedError, PoolClosedError, `signal.reason`, or UsageError for a
   * `timeout` that is no duration
   */
  borrow(target: ConnectionTarget, options: BorrowOptions = {}): Promise<ConnectionLease> {
    try {
      if (this.#ending !== undefined) throw closedError();
      if (options.timeout !== undefined) mustBeDuration(options.timeout);
      options.signal?.throwIfAborted();
      const lease = this.#borrow(this.#store.groupOf(target), options);
      return lease instanceof ConnectionLease ? Promise.resolve(lease) : lease;
    } catch (error) {
      return Promise.reject(error as Error);
    }
  }

  /**
   * Lends a connection if one is idle at this moment and needs no check, else gives undefined: `borrow` waits for one.
   * Overtakes nobody: while others wait for the target, none is idle.
   * @throws PoolConnectError when the target cannot be read
   */
  borrowIdle(target: ConnectionTarget, stack?: string): ConnectionLease | undefined {
    return this.#ending === undefined ? this.#borrowIdle(this.#store.groupOf(target), stack) : undefined;
  }

  #borrowIdle(group: TargetGroup, stack = this.stackForLeaks()): ConnectionLease | undefined {
    const nowMs = this.#clock.now();
    const idle = this.#store.takeIdle(group, nowMs, 'newest');
    return idle && this.#lend(idle, { nowMs, waitedMs: 0, stack, waiter: undefined });
  }

  #borrow(group: TargetGroup, options: BorrowOptions): ConnectionLease | Promise<ConnectionLease> {
    return this.#borrowIdle(group, options.stack) ?? this.#wait(group, options);
  }

  /**
   * Where the caller is, if the pool looks for leaks: for those who borrow later, on behalf of others, and want reports to
   * name these.
   */
  stackForLeaks(): string | undefined {
    if (this.#settings.leakThreshold === 0) return undefined;
    const { stackTraceLimit } = Error;
    // Deep enough to reach from our own frames to whoever called us.
    Error.stackTraceLimit = 40;
    const { stack } = new Error('Borrowed here');
    Error.stackTraceLimit = stackTraceLimit;
    return stack;
  }

  #wait(group: TargetGroup, options: BorrowOptions): Promise<ConnectionLease> {
    const { timeout, signal, hint } = options;
    const timeoutMs = timeout ?? this.#settings.borrowTimeout;
    const isPatient = timeoutMs > 0;
    const nowMs = this.#clock.now();
    const terms = {
      group,
      // With a time-out of 0 there is no wait for a place, but connecting takes the time it may take.
      timeoutMs: isPatient ? timeoutMs : this.#settings.connectTimeout,
      isPatient,
      signal,
      stack: options.stack ?? this.stackForLeaks(),
      hint,
    };
    const waiter = this.#waiters.add(terms, nowMs);
    this.#serve(nowMs);
    if (!waiter.isSettled && !waiter.isPromised) {
      if (!isPatient) waiter.reject(this.#timeoutError({ ...terms, timeoutMs }));
      else if (this.#waiters.size - this.#store.coming > this.#settings.maxWaiting)
        waiter.reject(this.#exhaustedError());
    }
    return waiter.promise;
  }

  #timeoutError({ group, timeoutMs, hint }: WaitTerms<TargetGroup>): PoolError {
    const figures = this.figures();
    this.#metrics.timeouts++;
    this.#announcer.timeout({ target: group.target.label, timeoutMs, figures });
    return group.outage === undefined
      ? new PoolTimeoutError({ timeoutMs, figures, hint })
      : stillUnreachable(group.outage.error, { timeoutMs, figures });
  }

  #exhaustedError(): PoolExhaustedError {
    return new PoolExhaustedError({ maxWaiting: this.#settings.maxWaiting, figures: this.figures() });
  }

  /**
   * Takes a connection back; with an `error` it is destroyed.
   * @throws StaleLeaseError when it was given back before, belongs to another pool, or was closed by `end`
   */
  giveBack(lease: ConnectionLease, error?: unknown): void {
    const loan = ConnectionLease.loanOf(lease, this);
    const { connection } = loan;
    if (this.#hasEnded) {
      this.#loans.end(loan);
      throw endedLease();
    }
    const nowMs = this.#clock.now();
    const heldMs = nowMs - loan.sinceMs;
    this.#loans.end(loan);
    this.#metrics.used.note(heldMs);
    this.#announcer.giveBack(connection, { heldMs, error });
    this.#store.takeBack(connection, { isRefused: error !== undefined || this.#ending !== undefined, nowMs });
  }

  /** Counts at this moment. */
  stats(): PoolStats {
    const waiting = new Map<TargetGroup, number>();
    for (const { terms } of this.#waiters) waiting.set(terms.group, (waiting.get(terms.group) ?? 0) + 1);
    const targets = this.#store.groups.map((group) => ({
      target: group.target.label,
      borrowed: group.borrowed.size,
      idle: group.idle.length + group.readying.size,
      connecting: group.connecting.size,
      waiting: waiting.get(group) ?? 0,
    }));
    return { ...this.figures(), targets };
  }

  /** The counts without those of each target. */
  figures(): PoolFigures {
    const { borrowed, idle, connecting } = this.#store.counts();
    const { oldestSinceMs } = this.#loans;
    return {
      total: borrowed + idle + connecting,
      borrowed,
      idle,
      connecting,
      waiting: this.#waiters.size,
      max: this.#settings.max,
      oldestBorrowedMs: oldestSinceMs === undefined ? 0 : this.#clock.now() - oldestSinceMs,
    };
  }

  /** Counters and histograms over the life of the pool, under the names of OpenTelemetry. */
  metrics(): PoolMetrics {
    return this.#metrics.read(this.#settings, this.figures());
  }

  /** Its `applicationName`, by which metrics and diagnostics channels tell pools apart. */
  get name(): string {
    return this.#settings.applicationName;
  }

  /** Calls `listener` on every such event. */
  on<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): this {
    this.#announcer.on(event, listener);
    return this;
  }

  /** Calls it no more. */
  off<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): this {
    this.#announcer.off(event, listener);
    return this;
  }

  /**
   * Closes the target's idle connections and cuts its borrowed ones, whose holders get errors; those of other targets
   * are not touched. Settles when they are gone, so that the database can be dropped. Borrowing goes on.
   */
  async closeAll(target: ConnectionTarget): Promise<void> {
    await this.#store.closeAll(target);
  }

  /**
   * Ends the pool: nothing more is lent, waiters get PoolClosedError, borrowed connections are awaited for `timeout` ms
   * (default `borrowTimeout`); what still runs then is stopped on the server and cut. Settles when every socket is
   * closed, 250 ms after the time-out at the latest. Calling it again changes nothing.
   */
  end(options: { readonly timeout?: number | undefined } = {}): Promise<void> {
    this.#ending ??= this.#close(options.timeout ?? this.#settings.borrowTimeout);
    return this.#ending;
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#keeper.stop();
    this.#waiters.rejectAll(closedError);
    await this.#store.closeEverything(timeoutMs);
    this.#hasEnded = true;
  }

  /** Whether `end` is over: nothing is lent, and nothing taken back. */
  get hasEnded(): boolean {
    return this.#hasEnded;
  }

  /**
   * Gives what there is to those who wait, in order of arrival. Nothing is awaited here, so that no two borrowers can
   * be given the same connection or the same place.
   */
  #serve(nowMs: number): void {
    let { first } = this.#waiters;
    // One alone may wait for the newest connection to be reset; where several wait, order is worth more.
    const which = this.#waiters.size === 1 ? 'newest' : 'any';
    // Nearly always one connection came back, and the first in line can have it.
    for (let idle; first !== null; { first } = this.#waiters) {
      idle = this.#store.takeIdle(first.terms.group, nowMs, which);
      if (idle === undefined) break;
      this.#hand(idle, first, nowMs);
    }
    if (first !== null && !this.#store.isAllBorrowed) this.#serveRound(nowMs, which);
  }

  #serveRound(nowMs: number, which: 'newest' | 'any'): void {
    const round = this.#store.startRound(nowMs, which);
    const number = ++this.#rounds;
    for (let waiter = this.#waiters.first, next: typeof waiter; waiter !== null; waiter = next) {
      ({ next } = waiter);
      const answer = round.find(waiter.terms.group);
      if (answer === 'nothing left') return;
      waiter.isPromised = answer === 'coming';
      if (typeof answer === 'object') this.#hand(answer, waiter, nowMs);
      // Who listens to borrowing may have aborted others, or have taken what this round counts on.
      if (next?.isSettled === true || number !== this.#rounds) return this.#serve(nowMs);
    }
  }

  #hand(connection: PooledConnection, waiter: Waiter<ConnectionLease, TargetGroup>, nowMs: number): void {
    const { sinceMs, terms } = waiter;
    this.#lend(connection, { nowMs, waitedMs: nowMs - sinceMs, stack: terms.stack, waiter });
  }

  #lend(
    connection: PooledConnection,
    facts: {
      readonly nowMs: number;
      readonly waitedMs: number;
      readonly stack: string | undefined;
      readonly waiter: Waiter<ConnectionLease, TargetGroup> | undefined;
    },
  ): ConnectionLease {
    const { nowMs, waitedMs, waiter } = facts;
    const lease = this.#loans.add(connection, facts);
    // Before anybody hears of it: who listens may abort the waiter, or give back what it would then be handed, too.
    waiter?.resolve(lease);
    this.#metrics.waited.note(waitedMs);
    this.#keeper.wakeAt(this.#loans.firstLookMs(nowMs));
    this.#announcer.borrow(connection, waitedMs);
    return lease;
  }

  /** Closes what was idle for too long or is too old, and looks after what is out for long; gives when to look again. */
  #keepHouse(): number {
    const nextMs = this.#store.closeExpired();
    const silenceMs = this.#store.groups.map((group) => this.#silence.watch(group));
    return Math.min(nextMs, ...silenceMs, this.#loans.look(this.#clock.now()));
  }
}

function mustBeDuration(timeout: unknown): void {
  if (typeof timeout === 'number' && timeout >= 0) return;
  throw new UsageError(`A time-out must be a number of at least 0, in ms, not ${String(timeout)}.`);
}

function closedError(): PoolClosedError {
  return new PoolClosedError('The connection pool has been ended.', {
    hint: 'Borrow before shutdown begins; work that starts later finds no connection.',
  });
}
