import { Module, type DynamicModule, type FactoryProvider, type ModuleMetadata, type Type } from '@nestjs/common';
import type { AnyClass } from '../model/any-class.js';
import { RegistryCoreModule } from './registry-core.module.js';
import { resolveRegistryOptions, type RegistryModuleOptions } from './registry-options.js';
import { FEATURE, REGISTRY_OPTIONS, type Feature } from './registry.tokens.js';

/** Options that are found out when the application starts. */
export interface RegistryModuleAsyncOptions {
  readonly imports?: ModuleMetadata['imports'];
  readonly inject?: FactoryProvider['inject'];
  // The container passes what `inject` names, of any types.
  readonly useFactory: (...injected: never[]) => RegistryModuleOptions | Promise<RegistryModuleOptions>;
}

/**
 * Brings the registry into an application: `forRoot` once, in the root module, and `forFeature` in each module that has
 * models. It makes `Environment`, `CurrentEnvironment`, `Registry`, `Registries` and `ConnectionPool` injectable
 * everywhere, and gives each request its unit of work.
 */
@Module({})
export class RegistryModule {
  /**
   * Without options the database is that of DATABASE_URL or of the PG* settings; where there is none, a PostgreSQL of the
   * project's own is started, with its data under `.registry/`. In production that is refused.
   * @throws (at start-up) UsageError naming every wrong option; EmbeddedServerError; ModelDefinitionError; PoolError
   */
  static forRoot(options: RegistryModuleOptions = {}): DynamicModule {
    const provider = { provide: REGISTRY_OPTIONS, useFactory: () => resolveRegistryOptions(options) };
    return { module: RegistryModule, imports: [RegistryCoreModule.register(provider)] };
  }

  /**
   * The same with options that depend on other providers.
   * @example
   * RegistryModule.forRootAsync({ imports: [ConfigModule], inject: [ConfigService],
   *   useFactory: (config: ConfigService) => ({ database: { url: config.get('DATABASE_URL') } }) })
   */
  static forRootAsync(options: RegistryModuleAsyncOptions): DynamicModule {
    const find = options.useFactory as (
      ...injected: unknown[]
    ) => RegistryModuleOptions | Promise<RegistryModuleOptions>;
    const provider: FactoryProvider = {
      provide: REGISTRY_OPTIONS,
      inject: options.inject ?? [],
      useFactory: async (...injected: unknown[]) => resolveRegistryOptions(await find(...injected)),
    };
    return { module: RegistryModule, imports: [RegistryCoreModule.register(provider, options.imports)] };
  }

  /**
   * The models and extensions of the importing module. They belong to the module named `module`, by default the importing
   * class in kebab-case without `Module`. A class in `providers` is found as well.
   */
  static forFeature(models: readonly AnyClass[], options: { readonly module?: string } = {}): DynamicModule {
    const feature: Feature = { module: options.module };
    // Abstract classes are models, too; the container makes instances of what it is given and never looks at that.
    const classes = [...models] as unknown as Type<object>[];
    return {
      module: RegistryModule,
      providers: [{ provide: FEATURE, useValue: feature }, ...classes],
      exports: classes,
    };
  }
}
