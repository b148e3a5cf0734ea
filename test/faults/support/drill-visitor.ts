import type { ConnectionLease } from '../../../lib/pool/connection-lease.js';
import type { Guest } from './pool-model.js';
import type { OpenSession } from './session-book.js';

/** An error that somebody must be told, and nothing else. */
export interface Refusal {
  readonly what: string;
  readonly fits: (error: unknown) => boolean;
}

/** One borrow of a drill, from the call to the return of its lease. */
export class Visitor implements Guest {
  readonly name: string;
  readonly database: string;
  readonly timeoutMs: number;
  /** Not to be told that its time is over before this moment of the clock. */
  readonly deadlineMs: number;
  readonly leaving = new AbortController();
  /** What it must be told, once that is decided. */
  refusal: Refusal | undefined;
  /** Whether its borrow has ended, in whatever way. */
  isSettled = false;
  lease: ConnectionLease | undefined;
  session: OpenSession | undefined;
  sinceMs = 0;
  /** Whether it has looked round in its session and found it clean. */
  isReady = false;
  /** Its session ended under it: it has a lease and no place. */
  isLost = false;
  /** A statement of its was refused: it may be in a failed transaction. */
  isDisturbed = false;
  /** Why its session must not be used by the next. */
  doom: string | undefined;

  constructor(name: string, facts: { readonly database: string; readonly timeoutMs: number; readonly nowMs: number }) {
    this.name = name;
    this.database = facts.database;
    this.timeoutMs = facts.timeoutMs;
    // Without a wait for a place there is none to be over: connecting takes the time it may take.
    this.deadlineMs = facts.timeoutMs === 0 ? Number.POSITIVE_INFINITY : facts.nowMs + facts.timeoutMs;
  }

  get isPatient(): boolean {
    return this.timeoutMs > 0;
  }
}
