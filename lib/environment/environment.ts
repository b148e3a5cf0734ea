import { inspect } from 'node:util';
import type { Row } from '../cache/row.js';
import type { View } from '../cache/view.js';
import { UnknownModelError, UsageError } from '../errors/use-errors.js';
import { ENVIRONMENT_RUNTIME } from '../model/base-model.js';
import type { ModelRuntime } from '../model/model-runtime.js';
import { setFor } from '../model/record-state.js';
import type { Context } from '../types/augmentable.js';
import type { CacheFace, CursorFace, RegistryFace, TransactionFace } from '../types/faces.js';
import type { AnyRecord, EnvironmentFace, Many, ModelClass, One, UserFace } from '../types/records.js';
import { contextKey, emptyContext, mergeContext } from './context.js';
import { invalidateAll, invalidateFields } from './invalidate.js';
import type { EnvironmentHost } from './environment-host.js';
import type { Transaction } from './transaction.js';

/** The superuser's number; whoever acts under it bypasses access rules. */
export const SUPERUSER = 1;

/** Who acts and how; what tells environments of one transaction apart. */
export interface EnvironmentParts {
  readonly uid: number;
  readonly su: boolean;
  readonly context: Readonly<Context>;
}

/** What model code asks of an environment. One for each environment, reachable from it under a symbol. */
export class EnvironmentRuntime implements ModelRuntime {
  readonly env: EnvironmentFace;
  readonly uid: number;
  readonly su: boolean;
  readonly context: Readonly<Context>;
  readonly view: View;
  readonly work: Transaction;
  readonly host: EnvironmentHost;
  #records: Map<Row, object> | null = null;
  #system: EnvironmentRuntime | null = null;

  constructor(host: EnvironmentHost, work: Transaction, parts: EnvironmentParts, env?: EnvironmentFace) {
    this.host = host;
    this.work = work;
    this.uid = parts.uid;
    this.su = parts.su;
    this.context = parts.context;
    const { lang, activeTest } = parts.context;
    this.view = work.viewOf({ uid: parts.uid, su: parts.su, lang: lang ?? '', activeTest: activeTest !== false });
    this.env = env ?? new host.environmentClass(this);
  }

  get records(): Map<Row, object> {
    return (this.#records ??= new Map<Row, object>());
  }

  asSystem(): EnvironmentRuntime {
    return (this.#system ??= this.#with({ uid: this.uid, su: true, context: emptyContext }));
  }

  withUser(uid: number): EnvironmentRuntime {
    if (!Number.isSafeInteger(uid) || uid < 0) {
      throw new UsageError(`A uid is a whole number of at least 0, not ${String(uid)}.`, {
        hint: '0 is anonymous, 1 the superuser.',
      });
    }
    // Being privileged belonged to the old user.
    return this.#with({ uid, su: uid === SUPERUSER, context: this.context });
  }

  withContext(context: Context): EnvironmentRuntime {
    return this.#with({ uid: this.uid, su: this.su, context: mergeContext(this.context, context) });
  }

  sudo(): EnvironmentRuntime {
    return this.su ? this : this.#with({ uid: this.uid, su: true, context: this.context });
  }

  #with(parts: EnvironmentParts): EnvironmentRuntime {
    return environmentRuntime(this.host, this.work, parts);
  }
}

/**
 * The environment of a transaction for these parts: equal parts give the same object.
 *
 * @param env the public object, where there was one before it was known who acts
 */
export function environmentRuntime(
  host: EnvironmentHost,
  work: Transaction,
  parts: EnvironmentParts,
  env?: EnvironmentFace,
): EnvironmentRuntime {
  const key = `${parts.uid} ${parts.su} ${contextKey(parts.context)}`;
  const known = work.environments.find(key);
  if (known !== undefined) return known as EnvironmentRuntime;
  const made = new EnvironmentRuntime(host, work, parts, env);
  work.environments.keep(key, made);
  return made;
}

/** Typed as its face and nothing more: `this.env` of a record and an injected `Environment` are one type. */
// eslint-disable-next-line @typescript-eslint/no-empty-object-type -- merges the face into the class below
export interface Environment extends EnvironmentFace {}

/** What stands behind an environment. */
function runtimeOf(env: unknown): EnvironmentRuntime {
  return (env as { readonly [ENVIRONMENT_RUNTIME]: EnvironmentRuntime })[ENVIRONMENT_RUNTIME];
}

/**
 * Who acts (`uid`, `su`), how (`context`), in which transaction: everything a model does runs inside an environment, and
 * every recordset has one. It is frozen; `withUser`, `withContext` and `sudo` give others of the same transaction, and
 * equal ones are the same object. `env['res.partner']` and `env.model(Partner)` are the empty set of a model.
 *
 * A unit of work that is tried again keeps its environment object, whose transaction and cache start afresh. After the
 * unit has ended, loaded values stay readable and everything else throws `TransactionEndedError`.
 */
export class Environment {
  constructor(runtime: ModelRuntime) {
    (this as unknown as { [ENVIRONMENT_RUNTIME]: ModelRuntime })[ENVIRONMENT_RUNTIME] = runtime;
    Object.freeze(this);
  }

