import { Cursor, type CursorOptions } from '../cursor/cursor.js';
import { retryOnConflict } from '../cursor/retry.js';
import { StatementLog, type CursorStats } from '../cursor/statement-log.js';
import { TransactionEndedError, UnknownModelError, UsageError } from '../errors/use-errors.js';
import type { Environment } from '../environment/environment.js';
import { SUPERUSER, environmentRuntime } from '../environment/environment.js';
import { emptyContext, mergeContext } from '../environment/context.js';
import { Transaction, type TransactionOptions } from '../environment/transaction.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from '../model/composed-model.js';
import { ConnectionPool } from '../pool/connection-pool.js';
import type { Context } from '../types/augmentable.js';
import type { RegistryFace } from '../types/faces.js';
import { buildModels } from './build.js';
import {
  describeModel,
  describePart,
  type FieldDescription,
  type MemberDescription,
  type ModelDescription,
} from './describe.js';
import { RegistryHost } from './registry-host.js';
import { RETRY_WITHIN_MS, type RegistryLog, type RegistryOptions, type RunOptions } from './registry-settings.js';
import { applySchema } from './schema-of-models.js';
import { Unit, findRunningUnit } from './unit.js';

/** Told when no connection came free for a transaction that was begun inside another unit of work. */
const NESTED_HINT =
  'It was wanted inside a unit of work that holds a connection itself: join that unit (the default), make the pool larger, or end the unit first.';

const silentLog: RegistryLog = { info: () => undefined, warn: () => undefined, error: () => undefined };

/**
 * The composed models of one database, and the door to it: `run` opens a unit of work, `cursor` a bare transaction.
 *
 * Nothing a registry does is visible in another: two databases in one process may have different modules installed.
 */
export class Registry implements RegistryFace {
  readonly name: string;
  readonly pool: ConnectionPool;
  readonly #options: RegistryOptions;
  readonly #log: RegistryLog;
  readonly #ownsPool: boolean;
  readonly #statements = new StatementLog();
  #host: RegistryHost;
  #models: RegistryOptions['models'];
  #setUp: Promise<void> = Promise.resolve();
  #closed = false;

  private constructor(options: RegistryOptions, host: RegistryHost) {
    const { pool } = options;
    this.#options = options;
    this.#ownsPool = !(pool instanceof ConnectionPool);
    this.pool = pool instanceof ConnectionPool ? pool : new ConnectionPool(pool);
    this.name = options.name ?? databaseName(options);
    this.#log = options.log ?? silentLog;
    this.#host = host;
    this.#models = options.models;
    host.attach(this);
  }

  /**
   * Composes the models and brings the database's schema in step with them.
   * @throws ModelDefinitionError naming every wrong definition; SchemaDriftError with `schema: 'check'`; PoolError.
   * A failed build leaves nothing behind: no connection, no timer.
   */
  static async create(options: RegistryOptions): Promise<Registry> {
    const host = new RegistryHost(buildModels(options.models), options);
    const registry = new Registry(options, host);
    try {
      await registry.#applySchema(host);
      return registry;
    } catch (error) {
      await registry.close();
      throw error;
    }
  }

  /** Model names to composed models, in alphabetical order. */
  get models(): ReadonlyMap<string, ComposedModel> {
    return this.#host.models.byName;
  }

  /** The fields of each model by name. */
  get fields(): ReadonlyMap<string, ReadonlyMap<string, Field>> {
    return new Map([...this.models].map(([name, model]) => [name, model.fields]));
  }

  has(model: string): boolean {
    return this.models.has(model);
  }

  /** @throws UnknownModelError with the nearest names */
  get(model: string): ComposedModel {
    const found = this.models.get(model);
    if (found === undefined) throw new UnknownModelError({ model, known: this.models.keys() });
    return found;
  }

  /**
   * How a model came about: which module and class, in which file, gave each field, option, override and constraint, lowest
   * first; with a name that of one field or method alone.
   * @throws UnknownModelError, UnknownFieldError
   */
  describe(model: string): ModelDescription;
  describe(model: string, member: string): FieldDescription | MemberDescription;
  describe(model: string, member?: string): ModelDescription | FieldDescription | MemberDescription {
    const draft = this.#host.models.get(model);
    return member === undefined ? describeModel(draft) : describePart(draft, member);
  }

