import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rm, stat, writeFile } from 'node:fs/promises';
import { connect, createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import {
  EmbeddedServerError,
  startEmbeddedServer,
  type EmbeddedServer,
  type EmbeddedServerOptions,
} from '../../lib/embedded.js';
import { whenGone } from './fixtures/processes.js';

// A disk that is waited for is no part of what these tests say.
const parameters = { fsync: 'off' };
const settings = { PATH: process.env['PATH'], NODE_ENV: 'test' };
let parent: string;
let directory: string;
const servers: EmbeddedServer[] = [];

async function start(options: Partial<EmbeddedServerOptions> = {}): Promise<EmbeddedServer> {
  const server = await startEmbeddedServer({
    directory,
    database: 'shop',
    binaries: 'npm',
    settings,
    parameters,
    ...options,
  });
  servers.push(server);
  return server;
}

async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

let made: string;

vi.setConfig({ testTimeout: 60_000 });

// Making data takes most of the time of a first start: it is done once, and each test works on a copy.
beforeAll(async () => {
  made = await mkdtemp(join(tmpdir(), 'nest-registry-embedded-'));
  await chmod(made, 0o755);
  const server = await startEmbeddedServer({
    directory: join(made, '.registry'),
    database: 'shop',
    binaries: 'npm',
    settings,
    parameters,
  });
  await server.stop();
});

afterAll(() => rm(made, { recursive: true, force: true }));

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'nest-registry-embedded-'));
  await chmod(parent, 0o755);
  directory = join(parent, '.registry');
  await promisify(execFile)('cp', ['-a', join(made, '.registry'), directory]);
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  await rm(parent, { recursive: true, force: true });
});

