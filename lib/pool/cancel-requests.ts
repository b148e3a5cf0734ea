import type { Clock } from './clock.js';
import { sendCancel, type SessionClient } from './session-client.js';

/** When a request is made again, at first and at last; ms. */
const firstWaitMs = 50;
const longestWaitMs = 3_200;

/**
 * Asks the server to stop what a session does. Each request travels on a connection of its own and may overtake the
 * statement it is meant for, so it is made again, after growing waits, until the session has nothing to do.
 */
export class CancelRequests {
  readonly #client: SessionClient;
  readonly #clock: Clock;
  readonly #isNeeded: () => boolean;
  #delivered: Promise<void> | undefined;

  /** `isNeeded`: whether the session still has something to stop. */
  constructor(client: SessionClient, parts: { readonly clock: Clock; readonly isNeeded: () => boolean }) {
    this.#client = client;
    this.#clock = parts.clock;
    this.#isNeeded = parts.isNeeded;
  }

  /** Settles when the last request was delivered; undefined when there was none. */
  get delivered(): Promise<void> | undefined {
    return this.#delivered;
  }

  start(): void {
    this.#request(firstWaitMs);
  }

  #request(waitMs: number): void {
    if (!this.#isNeeded()) return;
    this.#delivered = sendCancel(this.#client);
    if (waitMs <= longestWaitMs) this.#clock.after(waitMs, () => this.#request(waitMs * 2));
  }
}
