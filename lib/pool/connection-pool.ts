import {
  PoolClosedError,
  PoolExhaustedError,
  PoolTimeoutError,
  type PoolError,
  type PoolFigures,
} from '../errors/pool-errors.js';
import { systemClock, type Clock } from './clock.js';
import { stillUnreachable } from './connection-failure.js';
import { ConnectionLease, type Lender, type Loan } from './connection-lease.js';
import type { ConnectionTarget } from './connection-target.js';
import { ConnectionStore } from './connection-store.js';
import { poolSettings, type PoolOptions, type PoolSettings } from './pool-options.js';
import { PoolAnnouncer, poolChannels, type PoolEvents } from './pool-events.js';
import { PoolKeeper } from './pool-keeper.js';
import type { PoolStats } from './pool-stats.js';
import type { PooledConnection } from './pooled-connection.js';
import { SilenceWatch } from './silence-watch.js';
import type { TargetGroup } from './target-group.js';
import { WaitQueue } from './wait-queue.js';

export interface BorrowOptions {
  /** Gives up waiting; the promise then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** For waiting, connecting and checking together, in ms; 0: do not wait for a place. Default `borrowTimeout`. */
  readonly timeout?: number | undefined;
  /** What to tell if the time runs out, when the borrower knows better than the pool what to do. */
  readonly hint?: string | undefined;
}

/** From when on a lease is watched, in ms. */
const watchedAfterMs = 1_000;

/**
 * Lends server sessions to the whole process, to any database, never more than `max` at a time.
 *
 * Borrowers are served in order of arrival. A connection that comes back goes to the next of them, is kept for reuse,
 * is reset or is destroyed; it is asked itself which, a caller's word can only make that stricter.
 */
export class ConnectionPool implements Lender {
  readonly #settings: PoolSettings;
  readonly #clock: Clock;
  readonly #announcer = new PoolAnnouncer();
  readonly #waiters: WaitQueue<ConnectionLease, TargetGroup>;
  readonly #store: ConnectionStore;
  readonly #keeper: PoolKeeper;
  readonly #silence: SilenceWatch;
  /** Loans by connection, oldest first. */
  readonly #loans = new Map<PooledConnection, Loan>();
  /**
   * A lease that nobody can give back any more: its connection is taken back. Leases are registered when they are out for
   * longer than most, since registering one costs more than lending it; until then the loan holds them.
   */
  readonly #lostLeases = new FinalizationRegistry<Loan>((loan) => this.#reclaim(loan));
  #ending: Promise<void> | undefined;

