import { readFile, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { endLeftovers } from './leftovers.js';
import { runProgram } from './run-program.js';
import { isAlive } from './start-lock.js';

const STOP_MS = 15_000;

/**
 * Clears the way for a start where a server may run without its keeper, or sessions without their server, or a lock file
 * names a process that is long something else: common in containers, where process ids repeat. Only a process whose
 * command line names this very data directory is stopped, and only sessions that work in it.
 */
export async function endOrphan(dataDirectory: string): Promise<void> {
  const file = join(dataDirectory, 'postmaster.pid');
  const pid = Number.parseInt((await readFile(file, 'utf8').catch(() => '')).split('\n')[0] ?? '', 10);
  if (!(pid > 0)) return;
  if (!isAlive(pid)) return endLeftovers(dataDirectory);
  const command = await commandOf(pid);
  if (command === undefined) return; // Unknown: PostgreSQL's own check decides.
  if (!command.includes(dataDirectory) || !command.includes('postgres')) {
    await rm(file, { force: true });
    return;
  }
  for (const [signal, waitMs] of [
    ['SIGINT', STOP_MS],
    ['SIGQUIT', 5_000],
    ['SIGKILL', 1_000],
  ] as const) {
    process.kill(pid, signal);
    for (let waitedMs = 0; waitedMs < waitMs; waitedMs += 50) {
      if (!isAlive(pid)) return;
      await sleep(50);
    }
  }
}

async function commandOf(pid: number): Promise<string | undefined> {
  try {
    return (await readFile(`/proc/${pid}/cmdline`, 'utf8')).replaceAll('\0', ' ');
  } catch {
    const listed = await runProgram('ps', ['-ww', '-o', 'args=', '-p', String(pid)]);
    return listed.status === 0 ? listed.stdout : undefined;
  }
}
