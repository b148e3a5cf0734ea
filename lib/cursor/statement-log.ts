/** One statement that was answered; transaction control is not among them. */
export interface StatementRecord {
  readonly text: string;
  readonly origin: 'read' | 'write' | 'raw';
  /** Rows that came back. */
  readonly rows: number;
  /** From sending to the answer, in ms. */
  readonly milliseconds: number;
  /** Why it failed, if it did. */
  readonly error?: unknown;
}

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

/** Counts statements, and adds them to the log around it: a cursor's to its registry's. */
export class StatementLog {
  readonly #parent: StatementLog | undefined;
  readonly #listener: ((record: StatementRecord) => void) | undefined;
  #statements = 0;
  #roundTrips = 0;
  #rows = 0;
  #milliseconds = 0;
  #failed = 0;

  constructor(
    options: {
      readonly parent?: StatementLog | undefined;
      /** Told of every answered statement of this log and of those below it. */
      readonly listener?: ((record: StatementRecord) => void) | undefined;
    } = {},
  ) {
    this.#parent = options.parent;
    this.#listener = options.listener;
  }

  noteSent(): void {
    this.#statements++;
    this.#parent?.noteSent();
  }

  noteRoundTrip(): void {
    this.#roundTrips++;
    this.#parent?.noteRoundTrip();
  }

  noteAnswered(record: StatementRecord): void {
    this.#rows += record.rows;
    this.#milliseconds += record.milliseconds;
    if (record.error !== undefined) this.#failed++;
    this.#listener?.(record);
    this.#parent?.noteAnswered(record);
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
