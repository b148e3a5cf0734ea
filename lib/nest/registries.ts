import { Injectable } from '@nestjs/common';
import { UsageError } from '../errors/use-errors.js';
import { didYouMean } from '../errors/nearest.js';
import type { Registry } from '../registry/registry.js';

/** The registries of an application, one a database. They are there from `onModuleInit` on. */
@Injectable()
export class Registries {
  readonly #byName = new Map<string, Registry>();

  /**
   * The registry of that name, which is its database's unless the options say otherwise; without a name the first one.
   * @throws UsageError before the application has started, and for an unknown name
   */
  get(name?: string): Registry {
    const found = name === undefined ? this.#first() : this.#byName.get(name);
    if (found !== undefined) return found;
    if (this.#byName.size === 0) {
      throw new UsageError(
        'The registry is not there yet: it is built in `onModuleInit`, before that of any other module.',
        {
          hint: 'Use it from `onModuleInit` on, not in a constructor. In a test, call `app.init()`.',
        },
      );
    }
    throw new UsageError(`There is no registry "${name}".${didYouMean(name ?? '', this.#byName.keys())}`);
  }

  [Symbol.iterator](): Iterator<Registry> {
    return this.#byName.values();
  }

  /** Takes a registry in; for the module that built it. */
  add(registry: Registry): void {
    this.#byName.set(registry.name, registry);
  }

  #first(): Registry | undefined {
    for (const registry of this.#byName.values()) return registry;
    return undefined;
  }
}
