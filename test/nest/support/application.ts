import type { INestApplication, ModuleMetadata, Type } from '@nestjs/common';
import { Module } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import pg from 'pg';
import { ConnectionPool } from '../../../lib/pool/connection-pool.js';
import { Registry } from '../../../lib/registry/registry.js';
import { RegistryModule } from '../../../lib/nest/registry.module.js';
import type { RegistryModuleOptions } from '../../../lib/nest/registry-options.js';
import { createTestDatabase, type TestDatabase } from '../../support/database.js';
import { Note } from './models.js';

export interface RunningApplication {
  readonly app: INestApplication;
  readonly url: string;
  readonly registry: Registry;
  readonly pool: ConnectionPool;
  readonly database: TestDatabase;
  /** Rows of the notes table, as somebody else sees them. */
  texts(): Promise<string[]>;
  query<R extends object>(text: string, values?: unknown[]): Promise<R[]>;
  clear(): Promise<void>;
  stop(): Promise<void>;
}

/** An application with notes, on a database of its own, that listens on a free port. */
export async function startApplication(
  parts: ModuleMetadata & {
    readonly options?: RegistryModuleOptions;
    readonly before?: (app: INestApplication) => unknown;
  },
): Promise<RunningApplication> {
  const { options, before, imports = [], ...metadata } = parts;
  const database = await createTestDatabase('nest');
  class AppModule {}
  Module({
    ...metadata,
    imports: [
      RegistryModule.forRoot({ pool: { max: 8 }, ...options, database: { url: database.url } }),
      RegistryModule.forFeature([Note], { module: 'notes' }),
      ...imports,
    ],
  })(AppModule);
  const app = await NestFactory.create(AppModule as Type<object>, { logger: false, abortOnError: false });
  before?.(app);
  await app.listen(0, '127.0.0.1');
  return running(app, database);
}

async function running(app: INestApplication, database: TestDatabase): Promise<RunningApplication> {
  const observer = new pg.Client({ connectionString: database.url });
  await observer.connect();
  observer.on('error', () => undefined);
  const query = async <R extends object>(text: string, values: unknown[] = []): Promise<R[]> =>
    (await observer.query(text, values)).rows as R[];
  return {
    app,
    url: await app.getUrl(),
    registry: app.get(Registry),
    pool: app.get(ConnectionPool),
    database,
    query,
    texts: async () => (await query<{ text: string }>('SELECT text FROM n_note ORDER BY id')).map(({ text }) => text),
    clear: async () => void (await query('TRUNCATE n_note')),
    stop: async () => {
      await app.close();
      await observer.end();
      await database.drop();
    },
  };
}

/** Waits until nothing is borrowed any more; at most two seconds. */
export async function idle(pool: ConnectionPool): Promise<void> {
  for (let tries = 0; tries < 200 && pool.stats().borrowed > 0; tries++) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
}
