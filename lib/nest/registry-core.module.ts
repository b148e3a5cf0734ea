import {
  Global,
  Inject,
  Logger,
  Module,
  type BeforeApplicationShutdown,
  type DynamicModule,
  type FactoryProvider,
  type MiddlewareConsumer,
  type ModuleMetadata,
  type NestModule,
  type OnApplicationShutdown,
  type OnModuleInit,
} from '@nestjs/common';
import { APP_INTERCEPTOR, ApplicationConfig, ModulesContainer } from '@nestjs/core';
import { Environment } from '../environment/environment.js';
import { ConnectionPool } from '../pool/connection-pool.js';
import { PoolJournal } from '../pool/pool-journal.js';
import { Registry } from '../registry/registry.js';
import { CurrentEnvironment } from './current-environment.js';
import { EnvironmentInterceptor } from './environment.interceptor.js';
import { EnvironmentMiddleware } from './environment.middleware.js';
import { environmentProvider } from './environment.provider.js';
import { handlerTraits } from './handler-traits.js';
import { lateRegistry } from './late-registry.js';
import { ModelExplorer } from './model-explorer.js';
import { RegistryExceptionFilter } from './registry-exception.filter.js';
import { Registries } from './registries.js';
import type { ResolvedRegistryOptions } from './registry-options.js';
import { REGISTRY_OPTIONS } from './registry.tokens.js';
import { RequestUnits } from './request-units.js';
import { startRegistry, type StartedRegistry } from './start-registry.js';
import { bindTransactional } from './transactional.decorator.js';

const poolProvider: FactoryProvider<ConnectionPool> = {
  provide: ConnectionPool,
  inject: [REGISTRY_OPTIONS],
  useFactory: (options: ResolvedRegistryOptions) => new ConnectionPool(options.pool),
};

const registryProvider: FactoryProvider<Registry> = {
  provide: Registry,
  inject: [Registries],
  useFactory: lateRegistry,
};

/**
 * The global half of `RegistryModule`: it starts and ends everything. The registry is built before any other module's
 * `onModuleInit`; at the end, new units are refused first, and the pool ends when the last request was answered.
 */
@Global()
@Module({})
export class RegistryCoreModule implements NestModule, OnModuleInit, BeforeApplicationShutdown, OnApplicationShutdown {
  readonly #logger = new Logger('Registry');
  #journal: PoolJournal | null = null;
  #started: StartedRegistry | null = null;

  constructor(
    @Inject(REGISTRY_OPTIONS) private readonly options: ResolvedRegistryOptions,
    @Inject(ConnectionPool) private readonly pool: ConnectionPool,
    @Inject(Registries) private readonly registries: Registries,
    @Inject(RequestUnits) private readonly units: RequestUnits,
    @Inject(ModelExplorer) private readonly models: ModelExplorer,
    @Inject(ModulesContainer) private readonly modules: ModulesContainer,
    @Inject(ApplicationConfig) config: ApplicationConfig,
    @Inject(RegistryExceptionFilter) filter: RegistryExceptionFilter,
  ) {
    // First of all: of several filters that fit, the one that was added last is asked, so the application's go before.
    (config.getGlobalFilters() as unknown[]).unshift(filter);
  }

  /** The module with its options, which `options` may find out asynchronously. */
  static register(options: FactoryProvider<unknown>, imports: ModuleMetadata['imports'] = []): DynamicModule {
    const injectable = [Environment, CurrentEnvironment, ConnectionPool, Registries, Registry];
    return {
      module: RegistryCoreModule,
      imports,
      providers: [
        options,
        poolProvider,
        registryProvider,
        environmentProvider,
        Registries,
        RequestUnits,
        ModelExplorer,
        CurrentEnvironment,
        RegistryExceptionFilter,
        { provide: APP_INTERCEPTOR, useClass: EnvironmentInterceptor },
      ],
      exports: injectable,
    };
  }

  configure(consumer: MiddlewareConsumer): void {
    consumer.apply(EnvironmentMiddleware).forRoutes('{*path}');
  }

  async onModuleInit(): Promise<void> {
    const logger = new Logger('ConnectionPool');
    this.#journal = new PoolJournal(this.pool, {
      info: (message) => logger.log(message),
      warn: (message) => logger.warn(message),
    });
    const started = await startRegistry(this.options, { models: this.models.find(), pool: this.pool });
    this.#started = started;
    this.registries.add(started.registry);
    for (const module of this.modules.values()) {
      // Who asks the container from now on gets the registry itself.
      if (module.metatype === RegistryCoreModule) module.getProviderByKey(Registry).instance = started.registry;
      for (const { instance } of module.providers.values()) bindIfObject(instance, started.registry);
      for (const { instance, metatype } of module.controllers.values()) {
        bindIfObject(instance, started.registry);
        if (metatype !== null) this.#warnAboutOwnAnswers(metatype);
      }
    }
  }

  beforeApplicationShutdown(): void {
    this.units.refuse();
  }

  async onApplicationShutdown(): Promise<void> {
    const started = this.#started;
    this.#started = null;
    const { borrowed } = this.pool.stats();
    if (borrowed > 0)
      this.#logger.warn(`Shutting down while ${borrowed} connections are still borrowed: they are waited for.`);
    await started?.registry.close();
    this.#journal?.stop();
    await this.pool.end();
    await started?.server?.stop();
  }

  #warnAboutOwnAnswers(controller: object): void {
    const prototype = (controller as { readonly prototype?: object }).prototype ?? {};
    for (const { value } of Object.values(Object.getOwnPropertyDescriptors(prototype)) as {
      readonly value?: unknown;
    }[]) {
      if (typeof value !== 'function' || !Reflect.hasMetadata('method', value)) continue;
      const { answersItself, name } = handlerTraits(controller, value as () => unknown);
      if (!answersItself) continue;
      this.#logger.warn(
        `${name} takes @Res() or @Next(): its client may be told of a success before it is committed. ` +
          'Add { passthrough: true }, or await CurrentEnvironment.commit() before answering.',
      );
    }
  }
}

function bindIfObject(instance: unknown, registry: Registry): void {
  if (typeof instance === 'object' && instance !== null) bindTransactional(instance, registry);
}
