import type { Clock } from '../../../lib/pool/clock.js';
import { SeededRandom } from '../../support/seeded-random.js';

/** A clock that stands still until it is moved, and whose chance the seed decides. */
export class HandClock implements Clock {
  readonly #random: SeededRandom;
  readonly #tasks = new Set<{ readonly dueMs: number; readonly task: () => void }>();
  #nowMs = 0;

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
  }

  now(): number {
    return this.#nowMs;
  }

  random(): number {
    return this.#random.next();
  }

  after(delayMs: number, task: () => void): () => void {
    const entry = { dueMs: this.#nowMs + delayMs, task };
    this.#tasks.add(entry);
    return () => this.#tasks.delete(entry);
  }

  /** Moves on by so many ms; what falls due runs at its time, earliest first. */
  advance(ms: number): void {
    const endMs = this.#nowMs + ms;
    for (;;) {
      const next = [...this.#tasks].sort((one, other) => one.dueMs - other.dueMs)[0];
      if (next === undefined || next.dueMs > endMs) break;
      this.#tasks.delete(next);
      this.#nowMs = Math.max(this.#nowMs, next.dueMs);
      next.task();
    }
    this.#nowMs = endMs;
  }
}
