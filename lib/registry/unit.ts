import type { Cursor } from '../cursor/cursor.js';
import { runningUnit } from '../cursor/running-unit.js';
import { UsageError } from '../errors/use-errors.js';
import { emptyContext, mergeContext } from '../environment/context.js';
import { SUPERUSER, environmentRuntime, type Environment } from '../environment/environment.js';
import type { EnvironmentHost } from '../environment/environment-host.js';
import { Transaction } from '../environment/transaction.js';
import type { Context } from '../types/augmentable.js';

export interface UnitParts {
  readonly host: EnvironmentHost;
  /** Makes the cursor of an attempt; it borrows nothing before its first statement. */
  readonly openCursor: () => Cursor;
  readonly makeTransaction: (cursor: Cursor) => Transaction;
  readonly readOnly: boolean;
  readonly isolation: string;
}

type UnitState = 'running' | 'committed' | 'rolled back';

/**
 * One unit of work: a transaction, the environment in which it began, and what runs in it. It is entered as often as
 * needed (a middleware, a guard, a handler), committed or rolled back once, and may start afresh in between.
 */
export class Unit {
  readonly readOnly: boolean;
  readonly isolation: string;
  /** The registry whose models it works on. */
  readonly host: EnvironmentHost;
  readonly transaction: Transaction;
  readonly #parts: UnitParts;
  #environment: Environment | null = null;
  #state: UnitState = 'running';
  #failure: unknown = undefined;
  #doomed = false;

  constructor(parts: UnitParts) {
    this.#parts = parts;
    this.host = parts.host;
    this.readOnly = parts.readOnly;
    this.isolation = parts.isolation;
    this.transaction = parts.makeTransaction(parts.openCursor());
    this.transaction.owner = this;
  }

  get state(): UnitState {
    return this.#state;
  }

  /** The environment for this user and context; the first one asked for is the unit's own. */
  environment({ uid = SUPERUSER, context = {} }: { readonly uid?: number | undefined; readonly context?: Context | undefined } = {}): Environment {
    const parts = { uid, su: uid === SUPERUSER, context: mergeContext(emptyContext, context) };
    const runtime = environmentRuntime(this.#parts.host, this.transaction, parts);
    this.transaction.root ??= runtime;
    this.#environment ??= runtime.env;
    return runtime.env;
  }

  /** The environment the unit began with; null before anybody asked. */
  get ownEnvironment(): Environment | null {
    return this.#environment;
  }

  /** Runs something inside the unit: what it calls, now or later, finds the unit by `runningUnit`. */
  enter<T>(work: () => T): T {
    return runningUnit.run({ unit: this, attempt: this.transaction.attempt, savepoint: null }, work);
  }

  /** An error crossed the border of a joined part: whoever catches it, the unit can no longer commit. */
  doom(error: unknown): void {
    if (!this.#doomed) this.#failure = error;
    this.#doomed = true;
  }

  /** Flushes, runs the hooks and commits. Does nothing in a unit that has ended. */
  async commit(): Promise<void> {
    if (this.#state !== 'running') return;
    if (this.#doomed) {
      await this.rollback();
      throw new UsageError('This unit of work can no longer be committed: a part of it that joined it failed.', {
        cause: this.#failure,
        hint: "Let the error pass, or run the part with propagation: 'savepoint', which can be undone alone.",
      });
    }
    const { transaction } = this;
    await this.enter(() => transaction.cursor.commit());
    this.#state = 'committed';
    transaction.end('committed');
    await transaction.cursor.close();
  }

  /** Undoes everything. Does nothing in a unit that has ended. */
  async rollback(): Promise<void> {
    if (this.#state !== 'running') return;
    this.#state = 'rolled back';
    const { transaction } = this;
    try {
      await transaction.cursor.rollback();
    } finally {
      transaction.end('rolled back');
      await transaction.cursor.close();
    }
  }

  /** Undoes everything and starts afresh on a new cursor: the same environment, an empty cache. */
  async restart(): Promise<void> {
    const { transaction } = this;
    const old = transaction.cursor;
    transaction.restart(this.#parts.openCursor());
    this.#doomed = false;
    this.#failure = undefined;
    // After the restart: hooks of the failed attempt then see that it is over.
    await old.rollback();
    await old.close();
  }
}

/** The unit of work that runs here; undefined outside any. */
export function findRunningUnit(): Unit | undefined {
  const unit = runningUnit.getStore()?.unit;
  return unit instanceof Unit ? unit : undefined;
}