describe('startEmbeddedServer', () => {
  it('makes a database, keeps its data over a restart, and its port when that is still free', async () => {
    await rm(directory, { recursive: true });
    const said: string[] = [];
    const first = await start({ log: (message) => said.push(message) });
    expect(first).toMatchObject({ kind: 'npm', role: 'started', dataDirectory: join(directory, 'data') });
    await ask(first.url, "CREATE TABLE kept AS SELECT 'here' AS it");
    await first.stop();
    expect(await whenGone([first.serverPid, first.keeperPid], 0)).toBeDefined();

    const second = await start();
    expect(await ask(second.url, 'SELECT it FROM kept')).toEqual([{ it: 'here' }]);
    expect(second.port).toBe(first.port);
    expect(said.join('\n')).toContain(join(directory, 'data'));
    expect(said.join('\n')).not.toContain(new URL(first.url).password);
  });

  it.for(['npm', 'installed'])(
    'sorts by code point and knows the case of É with %s programs',
    async (binaries, context) => {
      await rm(directory, { recursive: true });
      const server = await start({ binaries }).catch((error: unknown) => error);
      if (server instanceof EmbeddedServerError && binaries === 'installed') {
        context.skip(server.message.includes('No PostgreSQL programs'), 'no PostgreSQL is installed here');
      }
      const { url } = server as EmbeddedServer;
      const rows = await ask(url, "SELECT w FROM (VALUES ('é'), ('Z'), ('a'), ('É')) AS v (w) ORDER BY w");
      expect(rows.map(({ w }) => w)).toEqual(['Z', 'a', 'É', 'é']);
      expect(await ask(url, "SELECT lower('ÉÀ') AS low, 'é' ILIKE 'É' AS alike")).toEqual([{ low: 'éà', alike: true }]);
      await ask(url, 'CREATE EXTENSION pg_trgm');
    },
  );

  it('listens on 127.0.0.1 with a password that only its own user can read', async () => {
    const { url, port } = await start();
    const listening = await ask(url, "SELECT current_setting('listen_addresses') AS hosts, current_user AS who");
    expect(listening).toEqual([{ hosts: '127.0.0.1', who: 'postgres' }]);
    const without = new URL(url);
    without.password = 'guess';
    await expect(ask(without.href, 'SELECT 1')).rejects.toMatchObject({ code: '28P01' });
    expect((await stat(join(directory, 'password'))).mode & 0o777).toBe(0o600);
    expect((await stat(join(directory, 'keeper.json'))).mode & 0o777).toBe(0o600);
    expect(await readFile(join(directory, '.gitignore'), 'utf8')).toBe('*\n');
    expect(port).toBeGreaterThan(0);
  });

  it('lets two users of one directory share the server until the last of them stops', async () => {
    const first = await start();
    const second = await start({ database: 'other' });
    expect(second).toMatchObject({ role: 'joined', port: first.port, serverPid: first.serverPid });
    await first.stop();
    expect(await ask(second.url, 'SELECT current_database() AS name')).toEqual([{ name: 'other' }]);
    await second.stop();
    expect(await whenGone([first.serverPid, first.keeperPid], 0)).toBeDefined();
  });

  it('starts one server for many starts at the same moment', async () => {
    await rm(directory, { recursive: true });
    const started = await Promise.all([start(), start(), start(), start()]);
    expect(new Set(started.map(({ serverPid }) => serverPid)).size).toBe(1);
    expect(started.filter(({ role }) => role === 'started')).toHaveLength(1);
  });

  it('waits for a server that is stopping and starts the next', async () => {
    const first = await start();
    const [, second] = await Promise.all([first.stop(), start()]);
    expect(await ask(second.url, 'SELECT 1 AS one')).toEqual([{ one: 1 }]);
  });

  it('may be stopped twice, and with clients still connected', async () => {
    const server = await start();
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    await Promise.all([server.stop(), server.stop()]);
    await server.stop();
    expect(await whenGone([server.serverPid], 0)).toBeDefined();
  });

  it('takes another port when the one of last time is taken', async () => {
    const first = await start();
    await first.stop();
    const squatter = createServer().listen(first.port, '127.0.0.1');
    try {
      const second = await start();
      expect(second.port).not.toBe(first.port);
    } finally {
      squatter.close();
    }
  });

  it('says in one error which port is taken when it was asked for that one', async () => {
    const squatter = createServer();
    await new Promise<void>((resolve) => squatter.listen(0, '127.0.0.1', resolve));
    const { port } = squatter.address() as { port: number };
    try {
      const error = await start({ port }).then(undefined, (reason: unknown) => reason);
      expect(error).toBeInstanceOf(EmbeddedServerError);
      expect((error as EmbeddedServerError).message).toContain('Address already in use');
      expect((error as EmbeddedServerError).serverLog.join(' ')).toContain(String(port));
    } finally {
      squatter.close();
    }
  });

  it('removes a temporary server with its directory', async () => {
    const server = await start({ lifetime: 'temporary', parameters: { fsync: 'off', max_connections: '77' } });
    expect(await ask(server.url, 'SHOW max_connections')).toEqual([{ max_connections: '77' }]);
    await server.stop();
    await expect(stat(directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('gives no lease to who does not know the secret of its keeper', async () => {
    await start();
    const { controlPort } = JSON.parse(await readFile(join(directory, 'keeper.json'), 'utf8')) as {
      controlPort: number;
    };
    const answer = await new Promise<string>((resolve) => {
      let heard = '';
      const socket = connect(controlPort, '127.0.0.1', () => socket.write('wrong\n'));
      socket.on('data', (part) => (heard += part.toString()));
      socket.on('close', () => resolve(heard));
    });
    expect(answer).toBe('');
  });

  it('clears away the lock file of a server that was killed when its process id is something else by now', async () => {
    const server = await start();
    await ask(server.url, 'CREATE TABLE kept AS SELECT 7 AS it');
    const pidFile = join(directory, 'data', 'postmaster.pid');
    const lines = (await readFile(pidFile, 'utf8')).split('\n');
    // The keeper first, which would start the server again.
    process.kill(server.keeperPid, 'SIGKILL');
    process.kill(server.serverPid, 'SIGKILL');
    expect(await whenGone([server.serverPid, server.keeperPid], 5_000)).toBeDefined();
    await writeFile(pidFile, [String(process.pid), ...lines.slice(1)].join('\n'));
    const next = await start();
    expect(await ask(next.url, 'SELECT it FROM kept')).toEqual([{ it: 7 }]);
  });
});

describe('startEmbeddedServer refuses', () => {
  it('to start in production', async () => {
    await rm(directory, { recursive: true });
    const attempt = start({ settings: { ...settings, NODE_ENV: 'production' } });
    await expect(attempt).rejects.toMatchObject({
      code: 'EMBEDDED_SERVER',
      message: 'No database is configured, and in production no embedded PostgreSQL is started.',
      hint: expect.stringContaining('DATABASE_URL') as string,
    });
    await expect(stat(directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('wrong options, all of them in one error', async () => {
    const attempt = start({ database: '', port: -1, parameters: { port: '1', 'a b': 'x' } });
    await expect(attempt).rejects.toThrow(/`database`.*`port`.*"port".*"a b"/);
  });

  it('data of another major version, saying which is needed', async () => {
    await writeFile(join(directory, 'data', 'PG_VERSION'), '9\n');
    await expect(start()).rejects.toMatchObject({
      message: expect.stringMatching(/belongs to PostgreSQL 9, and no PostgreSQL 9 is here .*is version 18/) as string,
      hint: expect.stringContaining('Install PostgreSQL 9') as string,
    });
  });

  it('a folder without PostgreSQL programs, saying what it lacks', async () => {
    await expect(start({ binaries: parent })).rejects.toThrow(`${parent} has no postgres`);
  });

  it('data whose password is lost', async () => {
    await (await start()).stop();
    await rm(join(directory, 'password'));
    await expect(start()).rejects.toThrow(/password is missing/);
  });
});
