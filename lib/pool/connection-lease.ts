import pg from 'pg';
import { DatabaseError } from '../errors/database-errors.js';
import { StaleLeaseError, type PoolConnectionLostError } from '../errors/pool-errors.js';
import type { ChainLink } from '../util/chain.js';
import type { PooledConnection } from './pooled-connection.js';
import type { SendOptions, Statement, StatementResult } from './statement.js';

/** Who takes a lease back. */
export interface Lender {
  /** Whether it has ended, and takes nothing back any more. */
  readonly hasEnded: boolean;
  giveBack(lease: ConnectionLease): void;
}

/** One loan of a connection. */
export class Loan implements ChainLink {
  chain: object | null = null;
  previous: this | null = null;
  next: this | null = null;
  /** Null once it was given back. */
  connection: PooledConnection | null;
  readonly lender: Lender;
  /** Held until the lease is watched: see `LoanBook`. */
  lease: ConnectionLease | null;
  readonly sinceMs: number;
  /** Where it was borrowed, when leaks are looked for. */
  readonly stack: string | undefined;
  isReported = false;

  constructor(
    connection: PooledConnection,
    facts: { readonly lender: Lender; readonly sinceMs: number; readonly stack: string | undefined },
  ) {
    this.connection = connection;
    this.lender = facts.lender;
    this.sinceMs = facts.sinceMs;
    this.stack = facts.stack;
    this.lease = new ConnectionLease(this);
  }
}

export interface QueryResult {
  /** Rows as objects, values parsed as `Statement.columns` tells. */
  readonly rows: Record<string, unknown>[];
  readonly rowCount: number;
  readonly command: string;
}

/**
 * A borrowed connection. Every borrow gets a lease of its own: one that was given back can do nothing any more, even
 * while somebody else has the same session.
 */
export class ConnectionLease {
  readonly #loan: Loan;

  /** For the pool. */
  constructor(loan: Loan) {
    this.#loan = loan;
  }

  /** The loan that a lease stands for. @throws StaleLeaseError when it is none of this lender, or was given back */
  static loanOf(lease: ConnectionLease, lender: Lender): Loan & { readonly connection: PooledConnection } {
    const loan = #loan in lease ? lease.#loan : undefined;
    if (loan?.lender !== lender) throw foreignLease();
    if (loan.connection === null) throw staleLease();
    return loan as Loan & { readonly connection: PooledConnection };
  }

  /**
   * Runs somebody's SQL; `values` replace `$1`, `$2`… An aborted `signal` stops it on the server and rejects with
   * `signal.reason`; the connection is destroyed when it comes back.
   * @throws DatabaseError with `sqlState`; PoolConnectionLostError; StaleLeaseError
   */
  async query(
    text: string,
    values?: readonly unknown[],
    options: { readonly signal?: AbortSignal | undefined } = {},
  ): Promise<QueryResult> {
    try {
      const result = await this.send(values === undefined ? { text } : { text, values }, options);
      return result as StatementResult & { readonly rows: Record<string, unknown>[] };
    } catch (error) {
      throw error instanceof pg.DatabaseError ? refusal(error) : error;
    }
  }

  /**
   * Sends a statement behind those sent before; all that is sent in one turn of the event loop leaves in one write.
   * Rejects with the driver's own error when the server refuses it.
   */
  send(statement: Statement, options?: SendOptions): Promise<StatementResult> {
    const { connection } = this.#loan;
    return connection === null ? Promise.reject(staleLease()) : connection.submit(statement, options);
  }

  /** Whether it was given back. */
  get isStale(): boolean {
    return this.#loan.connection === null;
  }

  /** Whether the session can still be used: false once it is lost, cancelled or given back. */
  get isUsable(): boolean {
    return this.#loan.connection?.isDoomed === false;
  }

  /** What to tell when it cannot be used any more. */
  lossError(): PoolConnectionLostError | StaleLeaseError {
    return this.#loan.connection?.lossError() ?? staleLease();
  }

  /** Number of the write that is being filled or was last sent: equal numbers share a round trip. */
  get batch(): number {
    return this.#held().batch;
  }

  /** The server's process id. */
  get processId(): number | null {
    return this.#held().processId;
  }

  /** What the server said last: 'I' outside a transaction, 'T' in one, 'E' in a failed one. */
  get transactionStatus(): 'I' | 'T' | 'E' | null {
    return this.#held().transactionStatus;
  }

  /**
   * The open transaction changed nothing and all of it was answered: its COMMIT is left to travel with the next
   * borrower's first statement, or to be sent by itself 2 ms after the lease was given back.
   */
  commitLater(): void {
    this.#held().debts.commitLater();
  }

  /** Stops what runs on the server. The connection is destroyed when it comes back. */
  cancel(reason?: unknown): void {
    this.#loan.connection?.cancel(reason);
  }

  /** Gives it back, unless that was done, or the pool has ended. */
  [Symbol.asyncDispose](): Promise<void> {
    if (!this.isStale && !this.#loan.lender.hasEnded) this.#loan.lender.giveBack(this);
    return Promise.resolve();
  }

  #held(): PooledConnection {
    if (this.#loan.connection === null) throw staleLease();
    return this.#loan.connection;
  }
}

function staleLease(): StaleLeaseError {
  return new StaleLeaseError('This connection was given back already.', {
    hint: 'Give a connection back once, at the place that borrowed it, and do not use it afterwards.',
  });
}

function foreignLease(): StaleLeaseError {
  return new StaleLeaseError('This connection was not borrowed from this pool.', {
    hint: 'Give it back to the pool that lent it: `await using connection = await pool.borrow(…)` does.',
  });
}

/** What to tell those who give back what an ended pool has closed. */
export function endedLease(): StaleLeaseError {
  return new StaleLeaseError('The pool has ended, and has closed this connection.', {
    hint: 'Give connections back before `end` runs into its time-out, or give it a longer one.',
  });
}

function refusal(error: pg.DatabaseError): DatabaseError {
  const { code: sqlState, constraint, table, column } = error;
  return new DatabaseError(`The database refused a statement (SQLSTATE ${sqlState ?? 'unknown'}).`, {
    sqlState,
    constraint,
    table,
    column,
    cause: error,
  });
}
