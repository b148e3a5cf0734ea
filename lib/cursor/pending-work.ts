/**
 * What a cursor asks of the layer above around its statements: the records' transaction keeps changes that have not
 * reached the server yet, and must write them before raw SQL, a savepoint or a commit, and forget them on a rollback.
 */
export interface PendingWork {
  /** Whether nothing is to be written, being written, or about to be asked. */
  readonly isIdle: boolean;
  /** Writes what is staged, dirty or waiting for computation. */
  flush(): Promise<void>;
  /** Notes the state at the start of a savepoint; what it gives is handed back to `undo` or `release`. */
  mark(): unknown;
  /** The savepoint failed: the state is again what it was at the mark. */
  undo(mark: unknown): void;
  /** The savepoint succeeded: its changes belong to what is around it. */
  release(mark: unknown): void;
  /** The database transaction was committed; hooks run after this. */
  committed(): void;
  /** The database transaction was rolled back: everything is forgotten. */
  clear(): void;
}
