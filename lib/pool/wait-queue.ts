import { Chain, type ChainLink } from '../util/chain.js';
import { onAbort } from '../util/on-abort.js';
import type { Clock } from './clock.js';

export interface WaitTerms<G> {
  /** What kind of thing is waited for. */
  readonly group: G;
  readonly timeoutMs: number;
  /** Whether it waits on when what it waits for could not be made. */
  readonly isPatient: boolean;
  readonly signal: AbortSignal | undefined;
  /** Where it was asked for, if that is kept. */
  readonly stack: string | undefined;
  /** What to tell if the time runs out, when the waiter knows better. */
  readonly hint: string | undefined;
}

/** Somebody who waits for a `T`. */
export class Waiter<T, G> implements ChainLink {
  chain: object | null = null;
  previous: this | null = null;
  next: this | null = null;
  readonly terms: WaitTerms<G>;
  readonly sinceMs: number;
  readonly promise: Promise<T>;
  /** Whether something is under way that this waiter will get, as far as the last look at the queue knew. */
  isPromised = false;
  readonly #queue: WaitQueue<T, G>;
  #settle!: { readonly resolve: (value: T) => void; readonly reject: (error: unknown) => void };
  readonly #unlisten: (() => void) | undefined;

  constructor(queue: WaitQueue<T, G>, terms: WaitTerms<G>, nowMs: number) {
    this.#queue = queue;
    this.terms = terms;
    this.sinceMs = nowMs;
    this.promise = new Promise((resolve, reject) => (this.#settle = { resolve, reject }));
    const { signal } = terms;
    if (signal !== undefined) this.#unlisten = onAbort(signal, () => this.reject(signal.reason));
  }

  get isSettled(): boolean {
    return this.chain === null;
  }

  get deadlineMs(): number {
    return this.sinceMs + this.terms.timeoutMs;
  }

  resolve(value: T): void {
    this.#leave();
    this.#settle.resolve(value);
  }

  reject(error: unknown): void {
    this.#leave();
    this.#settle.reject(error);
  }

  #leave(): void {
    this.#queue.remove(this);
    this.#unlisten?.();
  }
}

/** Deadlines that are closer together than this are looked at in one go, in ms. */
const shortestLookMs = 2;

/**
 * Waiters in order of arrival, each with one deadline. A waiter that is settled is out of the queue, for good. One timer
 * serves them all: nearly every waiter is served long before its time.
 */
export class WaitQueue<T, G> {
  readonly #clock: Clock;
  readonly #timeoutError: (terms: WaitTerms<G>) => Error;
  readonly #waiters = new Chain<Waiter<T, G>>();
  #lookMs = Number.POSITIVE_INFINITY;
  #cancelTimer: (() => void) | undefined;

  /** `timeoutError` makes the error when a waiter's time is over. */
  constructor(clock: Clock, timeoutError: (terms: WaitTerms<G>) => Error) {
    this.#clock = clock;
    this.#timeoutError = timeoutError;
  }

  get size(): number {
    return this.#waiters.size;
  }

  /** The one that waits longest. */
  get first(): Waiter<T, G> | null {
    return this.#waiters.first;
  }

  [Symbol.iterator](): IterableIterator<Waiter<T, G>> {
    return this.#waiters[Symbol.iterator]();
  }

  /** Appends a waiter, whose promise settles with what it is given, with the time-out's error or with `signal.reason`. */
  add(terms: WaitTerms<G>, nowMs: number): Waiter<T, G> {
    const waiter = new Waiter<T, G>(this, terms, nowMs);
    this.#waiters.append(waiter);
    this.#lookAt(waiter.deadlineMs, nowMs);
    return waiter;
  }

  /** For waiters that are settled. */
  remove(waiter: Waiter<T, G>): void {
    this.#waiters.remove(waiter);
  }

  /** The one that waits longest for this group. */
  findFirst(group: G): Waiter<T, G> | undefined {
    for (const waiter of this.#waiters) if (waiter.terms.group === group) return waiter;
    return undefined;
  }

  rejectImpatient(group: G, error: unknown): void {
    for (const waiter of this.#waiters) {
      if (waiter.terms.group === group && !waiter.terms.isPatient) waiter.reject(error);
    }
  }

  rejectAll(errorOf: () => Error): void {
    for (const waiter of this.#waiters) waiter.reject(errorOf());
  }

  #lookAt(dueMs: number, nowMs: number): void {
    if (dueMs >= this.#lookMs) return;
    this.#cancelTimer?.();
    this.#lookMs = dueMs;
    this.#cancelTimer = this.#clock.after(Math.max(shortestLookMs, dueMs - nowMs), () => this.#look());
  }

  #look(): void {
    const nowMs = this.#clock.now();
    this.#lookMs = Number.POSITIVE_INFINITY;
    this.#cancelTimer = undefined;
    let nextMs = Number.POSITIVE_INFINITY;
    // Those who hear of a time-out may abort others: none is looked at that has left meanwhile.
    for (const waiter of [...this.#waiters]) {
      if (waiter.isSettled) continue;
      if (waiter.deadlineMs <= nowMs) waiter.reject(this.#timeoutError(waiter.terms));
      else nextMs = Math.min(nextMs, waiter.deadlineMs);
    }
    if (nextMs < Number.POSITIVE_INFINITY) this.#lookAt(nextMs, nowMs);
  }
}
