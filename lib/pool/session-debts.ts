import type { Clock } from './clock.js';
import { ResetGate } from './reset-gate.js';
import { control, type SendOptions, type Statement } from './statement.js';

/** A server that takes longer over what it was owed is slow, in ms. */
const slowAfterMs = 10;

/** What a session's debts need of its connection. */
export interface Debtor {
  /** Sends a statement; `end` is told within the driver's own turn, before the next answer. */
  post(statement: Statement, end: (error?: unknown) => void): void;
  /** Gives the SQL of a reset; from here on the session counts as clean. */
  clean(): string;
  /** The COMMIT failed, which it can only do with the session. */
  doom(error: unknown): void;
  /** The reset failed: whatever was sent behind it must not be passed on. */
  lose(error: Error): void;
}

/**
 * What a session owes its server, and nobody waits for: the COMMIT of a transaction that changed nothing, and the reset
 * that takes away what its last borrower left. Both travel with the next statement, or are sent by `pay`.
 */
export class SessionDebts {
  /** Since when something is owed. */
  sinceMs = 0;
  readonly #clock: Clock;
  readonly #debtor: Debtor;
  readonly #gate = new ResetGate();
  #owesCommit = false;
  #owesReset = false;
  #isUnclean = false;
  #underWay = 0;
  #underWaySinceMs = 0;

  constructor(clock: Clock, debtor: Debtor) {
    this.#clock = clock;
    this.#debtor = debtor;
  }

  get isFree(): boolean {
    return !this.#owesCommit && !this.#owesReset;
  }

  get owesCommit(): boolean {
    return this.#owesCommit;
  }

  /** Whether the reset failed: what the session gives may have been seen with another's rights. */
  get isUnclean(): boolean {
    return this.#isUnclean;
  }

  /** How many of its statements were sent and are not answered. */
  get underWay(): number {
    return this.#underWay;
  }

  /** Whether statements of somebody wait until a reset has succeeded. */
  get isHolding(): boolean {
    return this.#gate.isHolding;
  }

  /** Whether the server takes long over them. */
  isSlow(nowMs: number): boolean {
    return this.#underWay > 0 && nowMs - this.#underWaySinceMs > slowAfterMs;
  }

  commitLater(): void {
    this.#owesCommit = true;
    this.sinceMs = this.#clock.now();
  }

  resetLater(): void {
    if (!this.#owesReset) this.sinceMs = this.#clock.now();
    this.#owesReset = true;
  }

  /** Before a statement is sent: an owed reset leaves first. Gives whether the statement has to wait for its success. */
  mustHold(statement: Statement, before: SendOptions['before']): boolean {
    if (this.#owesReset) this.pay();
    return this.#gate.stops(statement, before);
  }

  /** Sends a statement once the reset has succeeded. */
  hold<T>(send: () => Promise<T>): Promise<T> {
    return this.#gate.hold(send);
  }

  /** The COMMIT left in front of another statement. */
  noteCommitSent(): void {
    this.#owesCommit = false;
  }

  /** Nothing is owed any more: the session is gone. */
  forget(): void {
    this.#owesCommit = this.#owesReset = false;
  }

  /** Sends what is owed, if anything is. */
  pay(): void {
    this.payCommit();
    if (this.#owesReset) this.#payReset();
  }

  payCommit(): void {
    if (!this.#owesCommit) return;
    this.#owesCommit = false;
    this.#post({ ...control, text: 'COMMIT' }, (error) => {
      if (error !== undefined) this.#debtor.doom(error);
    });
  }

  #payReset(): void {
    this.#owesReset = false;
    this.#gate.shut();
    this.#post({ text: this.#debtor.clean(), origin: 'batch' }, (error) => {
      if (error !== undefined) {
        this.#isUnclean = true;
        this.#debtor.lose(error as Error);
      }
      this.#gate.open();
    });
  }

  #post(statement: Statement, then: (error?: unknown) => void): void {
    if (this.#underWay++ === 0) this.#underWaySinceMs = this.#clock.now();
    this.#debtor.post(statement, (error) => {
      this.#underWay--;
      then(error);
    });
  }
}
