import { Logger } from '@nestjs/common';
import { startEmbeddedServer, type EmbeddedServer } from '../embedded/embedded-server.js';
import type { ConnectionPool } from '../pool/connection-pool.js';
import type { ConnectionTarget } from '../pool/connection-target.js';
import { Registry } from '../registry/registry.js';
import type { ModelSource } from '../registry/registry-settings.js';
import type { ResolvedRegistryOptions } from './registry-options.js';

/** A registry with the server that was started for it, if one was. */
export interface StartedRegistry {
  readonly registry: Registry;
  readonly server: EmbeddedServer | null;
}

/** Database of an embedded server. */
const EMBEDDED_DATABASE = 'app';

/**
 * Builds the registry of an application, on an embedded server where no database is configured.
 * @throws EmbeddedServerError in production without a database, ModelDefinitionError, SchemaDriftError, PoolError. Nothing
 * that was started is left running then, but the pool, which is the caller's.
 */
export async function startRegistry(
  options: ResolvedRegistryOptions,
  parts: { readonly models: readonly ModelSource[]; readonly pool: ConnectionPool },
): Promise<StartedRegistry> {
  const logger = new Logger('Registry');
  const server = options.target === null ? await startServer(logger) : null;
  try {
    const registry = await Registry.create({
      database: options.target ?? embeddedTarget(server),
      models: parts.models,
      pool: parts.pool,
      schema: options.schema,
      transaction: options.transaction,
      groups: options.groups,
      userModel: options.userModel,
      log: {
        info: (message) => logger.log(message),
        warn: (message) => logger.warn(message),
        error: (message, error) => logger.error(message, error instanceof Error ? error.stack : error),
      },
    });
    return { registry, server };
  } catch (error) {
    await parts.pool.end();
    await server?.stop();
    throw error;
  }
}

function startServer(logger: Logger): Promise<EmbeddedServer> {
  return startEmbeddedServer({
    database: EMBEDDED_DATABASE,
    log: (message, level) => (level === 'warning' ? logger.warn(message) : logger.log(message)),
  });
}

function embeddedTarget(server: EmbeddedServer | null): ConnectionTarget {
  return Object.freeze({ url: server?.url });
}