  constructor(options: PoolOptions = {}, clock: Clock = systemClock) {
    this.#settings = poolSettings(options);
    this.#clock = clock;
    this.#waiters = new WaitQueue(clock);
    this.#keeper = new PoolKeeper(clock, () => this.#keepHouse());
    this.#silence = new SilenceWatch({
      settings: this.#settings,
      clock,
      figures: () => this.figures(),
      borrow: (target, timeout) => this.#borrow(this.#store.groupOfResolved(target), { timeout }),
    });
    this.#store = new ConnectionStore(this.#settings, {
      clock,
      announcer: this.#announcer,
      onChange: () => this.#serve(),
      onConnectError: (group, error, kind) => {
        // While others may hope that the target comes back, those who would not wait are told at once.
        if (kind === 'lasting') this.#waiters.findFirst(group)?.reject(error);
        else this.#waiters.rejectImpatient(group, error);
      },
      wake: (delayMs) => this.#keeper.wake(delayMs),
      isAwaited: (group) => this.#waiters.findFirst(group) !== undefined,
      onLost: (connection) => this.#loans.delete(connection),
      figures: () => this.figures(),
    });
  }

  /**
   * Lends a connection to the target, the one used last if one is idle; gives it back by `giveBack` or `await using`.
   * @throws PoolTimeoutError, PoolConnectError, PoolExhaustedError, PoolClosedError, or `signal.reason`
   */
  async borrow(target: ConnectionTarget, options: BorrowOptions = {}): Promise<ConnectionLease> {
    const { signal } = options;
    if (this.#ending !== undefined) throw closedError();
    signal?.throwIfAborted();
    return this.#borrow(this.#store.groupOf(target), options);
  }

  #borrow(group: TargetGroup, options: BorrowOptions): ConnectionLease | Promise<ConnectionLease> {
    const stack = this.#stackHere();
    const idle = this.#store.takeIdle(group);
    return idle === undefined ? this.#wait(group, options, stack) : this.#lend(idle, stack);
  }

  /**
   * Lends a connection if one is idle at this moment and needs no check, else gives undefined: `borrow` waits for one.
   * Overtakes nobody: while others wait for the target, none is idle.
   * @throws PoolConnectError when the target cannot be read
   */
  borrowIdle(target: ConnectionTarget): ConnectionLease | undefined {
    if (this.#ending !== undefined) return undefined;
    const idle = this.#store.takeIdle(this.#store.groupOf(target));
    return idle === undefined ? undefined : this.#lend(idle, this.#stackHere());
  }

  #stackHere(): string | undefined {
    return this.#settings.leakThreshold > 0 ? new Error('Borrowed here').stack : undefined;
  }

  async #wait(group: TargetGroup, options: BorrowOptions, stack: string | undefined): Promise<ConnectionLease> {
    const timeoutMs = options.timeout ?? this.#settings.borrowTimeout;
    const timeoutError = (): PoolError => {
      const figures = this.figures();
      poolChannels.timeout.publish({ target: group.target.label, timeoutMs, figures });
      return group.outage === undefined
        ? new PoolTimeoutError({ timeoutMs, figures, hint: options.hint })
        : stillUnreachable(group.outage.error, { timeoutMs, figures });
    };
    const { waiter, promise } = this.#waiters.add({
      group,
      // With a time-out of 0 there is no wait for a place, but connecting takes the time it may take.
      timeoutMs: timeoutMs === 0 ? this.#settings.connectTimeout : timeoutMs,
      isPatient: timeoutMs > 0,
      signal: options.signal,
      timeoutError,
      stack,
    });
    this.#serve();
    if (!waiter.isSettled && !waiter.isPromised) {
      if (timeoutMs === 0) waiter.reject(timeoutError());
      else if (this.#waiters.size > this.#settings.maxWaiting) waiter.reject(this.#exhaustedError());
    }
    return promise;
  }

  /**
   * Takes a connection back; with an `error` it is destroyed.
   * @throws StaleLeaseError when it was given back before, or belongs to another pool
   */
  giveBack(lease: ConnectionLease, error?: unknown): void {
    const loan = ConnectionLease.loanOf(lease, this);
    const { connection } = loan;
    this.#end(loan);
    if (poolChannels.giveBack.hasSubscribers) {
      const heldMs = this.#clock.now() - loan.sinceMs;
      poolChannels.giveBack.publish({ target: connection.target.label, heldMs, error });
    }
    this.#store.takeBack(connection, { isRefused: error !== undefined || this.#ending !== undefined });
  }

  /** From here on the lease can do nothing. */
  #end(loan: Loan): void {
    if (loan.connection !== null) this.#loans.delete(loan.connection);
    loan.connection = null;
    // Only what was registered is looked for.
    if (loan.lease === null) this.#lostLeases.unregister(loan);
    else loan.lease = null;
  }

  /** Counts at this moment. */
  stats(): PoolStats {
    const waiting = new Map<TargetGroup, number>();
    for (const { group } of this.#waiters) waiting.set(group, (waiting.get(group) ?? 0) + 1);
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
    const [oldest] = this.#loans.values();
    return {
      total: borrowed + idle + connecting,
      borrowed,
      idle,
      connecting,
      waiting: this.#waiters.size,
      max: this.#settings.max,
      oldestBorrowedMs: oldest === undefined ? 0 : this.#clock.now() - oldest.sinceMs,
    };
  }

  /** Calls `listener` on every such event. */
  on<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): this {
    this.#announcer.on(event, listener);
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
   * (default `borrowTimeout`) and then cut. Settles when every socket is closed. Calling it again changes nothing.
   */
  end(options: { readonly timeout?: number | undefined } = {}): Promise<void> {
    this.#ending ??= this.#close(options.timeout ?? this.#settings.borrowTimeout);
    return this.#ending;
  }

  async #close(timeoutMs: number): Promise<void> {
    this.#keeper.stop();
    this.#waiters.rejectAll(closedError);
    await this.#store.closeEverything(timeoutMs);
  }

  /**
   * Gives what there is to those who wait, in order of arrival. Nothing is awaited here, so that no two borrowers can
   * be given the same connection or the same place.
   */
  #serve(): void {
    if (this.#waiters.size === 0) return;
    const round = this.#store.startRound();
    for (const waiter of this.#waiters) {
      const answer = round.find(waiter.group);
      if (answer === 'nothing left') return;
      waiter.isPromised = answer === 'coming';
      if (typeof answer === 'object') waiter.resolve(this.#lend(answer, waiter.stack));
    }
  }

  #lend(connection: PooledConnection, stack: string | undefined): ConnectionLease {
    const loan: Loan = {
      connection,
      lender: this,
      lease: null,
      sinceMs: this.#clock.now(),
      stack,
      isReported: false,
    };
    const lease = (loan.lease = new ConnectionLease(loan));
    this.#loans.set(connection, loan);
    this.#keeper.wake(stack === undefined ? watchedAfterMs : Math.min(watchedAfterMs, this.#settings.leakThreshold));
    if (poolChannels.borrow.hasSubscribers) {
      poolChannels.borrow.publish({ target: connection.target.label, processId: connection.processId });
    }
    return lease;
  }

  #reclaim(loan: Loan): void {
    const { connection } = loan;
    if (connection === null) return;
    this.#end(loan);
    this.#reportLeak(connection, loan);
    this.#store.takeBack(connection, { isRefused: true });
  }

  #reportLeak(connection: PooledConnection, loan: Loan): void {
    loan.isReported = true;
    this.#announcer.leak({
      target: connection.target.label,
      stack: loan.stack ?? 'Set `leakThreshold` to learn where it was borrowed.',
      heldMs: this.#clock.now() - loan.sinceMs,
    });
  }

  /** Closes what was idle for too long or is too old, watches and reports what is out for long; gives when to look again. */
  #keepHouse(): number {
    let nextMs = this.#store.closeExpired();
    for (const group of this.#store.groups) nextMs = Math.min(nextMs, this.#silence.watch(group));
    for (const [connection, loan] of this.#loans) {
      const heldMs = this.#clock.now() - loan.sinceMs;
      if (loan.lease !== null && heldMs >= watchedAfterMs) this.#watch(loan, loan.lease);
      else if (loan.lease !== null) nextMs = Math.min(nextMs, watchedAfterMs - heldMs);
      const { leakThreshold } = this.#settings;
      if (leakThreshold === 0 || loan.isReported) continue;
      if (heldMs >= leakThreshold) this.#reportLeak(connection, loan);
      else nextMs = Math.min(nextMs, leakThreshold - heldMs);
    }
    return nextMs;
  }

  #watch(loan: Loan, lease: ConnectionLease): void {
    this.#lostLeases.register(lease, loan, loan);
    loan.lease = null;
  }

  #exhaustedError(): PoolExhaustedError {
    return new PoolExhaustedError({ maxWaiting: this.#settings.maxWaiting, figures: this.figures() });
  }
}

function closedError(): PoolClosedError {
  return new PoolClosedError('The connection pool has been ended.', {
    hint: 'Borrow before shutdown begins; work that starts later finds no connection.',
  });
}
