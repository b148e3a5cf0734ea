/** What went over the wire. */
export interface CursorStats {
  /** Statements sent, without transaction control. */
  readonly statements: number;
  /**
   * Waits for the server: statements that left in one write share one, as BEGIN does with the first. COMMIT is one where
   * it is waited for: after writes, SQL of others and `beforeCommit` hooks.
   */
  readonly roundTrips: number;
  /** Rows that came back. */
  readonly rows: number;
  /** Time from sending to answer, added up over the statements; ms. */
  readonly milliseconds: number;
  /** Those of the statements that failed. */
  readonly failed: number;
}

/** One statement that was answered. */
export interface AnsweredStatement {
  /** Rows that came back. */
  readonly rows: number;
  /** From sending to the answer, in ms. */
  readonly milliseconds: number;
  readonly hasFailed: boolean;
}

/** Counts statements, and adds them to the log around it: a cursor's to its registry's. */
export class StatementLog {
  readonly #parent: StatementLog | undefined;
  #statements = 0;
  #roundTrips = 0;
  #rows = 0;
  #milliseconds = 0;
  #failed = 0;

  constructor(parent?: StatementLog) {
    this.#parent = parent;
  }

  noteSent(): void {
    this.#statements++;
    this.#parent?.noteSent();
  }

  noteRoundTrip(): void {
    this.#roundTrips++;
    this.#parent?.noteRoundTrip();
  }

  noteAnswered(statement: AnsweredStatement): void {
    this.#rows += statement.rows;
    this.#milliseconds += statement.milliseconds;
    if (statement.hasFailed) this.#failed++;
    this.#parent?.noteAnswered(statement);
  }

  stats(): CursorStats {
    return {
      statements: this.#statements,
      roundTrips: this.#roundTrips,
      rows: this.#rows,
      milliseconds: this.#milliseconds,
      failed: this.#failed,
    };
  }
}
