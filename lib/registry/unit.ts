import type { Cursor } from '../cursor/cursor.js';
import { runningUnit } from '../cursor/running-unit.js';
import { UsageError } from '../errors/use-errors.js';
import { ENVIRONMENT_RUNTIME } from '../model/base-model.js';
import { emptyContext, mergeContext } from '../environment/context.js';
import {
  SUPERUSER,
  environmentRuntime,
  type Environment,
  type EnvironmentRuntime,
} from '../environment/environment.js';
import type { EnvironmentHost } from '../environment/environment-host.js';
import type { Transaction } from '../environment/transaction.js';
import type { Context } from '../types/augmentable.js';

export interface UnitParts {
  readonly host: EnvironmentHost;
  /** Makes the cursor of an attempt; it borrows nothing before its first statement. */
  readonly openCursor: () => Cursor;
  /** On the cursor of the first attempt. */
  readonly transaction: Transaction;
  readonly readOnly: boolean;
  readonly isolation: string;
}

/** Who acts in a unit, and how; by default the superuser. */
export interface UnitParty {
  readonly uid?: number | undefined;
  readonly context?: Context | undefined;
}

const done = Promise.resolve();

const superuser: UnitParty = Object.freeze({});

type UnitState = 'running' | 'committed' | 'rolled back';

/**
 * One unit of work: a transaction, the environment in which it began, and what runs in it. It is entered as often as
 * needed (a middleware, a guard, a handler), committed or rolled back once, and may start afresh in between.
 */
export class Unit {
  /** The registry whose models it works on. */
  readonly host: EnvironmentHost;
  readonly transaction: Transaction;
  #parts: UnitParts;
  #environment: Environment | null = null;
  #isRolledBack = false;
  /** An attempt was undone and the next has not begun. */
  #isBetweenAttempts = false;
  #failure: unknown = undefined;
  #doomed = false;

  constructor(parts: UnitParts) {
    this.#parts = parts;
    this.host = parts.host;
    this.transaction = parts.transaction;
    this.transaction.owner = this;
  }

  get state(): UnitState {
    return this.#isRolledBack ? 'rolled back' : (this.transaction.ending ?? 'running');
  }

  /** Whether a part may join it now. */
  get isJoinable(): boolean {
    return this.state === 'running' && !this.#isBetweenAttempts;
  }

  get readOnly(): boolean {
    return this.#parts.readOnly;
  }

  get isolation(): string {
    return this.#parts.isolation;
  }

  /** Whether it has sent a statement, or has something to send. */
  get hasBegun(): boolean {
    return this.transaction.hasPending || this.transaction.cursor.stats().statements > 0;
  }

  /** Decides anew how the unit uses the database; only before it has begun. */
  reconfigure(settings: Pick<UnitParts, 'openCursor' | 'readOnly' | 'isolation'>): void {
    this.#parts = { ...this.#parts, ...settings };
    this.restart();
  }

  /** The environment for this user and context; the first one asked for is the unit's own. */
  environment(party: UnitParty = superuser): Environment {
    const runtime = this.#runtime(party);
    this.#environment ??= runtime.env as Environment;
    return runtime.env as Environment;
  }

  /**
   * Makes the unit's own environment before it is known who acts: the object can be handed out, and `ask` is called once,
   * when something first needs the user or the context. An error of `ask` passes to who needed it, who may try again.
   */
  deferEnvironment(ask: () => UnitParty): Environment {
    let runtime: EnvironmentRuntime | undefined;
    const environment = Object.create(this.host.environmentClass.prototype as object, {
      [ENVIRONMENT_RUNTIME]: {
        get: () => (runtime ??= this.#runtime(ask(), environment)),
      },
      // Whoever awaits the object must not thereby ask who acts.
      then: { value: undefined },
    }) as Environment;
    return (this.#environment = Object.freeze(environment));
  }

  #runtime({ uid = SUPERUSER, context }: UnitParty, env?: Environment): EnvironmentRuntime {
    const given = context === undefined ? emptyContext : mergeContext(emptyContext, context);
    const parts = { uid, su: uid === SUPERUSER, context: given };
    const runtime = environmentRuntime(this.host, this.transaction, parts, env);
    this.transaction.root ??= runtime;
    return runtime;
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
  commit(): Promise<void> {
    if (this.state !== 'running') return done;
    const { cursor } = this.transaction;
    return !this.#doomed && cursor.tryCommit() ? cursor.close() : this.#commit();
  }

  async #commit(): Promise<void> {
    if (this.#doomed) {
      await this.rollback();
      throw new UsageError('This unit of work can no longer be committed: a part of it that joined it failed.', {
        cause: this.#failure,
        hint: "Let the error pass, or run the part with propagation: 'savepoint', which can be undone alone.",
      });
    }
    const { transaction } = this;
    await this.enter(() => transaction.cursor.commit());
    await transaction.cursor.close();
  }

  /** Undoes everything. Does nothing in a unit that has ended. */
  async rollback(): Promise<void> {
    if (this.state !== 'running') return;
    this.#isRolledBack = true;
    const { transaction } = this;
    try {
      await transaction.cursor.rollback();
    } finally {
      transaction.end('rolled back');
      await transaction.cursor.close();
    }
  }

  /** Undoes the attempt and gives its connection back; the unit waits for `restart`. */
  async giveUpAttempt(): Promise<void> {
    if (this.state !== 'running') return;
    this.#isBetweenAttempts = true;
    // Hooks run here, with the token of their attempt: what they leave behind must not touch the next one.
    await this.enter(() => this.transaction.cursor.close());
  }

  /** Starts afresh on a new cursor: the same environment, an empty cache, and a token that older code does not have. */
  restart(): void {
    this.transaction.restart(this.#parts.openCursor());
    this.#isBetweenAttempts = false;
    this.#doomed = false;
    this.#failure = undefined;
  }
}

/** The unit of work that runs here; undefined outside any. */
export function findRunningUnit(): Unit | undefined {
  const unit = runningUnit.getStore()?.unit;
  return unit instanceof Unit ? unit : undefined;
}