  /**
   * Builds the models again, with definitions added, and brings the schema in step. The new ones replace the old in one
   * step when all of that is done; running environments keep the old. Calls at once come one after another.
   * @throws ModelDefinitionError and what the schema refuses; then everything stays as it was
   */
  async setupModels(added: RegistryOptions['models'] = []): Promise<void> {
    this.#assertOpen();
    const turn = this.#setUp.then(() => this.#setUpModels(added));
    // The caller hears of a failure; the next call must not.
    this.#setUp = turn.catch(() => undefined);
    return turn;
  }

  async #setUpModels(added: RegistryOptions['models']): Promise<void> {
    const models = [...this.#models, ...added];
    const host = new RegistryHost(buildModels(models), this.#options);
    host.attach(this);
    await this.#applySchema(host);
    this.#models = models;
    this.#host = host;
  }

  /**
   * Runs `work` in a unit of work: one transaction, committed when it succeeds, rolled back when it fails, run again
   * after a conflict until the deadline of `retry`. What it does outside the database belongs in `afterCommit`.
   * @throws what `work` throws; ConflictError; what the commit refuses
   */
  run<T>(work: (env: Environment) => Promise<T>): Promise<T>;
  run<T>(options: RunOptions, work: (env: Environment) => Promise<T>): Promise<T>;
  run<T>(
    first: RunOptions | ((env: Environment) => Promise<T>),
    second?: (env: Environment) => Promise<T>,
  ): Promise<T> {
    const options = typeof first === 'function' ? {} : first;
    const work = typeof first === 'function' ? first : second!;
    const running = findRunningUnit();
    const isJoined =
      running !== undefined && running.host.face === this && running.isJoinable && options.propagation !== 'new';
    return isJoined ? joinUnit(running, options, work) : this.#runUnit(options, work);
  }

  /**
   * Opens a unit of work for a caller that ends it itself, such as a request; it borrows nothing before the first query.
   * For the framework's skin: applications call `run`.
   *
   * @param signal what `env.signal` gives, or what makes it at its first use
   */
  openUnit(options: RunOptions = {}, signal: TransactionOptions['signal'] = options.signal): Unit {
    this.#assertOpen();
    const { transaction: defaults, now } = this.#options;
    const readOnly = options.readOnly ?? false;
    const isolation = options.isolation ?? defaults?.isolation ?? 'repeatable read';
    const host = this.#host;
    const cursorSignal = options.onAbort === 'rollback' ? options.signal : undefined;
    const openCursor = (): Cursor => this.cursor({ readOnly, isolation, signal: cursorSignal });
    const transaction = new Transaction(host.models, openCursor(), { now, signal });
    return new Unit({ host, transaction, openCursor, readOnly, isolation });
  }

  /** Retries a unit's work after conflicts; `false` and a running deadline of 0 do not. */
  #attempt<T>(unit: Unit, work: () => Promise<T>, options: Pick<RunOptions, 'retry' | 'signal'> = {}): Promise<T> {
    const retry = options.retry ?? this.#options.transaction?.retry;
    if (retry === false) return attemptOnce(unit, work);
    const again = (attempt: number): Promise<T> => {
      if (attempt > 1) unit.restart();
      return attemptOnce(unit, work);
    };
    return retryOnConflict(again, { within: retry?.within ?? RETRY_WITHIN_MS, signal: options.signal });
  }

