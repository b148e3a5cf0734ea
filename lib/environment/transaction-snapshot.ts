import { runningUnit } from '../cursor/running-unit.js';
import type { TransactionState } from './transaction-state.js';

/**
 * The state of a transaction at the start of a savepoint. What is pending is copied (a savepoint flushes first, so it is
 * usually nothing); the cache keeps a journal. What other async chains change meanwhile is theirs and is not undone.
 */
export class TransactionSnapshot {
  readonly #transaction: TransactionState;
  readonly #staged: ReturnType<TransactionState['staged']['snapshot']>;
  readonly #dirty: ReturnType<TransactionState['dirty']['snapshot']>;
  readonly #queue: ReturnType<TransactionState['queue']['snapshot']>;
  readonly #links: ReturnType<TransactionState['links']['snapshot']>;
  readonly #checks: ReturnType<TransactionState['checks']['snapshot']>;
  readonly #touched: ReturnType<TransactionState['touched']['snapshot']>;

  constructor(transaction: TransactionState) {
    this.#transaction = transaction;
    this.#staged = transaction.staged.snapshot();
    this.#dirty = transaction.dirty.snapshot();
    this.#queue = transaction.queue.snapshot();
    this.#links = transaction.links.snapshot();
    this.#checks = transaction.checks.snapshot();
    this.#touched = transaction.touched.snapshot();
    const token = runningUnit.getStore()?.savepoint ?? null;
    const isInside = (): boolean => isWithin(token);
    transaction.cache.beginSavepoint(isInside);
    transaction.outside.begin(isInside);
  }

  restore(): void {
    const { staged, dirty, queue, links, checks, touched, cache, outside } = this.#transaction;
    const again = outside.end();
    cache.undoSavepoint();
    staged.restore(this.#staged);
    dirty.restore(this.#dirty);
    queue.restore(this.#queue);
    links.restore(this.#links);
    checks.restore(this.#checks);
    touched.restore(this.#touched);
    for (const change of again) change();
  }

  release(): void {
    this.#transaction.cache.releaseSavepoint();
    this.#transaction.outside.end();
  }
}

/** Whether the running code is in the async chain of a savepoint, or of one inside it. */
function isWithin(token: object | null): boolean {
  if (token === null) return true;
  for (let at = runningUnit.getStore()?.savepoint ?? null; at !== null; at = parentOf(at))
    if (at === token) return true;
  return false;
}

function parentOf(token: object): object | null {
  return (token as { readonly parent?: object | null }).parent ?? null;
}
