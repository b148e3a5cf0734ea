import { systemClock, type Clock } from '../../../lib/pool/clock.js';

/** The clock on the wall, which knows how many timers are set. */
export class WatchedClock implements Clock {
  readonly #timers = new Set<object>();

  /** Timers that are neither over nor cancelled. */
  get pending(): number {
    return this.#timers.size;
  }

  now(): number {
    return systemClock.now();
  }

  random(): number {
    return systemClock.random();
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = {};
    this.#timers.add(timer);
    const cancel = systemClock.after(delayMs, () => {
      this.#timers.delete(timer);
      task();
    });
    return () => {
      this.#timers.delete(timer);
      cancel();
    };
  }
}
