import { execFile } from 'node:child_process';
import { chmod, mkdtemp, readFile, rename, rm, stat } from 'node:fs/promises';
import { createServer } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import pg from 'pg';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { startEmbeddedServer, type EmbeddedServer, type EmbeddedServerOptions } from '../../lib/embedded.js';
import { installApplication, type Installation } from './fixtures/application.js';
import { commandsWith, processesIn, whenGone } from './fixtures/processes.js';

const options = {
  database: 'shop',
  binaries: 'npm',
  // A disk that is waited for is no part of what these tests say.
  parameters: { fsync: 'off' },
  settings: { PATH: process.env['PATH'], NODE_ENV: 'test' },
} as const;
let parent: string;
let directory: string;
let said: string[];
const servers: EmbeddedServer[] = [];

async function start(given: Partial<EmbeddedServerOptions> = {}): Promise<EmbeddedServer> {
  const log = (message: string, level: string): number => said.push(`${level}: ${message}`);
  const server = await startEmbeddedServer({ ...options, directory, log, ...given });
  servers.push(server);
  return server;
}

async function ask(url: string, statement: string): Promise<Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  client.on('error', () => undefined);
  await client.connect();
  try {
    return (await client.query<Record<string, unknown>>(statement)).rows;
  } finally {
    await client.end();
  }
}

function kill({ serverPid }: EmbeddedServer): void {
  process.kill(serverPid, 'SIGKILL');
}

/** Waits until `text` was said `times` times. */
function hears(text: string, times = 1): Promise<void> {
  return expect
    .poll(() => said.filter((line) => line.includes(text)).length, { timeout: 15_000, interval: 10 })
    .toBe(times);
}

vi.setConfig({ testTimeout: 60_000 });

// Making data takes most of the time of a first start: it is done once, and every test leaves it as it was.
beforeAll(async () => {
  parent = await mkdtemp(join(tmpdir(), 'nest-registry-restart-'));
  await chmod(parent, 0o755);
  directory = join(parent, '.registry');
  const server = await startEmbeddedServer({ ...options, directory });
  await ask(server.url, "CREATE TABLE kept AS SELECT 'here' AS it");
  await server.stop();
});

afterAll(() => rm(parent, { recursive: true, force: true }));

beforeEach(() => {
  said = [];
});

afterEach(async () => {
  await Promise.all(servers.splice(0).map((server) => server.stop()));
  expect(await commandsWith(directory)).toEqual([]);
  expect(await processesIn(join(directory, 'data'))).toEqual([]);
});

