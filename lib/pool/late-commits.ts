import type { Clock } from './clock.js';
import type { PooledConnection } from './pooled-connection.js';

/** How long a COMMIT waits for a statement to travel with, in ms: longer than a busy server needs to find one. */
const patienceMs = 2;

/**
 * Sends the COMMITs for which no statement came along. A transaction that changed nothing holds nobody up meanwhile: all
 * it has is a snapshot, and locks that only a change of the table's definition would wait for.
 */
export class LateCommits {
  readonly #clock: Clock;
  readonly #owing = new Set<PooledConnection>();
  #isTimed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An idle connection owes its COMMIT. */
  add(connection: PooledConnection): void {
    this.#owing.add(connection);
    this.#time();
  }

  #time(): void {
    if (this.#isTimed) return;
    this.#isTimed = true;
    this.#clock.after(patienceMs, () => this.#look());
  }

  #look(): void {
    this.#isTimed = false;
    for (const connection of this.#owing) {
      // Also of one that is lent by now, but not used: whoever holds it must not hold the locks of others.
      if (this.#clock.now() - connection.idleSinceMs >= patienceMs) connection.sendCommit();
      if (!connection.owesCommit) this.#owing.delete(connection);
    }
    if (this.#owing.size > 0) this.#time();
  }
}
