/** Turns the text in which the server sends a value into the value. */
export type ValueParser = (text: string) => unknown;

/** One statement as it goes over the wire. */
export interface Statement {
  readonly text: string;
  /** Its parameters. Text, numbers, bigints, booleans, Decimals, Dates, Buffers, arrays of these; other objects as JSON. */
  readonly values?: readonly unknown[] | undefined;
  /**
   * Name under which each session keeps the prepared statement: the same name always stands for the same text. A
   * session forgets the name by itself when its plan no longer fits.
   */
  readonly name?: string | undefined;
  /**
   * One parser a column; null keeps the text. Given: each row is an array, parsed in place, and columns past the list
   * are kept as they came. Not given: rows are objects, parsed by type: int8 → bigint, numeric → Decimal,
   * date, time and timestamp without zone → string, timestamptz → Date, json parsed, bytea → Buffer, arrays of these.
   */
  readonly columns?: readonly (ValueParser | null)[] | undefined;
  /**
   * 'read': a SELECT this package made; 'write': another statement it made; 'batch': several of its statements in one
   * text, without parameters, whose rows nobody wants; 'raw' (default): somebody's SQL.
   */
  readonly origin?: 'read' | 'write' | 'batch' | 'raw' | undefined;
}

/** Transaction control is ours and returns no rows. */
export const control = { origin: 'write', columns: [] } as const;

/** What a statement gave. `command` is the first word of the server's tag: `SELECT`, `INSERT`, `COMMIT`… */
export interface StatementResult {
  readonly rows: unknown[];
  /** Rows returned or changed. */
  readonly rowCount: number;
  readonly command: string;
}

export interface SendOptions {
  /** Stops the statement on the server; its promise then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** Commands without rows or parameters that run just before, in the same write: `BEGIN`, `SAVEPOINT a`… */
  readonly before?: readonly string[] | undefined;
}
