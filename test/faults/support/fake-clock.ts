import type { Clock } from '../../../lib/pool/clock.js';
import type { SeededRandom } from '../../support/seeded-random.js';

interface Timer {
  readonly dueMs: number;
  readonly delayMs: number;
  readonly task: () => void;
}

/** A clock that stands still until it is told how far to go. */
export class FakeClock implements Clock {
  readonly #random: SeededRandom;
  readonly #timers = new Set<Timer>();
  #nowMs = 0;

  constructor(random: SeededRandom) {
    this.#random = random;
  }

  now(): number {
    return this.#nowMs;
  }

  after(delayMs: number, task: () => void): () => void {
    const timer = { dueMs: this.#nowMs + Math.max(0, delayMs), delayMs, task };
    this.#timers.add(timer);
    return () => this.#timers.delete(timer);
  }

  random(): number {
    return this.#random.next();
  }

  /** Goes on by so many ms. What falls due meanwhile runs at its own moment, in order; no answer arrives meanwhile. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (let next = this.#nextUntil(endMs); next !== undefined; next = this.#nextUntil(endMs)) {
      this.#timers.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.task();
    }
    this.#nowMs = endMs;
  }

  #nextUntil(endMs: number): Timer | undefined {
    let next: Timer | undefined;
    for (const timer of this.#timers) {
      if (timer.dueMs <= endMs && (next === undefined || timer.dueMs < next.dueMs)) next = timer;
    }
    return next;
  }

  /** Whether something waits that was set to that many ms or more. */
  hasTimerOf(atLeastMs: number): boolean {
    for (const { delayMs } of this.#timers) if (delayMs >= atLeastMs) return true;
    return false;
  }
}