  get uid(): number {
    return runtimeOf(this).uid;
  }

  get user(): One<UserFace> {
    return runtimeOf(this).host.userOf(runtimeOf(this)) as One<UserFace>;
  }

  get su(): boolean {
    return runtimeOf(this).su;
  }

  get context(): Readonly<Context> {
    return runtimeOf(this).context;
  }

  get registry(): RegistryFace {
    return runtimeOf(this).host.face;
  }

  get cursor(): CursorFace {
    const { work } = runtimeOf(this);
    work.checkAttempt();
    return work.cursor;
  }

  get transaction(): TransactionFace {
    return runtimeOf(this).work.face;
  }

  get cache(): CacheFace {
    const runtime = runtimeOf(this);
    return { invalidate: (entries) => invalidateFields(runtime.work, entries) };
  }

  get signal(): AbortSignal {
    return runtimeOf(this).work.signal;
  }

  model<M extends AnyRecord>(model: ModelClass<M>): Many<M> {
    const runtime = runtimeOf(this);
    return setFor(runtime.host.modelOf(model), [], { runtime }) as unknown as Many<M>;
  }

  async hasGroup(group: string): Promise<boolean> {
    const runtime = runtimeOf(this);
    if (runtime.su) return true;
    const groups = await runtime.work.groupsOf(runtime.uid, () => runtime.host.groupsOf(runtime));
    return groups.has(group);
  }

  withUser(uid: number): this {
    return runtimeOf(this).withUser(uid).env as this;
  }

  withContext(context: Context): this {
    return runtimeOf(this).withContext(context).env as this;
  }

  sudo(): this {
    return runtimeOf(this).sudo().env as this;
  }

  async flush(): Promise<void> {
    const { work } = runtimeOf(this);
    work.check();
    await work.flush();
  }

  invalidate(): void {
    invalidateAll(runtimeOf(this).work);
  }

  async savepoint<T>(work: () => Promise<T>): Promise<T> {
    const { work: transaction } = runtimeOf(this);
    transaction.check();
    return transaction.cursor.savepoint(work);
  }
}

// Not a member of the class: its type is that of the face.
Object.defineProperty(Environment.prototype, inspect.custom, {
  value(this: Environment): string {
    const { uid, su, context } = this;
    return `Environment(uid ${uid}${su ? ', su' : ''}${Object.keys(context).length === 0 ? '' : `, ${inspect(context)}`})`;
  },
});

/** Names that frameworks and the language look up on any object: answered with undefined. */
const PROBED = new Set([
  'then',
  'catch',
  'finally',
  'toJSON',
  'toString',
  'valueOf',
  'constructor',
  'inspect',
  'nodeType',
  'asymmetricMatch',
  'onModuleInit',
  'onModuleDestroy',
  'onApplicationBootstrap',
  'beforeApplicationShutdown',
  'onApplicationShutdown',
  'subscribe',
  'length',
  'href',
  'tagName',
  '$$typeof',
]);

// Behind everything an environment has: what is found nowhere else is the name of a model that does not exist.
Object.setPrototypeOf(
  Environment.prototype,
  new Proxy(Object.create(null) as object, {
    get(_target, name, receiver: object): unknown {
      if (typeof name === 'symbol') return undefined;
      if (PROBED.has(name)) return (Object.prototype as unknown as Record<string, unknown>)[name];
      const runtime = runtimeOf(receiver) as EnvironmentRuntime | undefined;
      if (runtime === undefined) return undefined;
      throw new UnknownModelError({ model: name, known: runtime.host.modelNames() });
    },
    has: () => false,
  }),
);

/** The environment class of one registry: `Environment` with a property for each of its models. */
export function environmentClassFor(
  names: Iterable<string>,
  modelOf: (name: string) => Parameters<typeof setFor>[0],
): typeof Environment {
  const made = class extends Environment {};
  for (const name of names) {
    Object.defineProperty(made.prototype, name, {
      enumerable: true,
      get(this: Environment): unknown {
        return setFor(modelOf(name), [], { runtime: runtimeOf(this) });
      },
    });
  }
  Object.defineProperty(made, 'name', { value: 'Environment' });
  return made;
}
