import { mkdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as wait } from 'node:timers/promises';
import { ROOT } from './run-command.mjs';

/**
 * Runs `step` while no other process of this checkout runs the step of the same name: two terminals that start at once
 * must not install over each other. A lock whose process is gone counts for nothing.
 */
export async function withStepLock(name, step) {
  const path = join(ROOT, '.cache', `${name}.lock`);
  mkdirSync(join(ROOT, '.cache'), { recursive: true });
  for (let told = false; !take(path); told = true) {
    if (!told) console.log(`Another process runs the step "${name}" in this folder; waiting for it.`);
    await wait(200);
  }
  const release = () => rmSync(path, { force: true });
  process.once('exit', release);
  try {
    return await step();
  } finally {
    process.off('exit', release);
    release();
  }
}

function take(path) {
  try {
    writeFileSync(path, String(process.pid), { flag: 'wx' });
    return true;
  } catch (error) {
    if (error.code !== 'EEXIST') throw error;
  }
  const owner = readOwner(path);
  if (owner !== undefined && !isRunning(owner)) rmSync(path, { force: true });
  return false;
}

// An empty file is a lock that is being written this moment: its owner is not known yet, and it is not ours to remove.
function readOwner(path) {
  try {
    return Number(readFileSync(path, 'utf8')) || undefined;
  } catch {
    return undefined;
  }
}

function isRunning(pid) {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return error.code === 'EPERM';
  }
}
