import { UsageError } from '../errors/use-errors.js';
import type { Registry } from '../registry/registry.js';
import type { RunOptions } from '../registry/registry-settings.js';
import { findRunningUnit } from '../registry/unit.js';

/** How the unit of work of a handler or method uses the database. */
export type TransactionalOptions = Pick<RunOptions, 'readOnly' | 'isolation' | 'retry' | 'onAbort' | 'propagation'>;

const TRANSACTIONAL = 'nest-registry:transactional';
const REGISTRY_OF = Symbol('nest-registry:registry');

/** What tells the handlers of requests, messages and operations from other methods. */
const HANDLER_KEYS = ['method', 'microservices:pattern', 'message', 'graphql:resolver_type'];

/**
 * On a handler or a controller: how the request's unit of work uses the database. On a method of any other provider: the
 * method runs in `registry.run(options, …)`, so it joins the running unit, or opens one where none runs; it then gives
 * a promise. What is said on a handler goes before what is said on its controller.
 *
 * @example
 * @Transactional({ isolation: 'serializable' })
 * async transfer(from: number, to: number, amount: Decimal): Promise<void> { … }
 */
export function Transactional(options: TransactionalOptions = {}): ClassDecorator & MethodDecorator {
  const noted = Object.freeze({ ...options });
  return ((target: object, key?: string | symbol, descriptor?: PropertyDescriptor): void => {
    if (key === undefined || descriptor === undefined) {
      Reflect.defineMetadata(TRANSACTIONAL, noted, target);
      return;
    }
    const method: unknown = descriptor.value;
    if (typeof method !== 'function') {
      throw new UsageError(`@Transactional() belongs on a method, and ${String(key)} is none.`);
    }
    descriptor.value = inTransaction(method as Method, noted);
  }) as ClassDecorator & MethodDecorator;
}

/** What `@Transactional` says of a handler, on it or on its controller. */
export function transactionalOptionsOf(target: object, handler: object): TransactionalOptions {
  const ofClass = Reflect.getMetadata(TRANSACTIONAL, target) as TransactionalOptions | undefined;
  const ofMethod = Reflect.getMetadata(TRANSACTIONAL, handler) as TransactionalOptions | undefined;
  return { ...ofClass, ...ofMethod };
}

/** The method as it was written, under whatever `@Transactional` made of it. */
export function writtenMethod(method: object): object {
  return originals.get(method) ?? method;
}

/** Tells a provider which registry its transactional methods open units of, where none runs. */
export function bindTransactional(instance: object, registry: Registry): void {
  if (!hasTransactional(instance)) return;
  Object.defineProperty(instance, REGISTRY_OF, { value: registry, configurable: true });
}

type Method = (this: object, ...args: unknown[]) => unknown;

/** From the method that a class has to the one that was written; facts of the classes, not of an application. */
const originals = new WeakMap<object, Method>();

function inTransaction(method: Method, options: TransactionalOptions): Method {
  let isHandler: boolean | undefined;
  const transactional = function (this: object, ...args: unknown[]): unknown {
    isHandler ??= HANDLER_KEYS.some((key) => Reflect.hasMetadata(key, transactional));
    // The interceptor has opened the unit of a handler as the options say.
    if (isHandler) return method.apply(this, args);
    const registry = registryOf(this, method.name);
    return registry.run(options, async () => method.apply(this, args));
  };
  Object.defineProperty(transactional, 'name', { value: method.name, configurable: true });
  Object.defineProperty(transactional, 'length', { value: method.length, configurable: true });
  // Other decorators have noted what they know on the written method, and will find it on this one.
  for (const key of Reflect.getOwnMetadataKeys(method) as unknown[]) {
    Reflect.defineMetadata(key, Reflect.getMetadata(key, method), transactional);
  }
  Reflect.defineMetadata(TRANSACTIONAL, options, transactional);
  originals.set(transactional, method);
  return transactional;
}

function registryOf(instance: object, method: string): Registry {
  const own = (instance as Record<symbol, Registry | undefined>)[REGISTRY_OF];
  const running = findRunningUnit()?.host.face as Registry | undefined;
  const registry = running ?? own;
  if (registry !== undefined) return registry;
  throw new UsageError(`${instance.constructor.name}.${method}() is transactional, but its registry is not known.`, {
    hint: 'The class must be a provider of the application, and the method be called after the application has started.',
  });
}

function hasTransactional(instance: object): boolean {
  for (let at = instance; at !== null && at !== Object.prototype; at = Object.getPrototypeOf(at) as object) {
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(at)) as { readonly value?: unknown }[]) {
      if (typeof value === 'function' && originals.has(value)) return true;
    }
  }
  return false;
}
