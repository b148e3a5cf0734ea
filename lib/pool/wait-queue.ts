import type { Clock } from './clock.js';

/** Somebody who waits for a `T`. */
export interface Waiter<T, G> {
  /** What kind of thing is waited for. */
  readonly group: G;
  /** Where it was asked for, if that is kept. */
  readonly stack: string | undefined;
  readonly isPatient: boolean;
  /** Whether something is under way that this waiter will get, as far as the last look at the queue knew. */
  isPromised: boolean;
  readonly isSettled: boolean;
  resolve(value: T): void;
  reject(error: unknown): void;
}

export interface WaitTerms<G> {
  readonly group: G;
  readonly timeoutMs: number;
  /** Whether it waits on when what it waits for could not be made. */
  readonly isPatient: boolean;
  readonly signal: AbortSignal | undefined;
  readonly stack: string | undefined;
  /** Makes the error when the time is over. */
  readonly timeoutError: () => Error;
}

/** Waiters in order of arrival, each with one deadline. A waiter that is settled is out of the queue, for good. */
export class WaitQueue<T, G> {
  readonly #clock: Clock;
  readonly #waiters = new Set<QueuedWaiter<T, G>>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  get size(): number {
    return this.#waiters.size;
  }

  [Symbol.iterator](): IterableIterator<Waiter<T, G>> {
    return this.#waiters.values();
  }

  /** Appends a waiter; `promise` settles with what it is given, with the time-out's error or with `signal.reason`. */
  add(terms: WaitTerms<G>): { readonly waiter: Waiter<T, G>; readonly promise: Promise<T> } {
    const waiter = new QueuedWaiter<T, G>(terms, { clock: this.#clock, leave: (left) => this.#waiters.delete(left) });
    this.#waiters.add(waiter);
    return { waiter, promise: waiter.promise };
  }

  /** The one that waits longest for this group. */
  findFirst(group: G): Waiter<T, G> | undefined {
    for (const waiter of this.#waiters) if (waiter.group === group) return waiter;
    return undefined;
  }

  rejectImpatient(group: G, error: unknown): void {
    for (const waiter of [...this.#waiters]) if (waiter.group === group && !waiter.isPatient) waiter.reject(error);
  }

  rejectAll(errorOf: () => Error): void {
    for (const waiter of [...this.#waiters]) waiter.reject(errorOf());
  }
}

class QueuedWaiter<T, G> implements Waiter<T, G> {
  readonly group: G;
  readonly stack: string | undefined;
  readonly isPatient: boolean;
  readonly promise: Promise<T>;
  isPromised = false;
  isSettled = false;
  readonly #leave: () => void;
  #settle: { readonly resolve: (value: T) => void; readonly reject: (error: unknown) => void } | undefined;

  constructor(
    terms: WaitTerms<G>,
    queue: { readonly clock: Clock; readonly leave: (waiter: QueuedWaiter<T, G>) => void },
  ) {
    const { group, timeoutMs, isPatient, signal, stack, timeoutError } = terms;
    this.group = group;
    this.stack = stack;
    this.isPatient = isPatient;
    this.promise = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    const abort = (): void => this.reject(signal?.reason);
    const cancelTimer = queue.clock.after(timeoutMs, () => this.reject(timeoutError()));
    signal?.addEventListener('abort', abort, { once: true });
    this.#leave = () => {
      this.isSettled = true;
      cancelTimer();
      signal?.removeEventListener('abort', abort);
      queue.leave(this);
    };
  }

  resolve(value: T): void {
    this.#leave();
    this.#settle?.resolve(value);
  }

  reject(error: unknown): void {
    this.#leave();
    this.#settle?.reject(error);
  }
}
