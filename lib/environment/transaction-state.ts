import type { OutsideChanges } from '../cache/outside-changes.js';
import type { ModelRuntime, Work } from '../model/model-runtime.js';
import type { RegistryModels } from './registry-models.js';

/** A running flush: its token tells what it calls itself from what must wait for it. */
export interface RunningFlush {
  readonly token: object;
  readonly done: Promise<void>;
}

/** A transaction as the parts of a flush see it. */
export interface TransactionState extends Work {
  readonly models: RegistryModels;
  /** What code outside the running savepoints changes meanwhile. */
  readonly outside: OutsideChanges;
  /** The token of the present attempt. */
  readonly attempt: object;
  /** The environment in which what nobody in particular asked for is done. */
  readonly root: ModelRuntime | null;
  readonly hasPending: boolean;
  /** The running flushes by the savepoint they belong to; null: none. */
  flushes: Map<object | null, RunningFlush>;
}
