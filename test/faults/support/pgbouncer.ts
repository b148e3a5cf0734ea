import { execFile, spawn, type ChildProcess } from 'node:child_process';
import { chown, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { connect } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { promisify } from 'node:util';
import { freePort } from '../../../lib/embedded/free-port.js';
import type { ServerUser } from '../../../lib/embedded/run-program.js';
import { findServerUser } from '../../../lib/embedded/server-user.js';
import { ServerGuard } from './server-guard.js';

const run = promisify(execFile);
const READY_MS = 5_000;
const STOP_MS = 2_000;
/** Debian keeps it where an ordinary user's PATH does not look. */
const PATH = `${process.env['PATH'] ?? ''}:/usr/sbin:/usr/local/sbin`;
const isRoot = process.getuid?.() === 0;

/** The installed PgBouncer, such as `1.18.0`; root on a Debian installs it first. Else why there is none. */
export async function findPgBouncer(): Promise<{ readonly version: string } | { readonly missing: string }> {
  const found = await versionOf();
  if (found !== undefined) return { version: found };
  if (!isRoot) return { missing: 'PgBouncer is not installed, and only root may install it' };
  const refused = await install();
  const installed = await versionOf();
  return installed === undefined
    ? { missing: `PgBouncer cannot be installed here: ${refused}` }
    : { version: installed };
}

async function versionOf(): Promise<string | undefined> {
  try {
    const { stdout } = await run('pgbouncer', ['--version'], { env: { PATH } });
    return /PgBouncer (\S+)/i.exec(stdout)?.[1];
  } catch {
    return undefined;
  }
}

/** Gives the reason why it failed; the lists of packages may be missing or old, and are fetched then. */
async function install(): Promise<string> {
  const options = { env: { PATH, DEBIAN_FRONTEND: 'noninteractive', LC_ALL: 'C' }, timeout: 60_000 };
  const attempt = async (...words: readonly string[]): Promise<string> =>
    run('apt-get', ['-q', '-y', ...words], options).then(
      () => '',
      (error: Error & { stderr?: string }) => (error.stderr || error.message).trim().split('\n').at(-1) ?? 'no reason',
    );
  const words = ['install', '--no-install-recommends', 'pgbouncer'];
  if ((await attempt(...words)) === '') return '';
  return (await attempt('update')) || attempt(...words);
}

export interface PgBouncerOptions {
  /** The database behind it: its user, password and name are the pooler's, too. */
  readonly url: string;
  /** Sessions that it opens there at most. */
  readonly serverConnections: number;
}

/** A pooler between a test and its server. */
export interface PgBouncer {
  readonly url: string;
  /** What it wrote about itself. */
  log(): Promise<string>;
  dispose(): Promise<void>;
}

/** Starts PgBouncer in transaction mode, with every other setting at its default; it ends with this process. */
export async function startPgBouncer({ url, serverConnections }: PgBouncerOptions): Promise<PgBouncer> {
  const target = new URL(url);
  const user = isRoot ? await findServerUser('/nowhere') : undefined;
  const folder = await mkdtemp(join(tmpdir(), 'nest-registry-pooler-'));
  const guard = new ServerGuard([folder]);
  const port = await freePort(undefined);
  const logFile = join(folder, 'log');
  const files = {
    users: `"${target.username}" "${decodeURIComponent(target.password)}"\n`,
    ini: `[databases]
* = host=127.0.0.1 port=${target.port}
[pgbouncer]
pool_mode = transaction
default_pool_size = ${serverConnections}
auth_type = scram-sha-256
auth_file = ${join(folder, 'users')}
listen_addr = 127.0.0.1
listen_port = ${port}
unix_socket_dir =
logfile = ${logFile}
`,
  };
  for (const [name, text] of Object.entries(files)) {
    await writeFile(join(folder, name), text, { mode: 0o600 });
    if (user !== undefined) await chown(join(folder, name), user.uid, user.gid);
  }
  if (user !== undefined) await chown(folder, user.uid, user.gid);
  const child = startProcess(join(folder, 'ini'), user);
  guard.watch(child.pid ?? 0);
  const log = (): Promise<string> => readFile(logFile, 'utf8').catch(() => '');
  const dispose = async (): Promise<void> => {
    await end(child);
    await guard.finish();
    await rm(folder, { recursive: true, force: true });
  };
  if (!(await listens(port, child))) {
    const said = await log();
    await dispose();
    throw new Error(`PgBouncer did not start: ${said}`);
  }
  target.port = String(port);
  return { url: target.href, log, dispose };
}

function startProcess(ini: string, user: ServerUser | undefined): ChildProcess {
  const child = spawn('pgbouncer', ['-q', ini], {
    cwd: '/',
    env: { PATH, LC_ALL: 'C' },
    stdio: 'ignore',
    ...(user && { uid: user.uid, gid: user.gid }),
  });
  child.on('error', () => undefined); // Shows as one that does not listen.
  return child;
}

async function listens(port: number, child: ChildProcess): Promise<boolean> {
  for (let waitedMs = 0; waitedMs < READY_MS && child.exitCode === null; waitedMs += 20) {
    const isOpen = await new Promise<boolean>((resolve) => {
      const socket = connect(port, '127.0.0.1', () => resolve(true));
      socket.on('error', () => resolve(false)).on('connect', () => socket.destroy());
    });
    if (isOpen) return true;
    await sleep(20);
  }
  return false;
}

async function end(child: ChildProcess): Promise<void> {
  if (child.pid === undefined || child.exitCode !== null || child.signalCode !== null) return;
  const ended = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  const timer = setTimeout(() => child.kill('SIGKILL'), STOP_MS);
  await ended;
  clearTimeout(timer);
}
