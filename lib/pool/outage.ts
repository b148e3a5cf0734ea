import type { PoolConnectError } from '../errors/pool-errors.js';
import type { Clock } from './clock.js';

/** The first and the longest wait between two attempts, in ms. */
const firstWaitMs = 50;
const longestWaitMs = 500;

/**
 * The time in which a target cannot be reached. Those who want it wait; one attempt at a time finds out whether it is back,
 * after growing waits of random length, so that a server that comes up is not overrun by all that lost it.
 */
export class Outage {
  /** Why the last attempt failed. */
  error: PoolConnectError;
  readonly #clock: Clock;
  readonly #probe: () => void;
  #waitMs = firstWaitMs;
  #cancelTimer: (() => void) | undefined;

  /** `probe` makes one attempt; it is to be followed by `failedAgain` or `end`. */
  constructor(error: PoolConnectError, surroundings: { readonly clock: Clock; readonly probe: () => void }) {
    this.error = error;
    this.#clock = surroundings.clock;
    this.#probe = surroundings.probe;
    this.#wait();
  }

  failedAgain(error: PoolConnectError): void {
    this.error = error;
    // An attempt that was under way when it began is no probe: the one that is planned will do.
    if (this.#cancelTimer !== undefined) return;
    this.#waitMs = Math.min(longestWaitMs, this.#waitMs * 2);
    this.#wait();
  }

  end(): void {
    this.#cancelTimer?.();
    this.#cancelTimer = undefined;
  }

  #wait(): void {
    // From half of the wait up to the whole of it.
    const delayMs = this.#waitMs * (1 - this.#clock.random() / 2);
    this.#cancelTimer = this.#clock.after(Math.max(firstWaitMs, delayMs), () => {
      this.#cancelTimer = undefined;
      this.#probe();
    });
  }
}
