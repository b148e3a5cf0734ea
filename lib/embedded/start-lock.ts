import { randomUUID } from 'node:crypto';
import { readFile, rename, rm, stat, utimes, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedServerError } from '../errors/embedded-errors.js';

const HEARTBEAT_MS = 1_000;
const STALE_AFTER_MS = 15_000;
const WAIT_MS = 180_000;

/**
 * Runs `work` while no other process does so with the same lock file: two starts of one project at once would
 * otherwise both make a database. A holder that died is noticed by its process id, or by a heartbeat that stopped.
 * @throws EmbeddedServerError when another process holds the lock for three minutes
 */
export async function withStartLock<T>(file: string, work: () => Promise<T>): Promise<T> {
  const mine = JSON.stringify({ host: hostname(), pid: process.pid, token: randomUUID() });
  const deadlineMs = performance.now() + WAIT_MS;
  while (!(await take(file, mine))) {
    if (performance.now() > deadlineMs) {
      throw new EmbeddedServerError(
        `Another process has been starting the embedded PostgreSQL for ${WAIT_MS / 1_000} s.`,
        {
          hint: `If there is none, remove ${file}.`,
        },
      );
    }
    await sleep(50);
  }
  const heartbeat = setInterval(() => {
    const now = new Date();
    // A failure shows as a lock that another start takes over, which the data directory's own lock then stops.
    utimes(file, now, now).catch(() => clearInterval(heartbeat));
  }, HEARTBEAT_MS);
  try {
    return await work();
  } finally {
    clearInterval(heartbeat);
    if ((await read(file)) === mine) await rm(file, { force: true });
  }
}

async function take(file: string, mine: string): Promise<boolean> {
  try {
    await writeFile(file, mine, { flag: 'wx', mode: 0o600 });
    return true;
  } catch (error) {
    if (!(error instanceof Error && 'code' in error && error.code === 'EEXIST')) throw error;
  }
  const held = await read(file);
  if (held !== undefined && (await isStale(file, held))) await breakLock(file, held);
  return false;
}

async function isStale(file: string, held: string): Promise<boolean> {
  const beaten = await stat(file).catch(() => undefined);
  if (beaten === undefined) return false;
  const silentMs = Date.now() - beaten.mtimeMs;
  if (silentMs > STALE_AFTER_MS) return true;
  const holder = parse(held);
  // An unfinished file is being written this very moment.
  if (holder === undefined || holder.host !== hostname()) return false;
  return !isAlive(holder.pid);
}

/** Moves the dead holder's file away; if another process was faster and holds it now, its file is put back. */
async function breakLock(file: string, held: string): Promise<void> {
  const aside = `${file}.${randomUUID().slice(0, 8)}`;
  try {
    await rename(file, aside);
  } catch {
    return; // Another process broke or released it.
  }
  const moved = await read(aside);
  if (moved !== undefined && moved !== held) {
    await writeFile(file, moved, { flag: 'wx', mode: 0o600 }).catch(() => undefined);
  }
  await rm(aside, { force: true });
}

function read(file: string): Promise<string | undefined> {
  return readFile(file, 'utf8').catch(() => undefined);
}

function parse(text: string): { readonly host: string; readonly pid: number } | undefined {
  try {
    return JSON.parse(text) as { host: string; pid: number };
  } catch {
    return undefined;
  }
}

/** Whether a process with this id exists. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error instanceof Error && 'code' in error && error.code === 'EPERM';
  }
}
