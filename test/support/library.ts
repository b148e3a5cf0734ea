import { afterAll, beforeAll } from 'vitest';
import { Registry, type Environment, type RegistryOptions } from '../../lib/core.js';
import { createTestDatabase, type TestDatabase } from './database.js';
import { libraryModels } from './library-models.js';

/** A registry of the library's models on a database of its own, for the tests of one file. */
export function useLibrary(prefix: string, options: Partial<RegistryOptions> = {}): { readonly registry: Registry } {
  let database: TestDatabase;
  let registry: Registry;
  beforeAll(async () => {
    database = await createTestDatabase(prefix);
    registry = await Registry.create({
      database: { url: database.url },
      models: libraryModels,
      pool: { max: 6 },
      ...options,
    });
  });
  afterAll(async () => {
    await registry?.close();
    await database?.drop();
  });
  return {
    get registry() {
      return registry;
    },
  };
}

/** The texts of the statements that an environment's cursor sends from here on, in order. */
export function watchStatements(env: Environment): string[] {
  const texts: string[] = [];
  const cursor = env.cursor as unknown as { send(statement: { readonly text: string }, options?: object): unknown };
  const send = cursor.send.bind(cursor);
  cursor.send = (statement, options) => {
    texts.push(statement.text);
    return send(statement, options);
  };
  return texts;
}

/** How many statements something sends. */
export async function statementsOf(env: Environment, work: () => Promise<unknown>): Promise<number> {
  const before = env.cursor.stats().statements;
  await work();
  return env.cursor.stats().statements - before;
}

/** A turn of the event loop: what was started has sent its first statements by then. */
export function aTurn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}

/** A promise and what fulfils it. */
export function gate(): { readonly passed: Promise<void>; readonly open: () => void } {
  let open!: () => void;
  const passed = new Promise<void>((resolve) => (open = resolve));
  return { passed, open };
}