  async #runUnit<T>(options: RunOptions, work: (env: Environment) => Promise<T>): Promise<T> {
    const unit = this.openUnit(options);
    const env = unit.environment(options);
    try {
      return await this.#attempt(unit, () => work(env), options);
    } catch (error) {
      await unit.rollback();
      throw error;
    }
  }

  /** A bare database transaction, begun by its first statement; `await using` rolls it back and gives it back. */
  cursor(options: Partial<Pick<CursorOptions, 'readOnly' | 'isolation' | 'signal'>> = {}): Cursor {
    this.#assertOpen();
    return new Cursor({
      pool: this.pool,
      target: this.#options.database,
      isolation: options.isolation ?? this.#options.transaction?.isolation,
      readOnly: options.readOnly,
      signal: options.signal,
      log: this.#statements,
      report: this.#reportHook,
      borrowHint: findRunningUnit() === undefined ? undefined : NESTED_HINT,
    });
  }

  /** What went over the wire in all units of work and cursors so far. */
  stats(): CursorStats {
    return this.#statements.stats();
  }

  readonly #reportHook = (error: unknown): void => this.#log.error('A hook after a commit failed', error);

  /** The environment of a cursor for a user and context: the same arguments give the same object. */
  environment(cursor: Cursor, options: { readonly uid?: number; readonly context?: Context } = {}): Environment {
    const { uid = SUPERUSER, context = {} } = options;
    const transaction = this.#host.transactionOf(
      cursor,
      () => new Transaction(this.#host.models, cursor, { now: this.#options.now }),
    );
    const runtime = environmentRuntime(this.#host, transaction, {
      uid,
      su: uid === SUPERUSER,
      context: mergeContext(emptyContext, context),
    });
    transaction.root ??= runtime;
    return runtime.env as Environment;
  }

  /** Refuses new units; ends the pool if it is the registry's own. Closing twice is harmless. */
  async close(options: { readonly timeout?: number } = {}): Promise<void> {
    this.#closed = true;
    if (this.#ownsPool) await this.pool.end(options);
  }

  async #applySchema(host: RegistryHost): Promise<void> {
    const mode = this.#options.schema ?? 'sync';
    if (mode === 'off') return;
    await applySchema(host.models, mode, { pool: this.pool, target: this.#options.database, log: this.#log });
  }

  #assertOpen(): void {
    if (this.#closed) {
      throw new TransactionEndedError(`The registry "${this.name}" is closed: it opens no more units of work.`, {
        hint: 'Work that outlives the application must end before the shutdown.',
      });
    }
  }
}

async function attemptOnce<T>(unit: Unit, work: () => Promise<T>): Promise<T> {
  try {
    const result = await unit.enter(work);
    await unit.commit();
    return result;
  } catch (error) {
    // Before any waiting: a unit that will be tried again holds no connection meanwhile.
    await unit.giveUpAttempt();
    throw error;
  }
}

/** Runs work in the unit that is running; an error that leaves it makes the unit rollback-only, whoever catches it. */
async function joinUnit<T>(unit: Unit, options: RunOptions, work: (env: Environment) => Promise<T>): Promise<T> {
  unit.transaction.checkAttempt();
  assertJoinable(unit, options);
  const { attempt } = unit.transaction;
  const own = unit.ownEnvironment ?? unit.environment();
  const context = options.context === undefined ? own : own.withContext(options.context);
  const env = options.uid === undefined || options.uid === own.uid ? context : context.withUser(options.uid);
  if (options.propagation === 'savepoint') return env.savepoint(() => work(env));
  try {
    return await work(env);
  } catch (error) {
    // What is left of an older attempt must not end the one that runs now.
    if (unit.transaction.attempt === attempt) unit.doom(error);
    throw error;
  }
}

const STRICTNESS = ['read committed', 'repeatable read', 'serializable'];

function assertJoinable(unit: Unit, { isolation, readOnly }: RunOptions): void {
  if (isolation !== undefined && STRICTNESS.indexOf(isolation) > STRICTNESS.indexOf(unit.isolation)) {
    throw new UsageError(`A part that needs ${isolation} cannot join a unit of work under ${unit.isolation}.`, {
      hint: "Open the outer unit with that isolation, or run the part with propagation: 'new'.",
    });
  }
  if (readOnly === true && !unit.readOnly) {
    throw new UsageError('A read-only part cannot join a unit of work that may write.', {
      hint: "Leave readOnly out, or run the part with propagation: 'new'.",
    });
  }
}

function databaseName({ database }: RegistryOptions): string {
  if (database.database !== undefined) return database.database;
  const path = database.url === undefined ? '' : new URL(database.url).pathname.slice(1);
  return path === '' ? 'default' : decodeURIComponent(path);
}
