import type { Clock } from './clock.js';

/** Times the pool's housekeeping: one timer, set to when something is due next, never keeping the process alive. */
export class PoolKeeper {
  readonly #clock: Clock;
  readonly #sweep: () => number;
  #cancelTimer: (() => void) | undefined;
  #dueMs = Number.POSITIVE_INFINITY;
  #isStopped = false;

  /** `sweep` does what is due and gives the ms until it must look again, `Infinity` for never. */
  constructor(clock: Clock, sweep: () => number) {
    this.#clock = clock;
    this.#sweep = sweep;
  }

  /** Something is due at that moment of the clock; cheap when an earlier look is planned already. */
  wakeAt(dueMs: number): void {
    if (dueMs >= this.#dueMs || this.#isStopped) return;
    this.#cancelTimer?.();
    this.#dueMs = dueMs;
    this.#cancelTimer = this.#clock.after(dueMs - this.#clock.now(), () => this.#look());
  }

  stop(): void {
    this.#isStopped = true;
    this.#cancelTimer?.();
  }

  #look(): void {
    this.#dueMs = Number.POSITIVE_INFINITY;
    this.#cancelTimer = undefined;
    // Not more often than every 10 ms, whatever rounding says.
    this.wakeAt(this.#clock.now() + Math.max(10, this.#sweep()));
  }
}
