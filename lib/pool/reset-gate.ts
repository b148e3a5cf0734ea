import type { Statement } from './statement.js';

/** What can end a transaction, wherever it stands in a text; a word too many only costs waiting. */
const mayEndTransaction = /\b(?:commit|end|rollback|abort|prepare)\b/i;

/**
 * Stands before a session whose reset is under way, and decides what may be sent behind it at once, without knowing that
 * it succeeds: the statements of a transaction that begins there, since it cannot be committed before the gate is open.
 * Everything else waits, in order.
 */
export class ResetGate {
  #isShut = false;
  #isInTransaction = false;
  readonly #held: (() => void)[] = [];

  /** Whether statements wait. */
  get isHolding(): boolean {
    return this.#held.length > 0;
  }

  shut(): void {
    this.#isShut = true;
    this.#isInTransaction = false;
  }

  /** Sends what was held. */
  open(): void {
    this.#isShut = false;
    for (const send of this.#held.splice(0)) send();
  }

  /** Whether a statement has to wait. */
  stops({ text }: Statement, before: readonly string[] | undefined): boolean {
    if (!this.#isShut) return false;
    if (this.#held.length > 0 || mayEndTransaction.test(text)) return true;
    this.#isInTransaction ||= before?.some((command) => command.startsWith('BEGIN')) === true;
    return !this.#isInTransaction;
  }

  /** Holds a statement until the gate is open. */
  hold<T>(send: () => Promise<T>): Promise<T> {
    return new Promise<void>((resolve) => this.#held.push(resolve)).then(send);
  }
}