describe('an embedded server that ends while it is in use', () => {
  it('comes back on its port with its data, and tells when it went and when it is back', async () => {
    const server = await start();
    const first = server.serverPid;
    await ask(server.url, "CREATE TABLE new AS SELECT 'written' AS it");
    const killedMs = performance.now();
    kill(server);
    await hears('is back');
    expect(performance.now() - killedMs).toBeLessThan(5_000);
    expect(await ask(server.url, 'SELECT kept.it, new.it AS new FROM kept, new')).toEqual([
      { it: 'here', new: 'written' },
    ]);
    expect(said.slice(1)).toEqual([
      'warning: The embedded PostgreSQL ended while it was in use (it ended with SIGKILL) and is being started again.',
      expect.stringMatching(/^info: The embedded PostgreSQL is back, \d+\.\d s after it ended\.$/) as string,
    ]);
    expect(server.serverPid).not.toBe(first);
    const note = JSON.parse(await readFile(join(directory, 'keeper.json'), 'utf8')) as EmbeddedServer;
    expect(note).toMatchObject({ serverPid: server.serverPid, keeperPid: server.keeperPid, port: server.port });
    expect((await stat(join(directory, 'keeper.json'))).mode & 0o777).toBe(0o600);
  });

  it.each(['SIGTERM', 'SIGQUIT'] as const)('comes back after %s', async (signal) => {
    const server = await start();
    process.kill(server.serverPid, signal);
    await hears('is back');
    expect(await ask(server.url, 'SELECT it FROM kept')).toEqual([{ it: 'here' }]);
  });

  it('comes back beside sessions of the killed one that were computing and would not end', async () => {
    const server = await start();
    const client = new pg.Client({ connectionString: server.url });
    client.on('error', () => undefined);
    await client.connect();
    const computing = client.query('DO $$ BEGIN LOOP END LOOP; END $$').catch((error: unknown) => error);
    await expect.poll(() => ask(server.url, "SELECT 1 FROM pg_stat_activity WHERE query LIKE 'DO %'")).toHaveLength(1);
    kill(server);
    await hears('is back');
    expect(await computing).toBeInstanceOf(Error);
    expect(await ask(server.url, 'SELECT it FROM kept')).toEqual([{ it: 'here' }]);
  });

  it('comes back for everybody who uses it, and for who comes while it is away', async () => {
    const first = await start();
    const second = await start();
    const killed = first.serverPid;
    kill(first);
    const third = await start();
    // Who comes in the very moment of its end may have been let in before that was noticed, and is told like the others.
    await expect
      .poll(() => [first, second, third].some(({ serverPid }) => serverPid === killed), {
        timeout: 15_000,
        interval: 10,
      })
      .toBe(false);
    expect([2, 3]).toContain(said.filter((line) => line.includes('is back')).length);
    expect(third).toMatchObject({ role: 'joined', port: first.port, keeperPid: first.keeperPid });
    expect([second.serverPid, third.serverPid]).toEqual([first.serverPid, first.serverPid]);
    await Promise.all([first.stop(), second.stop()]);
    expect(await ask(third.url, 'SELECT it FROM kept')).toEqual([{ it: 'here' }]);
  });

  it('comes back again and again, and stays guarded against the death of its keeper', async () => {
    const server = await start();
    for (let times = 1; times <= 3; times++) {
      kill(server);
      await hears('is back', times);
    }
    expect(await commandsWith('nest-registry-guard')).toContainEqual(expect.stringContaining(` ${server.serverPid} `));
    process.kill(server.keeperPid, 'SIGKILL');
    expect(await whenGone([server.serverPid], 5_000)).toBeDefined();
    await hears('PostgreSQL ended while it was in use:');
  });

  it('comes back as a temporary one, whose directory still goes with it', async () => {
    const copy = join(parent, 'temporary');
    await promisify(execFile)('cp', ['-a', directory, copy]);
    const server = await start({ directory: copy, lifetime: 'temporary' });
    kill(server);
    await hears('is back');
    expect(await ask(server.url, 'SELECT it FROM kept')).toEqual([{ it: 'here' }]);
    await server.stop();
    await expect(stat(copy)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('comes back when its port was taken for a moment', async () => {
    const server = await start();
    const squatter = createServer((socket) => socket.destroy());
    process.kill(server.serverPid, 'SIGSTOP'); // So that nobody is faster than the squatter.
    kill(server);
    await whenGone([server.serverPid], 5_000);
    await new Promise<void>((resolve, reject) => squatter.once('error', reject).listen(server.port, resolve));
    await sleep(300);
    squatter.close();
    await hears('is back');
    expect(await ask(server.url, 'SELECT it FROM kept')).toEqual([{ it: 'here' }]);
  });
});

describe('a restart', () => {
  it.each([0, 50, 120, 250])('is broken off by `stop` %i ms after the loss, which leaves nothing', async (waitMs) => {
    const server = await start();
    const lost = server.serverPid;
    kill(server);
    await sleep(waitMs);
    await server.stop();
    expect(await whenGone([lost, server.serverPid, server.keeperPid], 0)).toBeDefined();
    expect(await processesIn(join(directory, 'data'))).toEqual([]);
    expect(await ask((await start()).url, 'SELECT it FROM kept')).toEqual([{ it: 'here' }]);
  });

  it('is given up when the server cannot start, with its last words; a later start is a new one', async () => {
    const server = await start();
    await rename(join(directory, 'data/global'), join(directory, 'data/away'));
    kill(server);
    await hears('could not be started again');
    expect(said.at(-1)).toMatch(/^warning: .*could not be started again: .*global/);
    expect(said.filter((line) => line.includes('is being started again'))).toHaveLength(1);
    expect(await whenGone([server.serverPid, server.keeperPid], 5_000)).toBeDefined();
    await server.stop();
    await rename(join(directory, 'data/away'), join(directory, 'data/global'));
    const next = await start();
    expect(next.role).toBe('started');
    expect(await ask(next.url, 'SELECT it FROM kept')).toEqual([{ it: 'here' }]);
  });

  it('is not tried when the data is gone', async () => {
    const server = await start();
    await rename(join(directory, 'data'), join(directory, 'elsewhere'));
    kill(server);
    expect(await whenGone([server.serverPid, server.keeperPid], 2_000)).toBeDefined();
    await rename(join(directory, 'elsewhere'), join(directory, 'data'));
  });
});

describe('an application that is killed while its server is being started again', () => {
  let application: Installation;

  beforeAll(async () => {
    application = await installApplication();
    await chmod(application.folder, 0o755);
  });
  afterAll(() => application.remove());

  it.each([0, 50, 120])('leaves no process (%i ms after the loss)', async (waitMs) => {
    const { told, process: child, ended } = await application.start({ ...options, directory, stay: 'busy' });
    process.kill(told.serverPid, 'SIGKILL');
    await sleep(waitMs);
    child.kill('SIGKILL');
    await ended;
    expect(await whenGone([told.serverPid, told.keeperPid], 5_000)).toBeDefined();
    await expect.poll(() => commandsWith(directory), { timeout: 5_000 }).toEqual([]);
    expect(await processesIn(join(directory, 'data'))).toEqual([]);
  });
});
