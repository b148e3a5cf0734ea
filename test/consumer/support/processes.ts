import { existsSync, readdirSync, readFileSync, readlinkSync } from 'node:fs';
import { setTimeout as wait } from 'node:timers/promises';
import { run } from './run.js';

/** Processes that name `folder` in their command line or work in it, once they had `patience` ms to end. */
export async function processesLeftIn(folder: string, patience: number): Promise<readonly string[]> {
  const deadline = Date.now() + patience;
  for (;;) {
    const left = await processesIn(folder);
    if (left.length === 0 || Date.now() > deadline) return left;
    await wait(100);
  }
}

async function processesIn(folder: string): Promise<readonly string[]> {
  if (!existsSync('/proc/self/cmdline')) {
    const all = await run('ps', ['-A', '-ww', '-o', 'pid=,args='], { cwd: '.' });
    return all.split('\n').filter((line) => line.includes(folder));
  }
  return readdirSync('/proc')
    .filter((entry) => /^\d+$/.test(entry))
    .map((pid) => `${pid} ${commandLine(pid)} in ${workingDirectory(pid)}`)
    .filter((line) => line.includes(folder));
}

// A process may end while it is looked at, or belong to somebody else: then nothing is said about it.
function commandLine(pid: string): string {
  try {
    return readFileSync(`/proc/${pid}/cmdline`, 'utf8').replaceAll('\0', ' ').trim();
  } catch {
    return '';
  }
}

function workingDirectory(pid: string): string {
  try {
    return readlinkSync(`/proc/${pid}/cwd`);
  } catch {
    return '';
  }
}
