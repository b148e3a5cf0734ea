import type { LendingPool, Session } from '../subjects/subject.js';

/** What a case asks of the tables between measurements. */
export interface Tables {
  /** The items of `items.ts`, and no others. */
  fill(): Promise<void>;
  /** No items. */
  empty(): Promise<void>;
  /** Takes away what earlier changes left behind, which would slow down whoever comes later. */
  tidy(): Promise<void>;
  /** The only value of an expression over all items. */
  ask(expression: string): Promise<number>;
}

/** How long each borrower waited; microseconds. */
export interface WaitingTimes {
  add(microseconds: number): void;
}

interface Described {
  /** As typed after `--cases`. */
  readonly name: string;
  readonly title: string;
  /** At most so many times the yardstick's time; undefined: nothing is promised. */
  readonly limit?: number;
  /** Untimed, before the first measurement. */
  before?(tables: Tables): Promise<void>;
  /** Untimed, before each measurement. */
  beforeEach?(tables: Tables): Promise<void>;
  /** Untimed, after each measurement: whether the work was really done. @throws Error if not */
  afterEach?(tables: Tables): Promise<void>;
}

/** A unit of work, timed in the subject's process. */
export interface WorkCase extends Described {
  readonly kind: 'work';
  /** One unit of work; `step` counts them. @throws Error when what was read is wrong */
  run(session: Session, step: number): Promise<void>;
}

export interface BenchRequest {
  readonly method: 'GET' | 'POST';
  readonly path: string;
  readonly body?: string;
  /** The status of every answer. */
  readonly status: number;
}

/** Requests to the subject's server, timed from outside under closed-loop load. */
export interface HttpCase extends Described {
  readonly kind: 'http';
  request(step: number): BenchRequest;
}

/** Borrowing and giving back, and no statement, timed in the subject's process. */
export interface PoolCase extends Described {
  readonly kind: 'pool';
  /** Whether the time that borrowers wait is worth a table. */
  readonly hasWaiters: boolean;
  /**
   * Borrows and gives back many times, since a clock is slower than a pool; gives how often.
   * @throws Error when more was lent than there is
   */
  run(pool: LendingPool<unknown>, waits: WaitingTimes): Promise<number>;
}

export type BenchCase = WorkCase | HttpCase | PoolCase;

/** @throws Error naming both when they differ */
export function mustBe(found: unknown, expected: unknown): void {
  if (found !== expected) throw new Error(`Wrong result: ${String(found)} instead of ${String(expected)}.`);
}
