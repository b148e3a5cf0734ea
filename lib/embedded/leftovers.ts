import { readFileSync, readdirSync, readlinkSync, realpathSync } from 'node:fs';
import { basename } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';

const POLL_MS = 20;
const LIMIT_MS = 5_000;
/** How long sessions have to end by themselves. */
const GRACE_MS = 500;

/**
 * Waits until no session of a dead server is left, beside which PostgreSQL refuses to start. They end by themselves
 * when they next wait for anything; one that computes may not, and is killed after `graceMs`, which the recovery at the
 * next start makes good. Where the system has no /proc, a start has to be tried again until they are gone.
 */
export async function endLeftovers(dataDirectory: string, graceMs = GRACE_MS): Promise<void> {
  for (let waitedMs = 0; waitedMs < LIMIT_MS; waitedMs += POLL_MS) {
    const left = leftoversOf(dataDirectory);
    if (left.length === 0) return;
    if (waitedMs >= graceMs) left.forEach(kill);
    await sleep(POLL_MS);
  }
}

/** The server and its sessions work in the data directory. Sessions beside a living server are that one's. */
function leftoversOf(dataDirectory: string): readonly number[] {
  const found: number[] = [];
  for (const pid of processesIn(dataDirectory)) {
    if (!/^postgres\b/.test(basename(linkOf(`/proc/${pid}/exe`)))) continue;
    const title = titleOf(pid);
    if (title.startsWith('postgres: ')) found.push(pid);
    else if (title !== '') return [];
  }
  return found;
}

function processesIn(folder: string): readonly number[] {
  try {
    const path = realpathSync(folder);
    const names = readdirSync('/proc').filter((name) => /^\d+$/.test(name));
    return names.filter((name) => linkOf(`/proc/${name}/cwd`) === path).map(Number);
  } catch {
    return []; // No such folder, or a system without /proc.
  }
}

/** Empty for a process that ended, or is somebody else's. */
function linkOf(file: string): string {
  try {
    return readlinkSync(file);
  } catch {
    return '';
  }
}

function titleOf(pid: number): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'latin1');
  } catch {
    return ''; // It ended.
  }
}

function kill(pid: number): void {
  try {
    process.kill(pid, 'SIGKILL');
  } catch {
    // It ended meanwhile, or is looked at once more.
  }
}
