import type { Cursor } from '../cursor/cursor.js';
import { UnknownModelError, UsageError } from '../errors/use-errors.js';
import { environmentClassFor } from '../environment/environment.js';
import type { EnvironmentHost } from '../environment/environment-host.js';
import type { Transaction } from '../environment/transaction.js';
import type { ComposedModel } from '../model/composed-model.js';
import type { ModelRuntime } from '../model/model-runtime.js';
import { singleFor } from '../model/record-state.js';
import type { RegistryFace } from '../types/faces.js';
import type { BuiltModels } from './build.js';
import { modelNameOf } from './model-of-class.js';
import type { RegistryOptions } from './registry-settings.js';

/** One build of a registry's models, with what environments ask of it. A registry that builds again gets another. */
export class RegistryHost implements EnvironmentHost {
  readonly models: BuiltModels;
  readonly environmentClass: EnvironmentHost['environmentClass'];
  readonly #options: Pick<RegistryOptions, 'groups' | 'userModel'>;
  readonly #transactions = new WeakMap<Cursor, Transaction>();
  #face: RegistryFace | null = null;

  constructor(models: BuiltModels, options: Pick<RegistryOptions, 'groups' | 'userModel'>) {
    this.models = models;
    this.#options = options;
    this.environmentClass = environmentClassFor(models.byName.keys(), (name) => models.get(name));
  }

  get face(): RegistryFace {
    return this.#face!;
  }

  /** Says whose build it is. */
  attach(registry: RegistryFace): void {
    this.#face = registry;
  }

  modelNames(): Iterable<string> {
    return this.models.byName.keys();
  }

  modelOf(target: unknown): ComposedModel {
    const name = modelNameOf(target);
    if (name !== undefined) return this.models.get(name);
    if (typeof target !== 'function')
      throw new UsageError(`env.model() takes a model class, not ${String(target)}.`, {
        hint: "By name write env['res.partner'].",
      });
    throw new UnknownModelError({ model: target.name, known: this.modelNames() });
  }

  /** The same cursor has the same transaction, so that its environments share one cache. */
  transactionOf(cursor: Cursor, make: () => Transaction): Transaction {
    let transaction = this.#transactions.get(cursor);
    if (transaction === undefined) this.#transactions.set(cursor, (transaction = make()));
    return transaction;
  }

  userOf(runtime: ModelRuntime): object | null {
    const { userModel } = this.#options;
    if (userModel === undefined || runtime.uid === 0) return null;
    const model = this.modelOf(userModel());
    return singleFor(model, runtime.work.cache.row(model, runtime.uid), runtime.sudo());
  }

  /** Groups of the acting user; the anonymous one has `public`. */
  async groupsOf(runtime: ModelRuntime): Promise<ReadonlySet<string>> {
    if (runtime.uid === 0) return new Set(['public']);
    return new Set(await this.#options.groups?.(runtime.uid, runtime.sudo().env));
  }
}
