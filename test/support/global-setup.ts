import { randomUUID } from 'node:crypto';
import { readdir, rm, stat } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { startEmbeddedServer } from '../../lib/embedded.js';

const PREFIX = 'nest-registry-test-';
const HOUR_MS = 3_600_000;

/**
 * Gives a test run one PostgreSQL of its own, quick rather than durable, unless `TEST_DATABASE_URL` names a server.
 * It ends, and its folder goes, with the run: also when the run is killed.
 */
export default async function setUp(): Promise<() => Promise<void>> {
  if (process.env['TEST_DATABASE_URL']) return () => Promise.resolve();
  await sweep();
  const server = await startEmbeddedServer({
    directory: join(tmpdir(), PREFIX + randomUUID().slice(0, 8)),
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

/** Removes what a run left that was killed in the very second when its server was being made. */
async function sweep(): Promise<void> {
  for (const name of await readdir(tmpdir())) {
    if (!name.startsWith(PREFIX)) continue;
    const folder = join(tmpdir(), name);
    const found = await stat(folder).catch(() => undefined);
    const isOurs = found !== undefined && found.uid === (process.getuid?.() ?? 0);
    const serves = await stat(join(folder, 'keeper.json')).catch(() => undefined);
    if (isOurs && serves === undefined && Date.now() - found.mtimeMs > HOUR_MS) {
      await rm(folder, { recursive: true, force: true });
    }
  }
}
