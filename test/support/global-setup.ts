import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedServer } from '../../lib/embedded.js';

/**
 * Gives a test run one PostgreSQL of its own, quick rather than durable, unless `TEST_DATABASE_URL` names a server.
 * It ends, and its folder goes, with the run: also when the run is killed.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  if (process.env['TEST_DATABASE_URL']) return () => Promise.resolve();
  const server = await startEmbeddedServer({
    directory: join(tmpdir(), `nest-registry-test-${randomUUID().slice(0, 8)}`),
    database: 'postgres',
    lifetime: 'temporary',
    // The same major on every machine as far as possible, so that a failing test fails everywhere.
    binaries: process.env['NEST_REGISTRY_POSTGRES'] || 'npm-first',
    parameters: {
      fsync: 'off',
      synchronous_commit: 'off',
      full_page_writes: 'off',
      max_connections: '300',
    },
    settings: { ...process.env, NODE_ENV: 'test' },
  });
  process.env['TEST_DATABASE_URL'] = server.url;
  return async () => {
    delete process.env['TEST_DATABASE_URL'];
    await server.stop();
  };
}
