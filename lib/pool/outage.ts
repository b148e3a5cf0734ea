import type { PoolConnectError } from '../errors/pool-errors.js';
import type { Clock } from './clock.js';

/** The first wait between two attempts and the longest, which is made longer by up to a quarter at random; ms. */
const firstWaitMs = 50;
const longestWaitMs = 250;
/** After so many attempts in a row that found no free place the outage is ended, and waiters are served in turn. */
const mostPostponements = 4;

/**
 * The time in which a target cannot be reached. Those who want it wait; one attempt at a time finds out whether it is back,
 * after growing waits of random length, so that a server that comes up is not overrun by all that lost it.
 */
export class Outage {
  /** Why the last attempt failed. */
  error: PoolConnectError;
  /** When the first attempt failed. */
  readonly sinceMs: number;
  readonly #clock: Clock;
  readonly #probe: () => void;
  #waitMs = firstWaitMs;
  #postponements = 0;
  #cancelTimer: (() => void) | undefined;

  /** `probe` makes one attempt; it is to be followed by `failedAgain`, `postpone` or `end`. */
  constructor(error: PoolConnectError, surroundings: { readonly clock: Clock; readonly probe: () => void }) {
    this.error = error;
    this.#clock = surroundings.clock;
    this.sinceMs = surroundings.clock.now();
    this.#probe = surroundings.probe;
    this.#wait();
  }

  /** There was no room for an attempt: another is made after the same wait. Gives false when that was so too often. */
  postpone(): boolean {
    if (++this.#postponements > mostPostponements) return false;
    this.#wait();
    return true;
  }

  failedAgain(error: PoolConnectError): void {
    this.error = error;
    this.#postponements = 0;
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
    // Processes that lost the server together must not come back together.
    const delayMs = this.#waitMs * (1 + this.#clock.random() / 4);
    const look = (): void => {
      this.#cancelTimer = undefined;
      this.#probe();
    };
    // With no socket open nothing else keeps a process alive whose start waits for its database.
    this.#cancelTimer = this.#clock.after(delayMs, look, { keepsAlive: true });
  }
}
