import { Chain } from '../util/chain.js';
import type { Clock } from './clock.js';
import { Loan, type ConnectionLease, type Lender } from './connection-lease.js';
import type { PoolAnnouncer } from './pool-events.js';
import type { PooledConnection } from './pooled-connection.js';

/** From when on a lease is watched, in ms. */
const watchedAfterMs = 1_000;

export interface LoanSurroundings {
  readonly lender: Lender;
  readonly clock: Clock;
  readonly announcer: PoolAnnouncer;
  /** A loan out for longer is reported, in ms; 0: none is. */
  readonly leakThreshold: number;
  /** Nobody can give the connection back any more. */
  readonly onLost: (connection: PooledConnection) => void;
}

/** Who has which connection since when, and who has it for too long. */
export class LoanBook {
  readonly #surroundings: LoanSurroundings;
  /** Oldest first. */
  readonly #loans = new Chain<Loan>();
  /**
   * A lease that nobody can give back any more: its connection is taken back. Leases are registered when they are out for
   * longer than most, since registering one costs more than lending it; until then the loan holds them.
   */
  readonly #lostLeases = new FinalizationRegistry<Loan>((loan) => this.#reclaim(loan));

  constructor(surroundings: LoanSurroundings) {
    this.#surroundings = surroundings;
  }

  add(
    connection: PooledConnection,
    { nowMs, stack }: { readonly nowMs: number; readonly stack: string | undefined },
  ): ConnectionLease {
    const loan = new Loan(connection, { lender: this.#surroundings.lender, sinceMs: nowMs, stack });
    this.#loans.append(loan);
    return loan.lease!;
  }

  /** When a loan that begins now has to be looked at, as a moment of the clock. */
  firstLookMs(nowMs: number): number {
    const { leakThreshold } = this.#surroundings;
    return nowMs + (leakThreshold === 0 ? watchedAfterMs : Math.min(watchedAfterMs, leakThreshold));
  }

  /** From here on the lease can do nothing. */
  end(loan: Loan): void {
    this.#loans.remove(loan);
    loan.connection = null;
    // Only what was registered is looked for.
    if (loan.lease === null) this.#lostLeases.unregister(loan);
    else loan.lease = null;
  }

  /** The connection is gone; its holder may give it back or not. */
  forget(connection: PooledConnection): void {
    for (const loan of this.#loans) if (loan.connection === connection) this.#loans.remove(loan);
  }

  /** Since when the oldest loan is out, as a moment of the clock; undefined when none is. */
  get oldestSinceMs(): number | undefined {
    return this.#loans.first?.sinceMs;
  }

  /** Watches and reports what is out for long; gives when to look again, in ms. */
  look(nowMs: number): number {
    const { leakThreshold } = this.#surroundings;
    let nextMs = Number.POSITIVE_INFINITY;
    const leaks: Loan[] = [];
    for (const loan of this.#loans) {
      const heldMs = nowMs - loan.sinceMs;
      if (loan.lease !== null && heldMs >= watchedAfterMs) this.#watch(loan, loan.lease);
      else if (loan.lease !== null) nextMs = Math.min(nextMs, watchedAfterMs - heldMs);
      if (leakThreshold === 0 || loan.isReported) continue;
      if (heldMs >= leakThreshold) leaks.push(loan);
      else nextMs = Math.min(nextMs, leakThreshold - heldMs);
    }
    // Who is told of one may give others back.
    for (const loan of leaks) if (loan.connection !== null) this.#report(loan);
    return nextMs;
  }

  #watch(loan: Loan, lease: ConnectionLease): void {
    this.#lostLeases.register(lease, loan, loan);
    loan.lease = null;
  }

  #reclaim(loan: Loan): void {
    const { connection } = loan;
    if (connection === null) return;
    if (!loan.isReported) this.#report(loan);
    this.end(loan);
    this.#surroundings.onLost(connection);
  }

  #report(loan: Loan): void {
    const { announcer, clock } = this.#surroundings;
    loan.isReported = true;
    announcer.leak({
      target: loan.connection?.target.label ?? '',
      stack: loan.stack ?? 'Set `leakThreshold` to learn where it was borrowed.',
      heldMs: clock.now() - loan.sinceMs,
    });
  }
}
