import type { Clock } from './clock.js';
import type { PooledConnection } from './pooled-connection.js';

/** How long what is owed waits for a statement to travel with, in ms: longer than a busy server needs to find one. */
const patienceMs = 2;

/**
 * Sends what connections owe their server, a COMMIT or a reset, when no statement came along to travel with. Nobody is
 * held up meanwhile: a transaction that changed nothing has a snapshot, and locks that only a change of the table's
 * definition would wait for; and a session that is not clean lets nobody in.
 */
export class OwedStatements {
  readonly #clock: Clock;
  readonly #owing = new Set<PooledConnection>();
  #isTimed = false;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** An idle connection owes something. */
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
      if (this.#clock.now() - connection.debts.sinceMs >= patienceMs) connection.payDebts();
      if (connection.debts.isFree) this.#owing.delete(connection);
    }
    if (this.#owing.size > 0) this.#time();
  }
}
