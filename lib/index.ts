/* The public API: the core and, on top of it, what an application adds to Nest. */
import 'reflect-metadata';
export * from './core.js';
export { RegistryModule, type RegistryModuleAsyncOptions } from './nest/registry.module.js';
export type { DatabaseOptions, RegistryModuleOptions } from './nest/registry-options.js';
export type { ContextResolver, UnitFacts, UnitKind, UserAnswer, UserResolver } from './nest/acting-party.js';
export { CurrentEnvironment } from './nest/current-environment.js';
export { Registries } from './nest/registries.js';
export { InjectRegistry } from './nest/registry.decorators.js';
export { Transactional, type TransactionalOptions } from './nest/transactional.decorator.js';
export { RegistryExceptionFilter } from './nest/registry-exception.filter.js';
export { ClientLeftError } from './nest/client-left.error.js';
export { EmbeddedServerError } from './errors/embedded-errors.js';
