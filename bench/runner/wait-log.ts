import type { WaitingTimes } from '../cases/bench-case.js';

/** Collects waiting times without making garbage for each, which the subject would have to wait for. */
export class WaitLog implements WaitingTimes {
  #times = new Float64Array(1 << 18);
  #size = 0;

  add(microseconds: number): void {
    if (this.#size === this.#times.length) {
      const larger = new Float64Array(2 * this.#size);
      larger.set(this.#times);
      this.#times = larger;
    }
    this.#times[this.#size++] = microseconds;
  }

  /** What was collected since the last time; undefined if that is nothing. */
  take(): Float64Array | undefined {
    const taken = this.#size === 0 ? undefined : this.#times.slice(0, this.#size);
    this.#size = 0;
    return taken;
  }
}
