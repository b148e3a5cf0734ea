import { ComputeQueue } from '../cache/compute-queue.js';
import { DirtyRows } from '../cache/dirty-rows.js';
import { LinkChanges } from '../cache/link-changes.js';
import { OutsideChanges } from '../cache/outside-changes.js';
import { RecordCache } from '../cache/record-cache.js';
import { ReverseIndex } from '../cache/reverse-index.js';
import { RowQueue } from '../cache/row-queue.js';
import type { Row } from '../cache/row.js';
import { StagedValues } from '../cache/staged-values.js';
import type { View } from '../cache/view.js';
import type { Cursor } from '../cursor/cursor.js';
import type { PendingWork } from '../cursor/pending-work.js';
import { runningUnit } from '../cursor/running-unit.js';
import { ConstraintViolationError } from '../errors/database-errors.js';
import { TransactionEndedError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import type { Computation, ConstraintMethod } from '../model/composed-model.js';
import { LoadQueue } from '../model/load-queue.js';
import {
  ComputationScope,
  type ModelRuntime,
  type StagedOwner,
  type SuspendedTrigger,
} from '../model/model-runtime.js';
import type { Statement, StatementResult } from '../pool/statement.js';
import type { TransactionFace } from '../types/faces.js';
import { noEntries } from '../util/no-entries.js';
import { violationToValidation } from './constraint-violation.js';
import { EnvironmentMap } from './environment-map.js';
import { concerns, flushAffected, flushAll, flushStagedRows } from './flush.js';
import type { RegistryModels } from './registry-models.js';
import { recompute } from './recompute.js';
import { settleTouched } from './settle-touched.js';
import { TransactionSnapshot } from './transaction-snapshot.js';
import type { RunningFlush, TransactionState } from './transaction-state.js';

const systemTime = (): Date => new Date();

/** How a transaction ended. */
export type TransactionEnd = 'committed' | 'rolled back';

export interface TransactionOptions {
  /** The clock; its reading at the start is `createdAt` and `updatedAt` of everything the transaction writes. */
  readonly now?: (() => Date) | undefined;
  /** The signal, or what makes it when somebody looks at it. */
  readonly signal?: AbortSignal | (() => AbortSignal) | undefined;
}

/**
 * What all environments of one cursor share: the cache, everything pending, and its way to the database. A unit of work
 * that is tried again keeps the object; its cursor, its cache and its token are new.
 */
export class Transaction implements TransactionState, PendingWork {
  readonly models: RegistryModels;
  readonly cache = new RecordCache();
  readonly outside = new OutsideChanges();
  readonly reverse = new ReverseIndex(this.cache);
  readonly staged = new StagedValues<StagedOwner>(this.outside);
  readonly dirty = new DirtyRows(this.outside);
  readonly queue = new ComputeQueue<Computation>(this.outside);
  readonly links = new LinkChanges(this.outside);
  readonly checks = new RowQueue<ConstraintMethod>(this.outside);
  readonly touched = new RowQueue<SuspendedTrigger>(this.outside);
  readonly computing = new ComputationScope();
  loads = new LoadQueue();
  startedAt: Date;
  /** The environment in which what nobody in particular asked for is done; set by the first one made. */
  root: ModelRuntime | null = null;
  /** The running flushes by the savepoint they belong to; null: none. */
  flushes = noEntries<object | null, RunningFlush>();
  readonly environments = new EnvironmentMap<ModelRuntime>();
  /** The unit of work it belongs to, as `runningUnit` names it; null: it is used with a bare cursor. */
  owner: object | null = null;
  #view: View | null = null;
  #otherViews: Map<string, View> | null = null;
  #groups: Map<number, Promise<ReadonlySet<string>>> | null = null;
  readonly #now: () => Date;
  #signal: AbortSignal | (() => AbortSignal) | undefined;
  #face: TransactionFace | null = null;
  #cursor: Cursor;
  #attempt: object = {};
  #ended: { readonly how: TransactionEnd; readonly at: Date } | null = null;

  constructor(models: RegistryModels, cursor: Cursor, options: TransactionOptions = {}) {
    this.models = models;
    this.#cursor = cursor;
    this.#now = options.now ?? systemTime;
    this.#signal = options.signal;
    this.startedAt = this.#now();
    cursor.attach(this);
  }

  /** Aborted when the client is gone or the unit of work is given up. Made at its first use: few look at it. */
  get signal(): AbortSignal {
    const signal = typeof this.#signal === 'function' ? this.#signal() : (this.#signal ?? new AbortController().signal);
    this.#signal = signal;
    return signal;
  }

  /** The part of this that applications see. */
  get face(): TransactionFace {
    return (this.#face ??= Object.freeze({
      beforeCommit: (hook: () => unknown) => this.#hook('beforeCommit', hook),
      afterCommit: (hook: () => unknown) => this.#hook('afterCommit', hook),
      afterRollback: (hook: () => unknown) => this.#hook('afterRollback', hook),
    }));
  }

  get cursor(): Cursor {
    return this.#cursor;
  }

  /** Told apart by each attempt: code of an older one must not touch a newer one's transaction. */
  get attempt(): object {
    return this.#attempt;
  }

  get hasPending(): boolean {
    return !(
      this.staged.isEmpty &&
      this.dirty.isEmpty &&
      this.queue.isEmpty &&
      this.links.isEmpty &&
      this.touched.isEmpty &&
      this.checks.isEmpty
    );
  }

  get isFlushing(): boolean {
    return this.flushes.size > 0;
  }

  get isQuiet(): boolean {
    return !this.hasPending && !this.isFlushing;
  }

  /** Loads that were asked for in this turn still have to be sent. */
  get isIdle(): boolean {
    return this.isQuiet && this.loads.isEmpty;
  }

  /** Starts afresh on another cursor: the next attempt of a unit of work. */
  restart(cursor: Cursor): void {
    this.clear();
    this.#cursor = cursor;
    this.#attempt = {};
    this.#ended = null;
    this.startedAt = this.#now();
    cursor.attach(this);
  }

  /** From here on values may be read but nothing can be loaded, staged or searched. */
  end(how: TransactionEnd): void {
    this.#ended ??= { how, at: this.#now() };
  }

  check(): void {
    if (this.#ended !== null) throw endedError(this.#ended);
    this.checkAttempt();
  }

  /** @throws TransactionEndedError in code that an earlier attempt of the unit of work left behind */
  checkAttempt(): void {
    const running = runningUnit.getStore();
    if (
      running !== undefined &&
      this.owner !== null &&
      running.unit === this.owner &&
      running.attempt !== this.#attempt
    ) {
      throw new TransactionEndedError(
        'This code belongs to an earlier attempt of its unit of work, which was rolled back.',
        {
          hint: 'Await everything that a unit of work starts, so that nothing of it is left when it is tried again.',
        },
      );
    }
  }

  async send(statement: Statement): Promise<StatementResult> {
    this.check();
    const { text, values, columns, origin } = statement;
    const name = statement.name ?? this.models.statementNames.nameOf(text);
    try {
      return await this.#cursor.send(name === undefined ? statement : { text, values, columns, origin, name });
    } catch (error) {
      throw error instanceof ConstraintViolationError ? violationToValidation(this.models, error) : error;
    }
  }

  get isMyTurn(): boolean {
    return this.#cursor.isMyTurn;
  }

  atTurn<T>(work: () => Promise<T>): Promise<T> {
    return this.#cursor.atTurn(work);
  }

  /** Groups of a user, asked once an attempt: what it changes and rolls back must not outlive it. A failure is not kept. */
  groupsOf(uid: number, ask: () => Promise<ReadonlySet<string>>): Promise<ReadonlySet<string>> {
    const known = this.#groups?.get(uid);
    if (known !== undefined) return known;
    const groups = (this.#groups ??= new Map<number, Promise<ReadonlySet<string>>>());
    const asked = ask();
    groups.set(uid, asked);
    asked.catch(() => groups.delete(uid));
    return asked;
  }

  /** One view object for each way of reading, so that views compare by identity. */
  viewOf(parts: View): View {
    const first = (this.#view ??= parts);
    const { uid, su, activeTest, lang } = parts;
    if (first.uid === uid && first.su === su && first.activeTest === activeTest && first.lang === lang) return first;
    const key = `${uid} ${su} ${activeTest} ${lang}`;
    const others = (this.#otherViews ??= new Map<string, View>());
    let view = others.get(key);
    if (view === undefined) others.set(key, (view = parts));
    return view;
  }

  async flush(): Promise<void> {
    if (!this.isQuiet) await flushAll(this);
  }

  async flushStaged(rows: readonly Row[]): Promise<void> {
    if (!this.staged.isEmpty) await flushStagedRows(this, rows);
  }

  async flushAffected(fields: () => Iterable<Field>): Promise<void> {
    if (!this.isQuiet) await flushAffected(this, fields());
  }

  concerns(fields: readonly Field[]): boolean {
    return this.hasPending && concerns(this, fields);
  }

  settleTouched(): Promise<void> {
    return settleTouched(this);
  }

  recompute(computation: Computation, rows: readonly Row[]): Promise<void> {
    return recompute(this, computation, rows);
  }

  mark(): TransactionSnapshot {
    return new TransactionSnapshot(this);
  }

  undo(mark: unknown): void {
    (mark as TransactionSnapshot).restore();
  }

  release(mark: unknown): void {
    (mark as TransactionSnapshot).release();
  }

  /** With a bare cursor the next statement begins a new database transaction; a unit of work has one. */
  committed(): void {
    if (this.owner !== null) this.end('committed');
  }

  /** How it ended; null: it did not. */
  get ending(): TransactionEnd | null {
    return this.#ended === null ? null : this.#ended.how;
  }

  #hook(kind: 'beforeCommit' | 'afterCommit' | 'afterRollback', hook: () => unknown): void {
    this.check();
    this.#cursor[kind](async () => {
      await hook();
    });
  }

  /** Everything is forgotten, written or not: the database transaction was rolled back. */
  clear(): void {
    this.cache.wipe();
    this.outside.clear();
    for (const pending of [this.staged, this.dirty, this.queue, this.links, this.checks, this.touched]) pending.clear();
    this.loads = new LoadQueue();
    this.flushes.clear();
    this.#groups = null;
  }
}

function endedError({ how, at }: { readonly how: TransactionEnd; readonly at: Date }): TransactionEndedError {
  return new TransactionEndedError(
    `The transaction was ${how} at ${at.toISOString()}: nothing can be loaded or changed in it any more.`,
    {
      hint: 'Loaded values stay readable. Load what you need before the unit of work ends, or open a unit with registry.run().',
    },
  );
}
