import { Registry } from '../registry/registry.js';
import type { Registries } from './registries.js';

/**
 * What constructors get for `Registry`: providers are made before the registry, which needs them all. It stands for the
 * registry from `onModuleInit` on; before, each use throws a `UsageError` that says so.
 */
export function lateRegistry(registries: Registries): Registry {
  const bound = new Map<PropertyKey, unknown>();
  return new Proxy(Object.create(Registry.prototype) as Registry, {
    get(_target, key): unknown {
      // Asked by containers and promises of anything they hold.
      if (key === 'then' || key === 'constructor' || typeof key === 'symbol')
        return Reflect.get(Registry.prototype, key);
      if (!(key in Registry.prototype) && isHook(key)) return undefined;
      const registry = registries.get();
      const value: unknown = Reflect.get(registry, key, registry);
      if (typeof value !== 'function') return value;
      // Methods reach private state, so they must run on the registry itself.
      if (!bound.has(key)) bound.set(key, value.bind(registry));
      return bound.get(key);
    },
    set: () => false,
  });
}

function isHook(key: string): boolean {
  return /^(on|before)[A-Z]/.test(key);
}
