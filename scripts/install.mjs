import { createHash } from 'node:crypto';
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { endWithMessage, isProgram, ROOT, runNpm } from './run-command.mjs';
import { withStepLock } from './step-lock.mjs';

const LOCK_FILE = join(ROOT, 'package-lock.json');
const MODULES = join(ROOT, 'node_modules');
const STAMP = join(MODULES, '.install-stamp');

/** Installs what the lock file lists and this folder lacks; does nothing when all is there. */
export async function ensureInstalled() {
  if (isInstalled()) return;
  await withStepLock('install', async () => {
    if (isInstalled()) return;
    console.log('Installing dependencies…');
    // An existing folder is completed rather than replaced: another process may be running from it.
    const command = existsSync(MODULES) ? ['install', '--no-save'] : ['ci'];
    const code = await runNpm([
      ...command,
      '--include=dev',
      '--include=optional',
      '--no-audit',
      '--no-fund',
      '--loglevel=error',
    ]);
    if (code !== 0) throw new Error(`npm ${command[0]} failed with code ${code}; its messages are above.`);
    writeFileSync(STAMP, fingerprint());
  });
}

function isInstalled() {
  if (!existsSync(MODULES)) return false;
  // The stamp lets pass what npm itself let pass: an optional package that could not be installed here.
  const stamped = existsSync(STAMP) && readFileSync(STAMP, 'utf8') === fingerprint();
  return missingPackages().every((entry) => stamped && entry.optional);
}

function fingerprint() {
  return createHash('sha256')
    .update(readFileSync(LOCK_FILE))
    .update(`${process.platform} ${process.arch}`)
    .digest('hex');
}

function missingPackages() {
  const wanted = JSON.parse(readFileSync(LOCK_FILE, 'utf8')).packages;
  const missing = [];
  for (const [path, entry] of Object.entries(wanted)) {
    if (path === '' || entry.link || !suitsThisMachine(entry)) continue;
    if (installedVersion(path) !== entry.version) missing.push({ path, optional: entry.optional === true });
  }
  return missing;
}

function installedVersion(path) {
  try {
    return JSON.parse(readFileSync(join(ROOT, path, 'package.json'), 'utf8')).version;
  } catch {
    return undefined;
  }
}

function suitsThisMachine(entry) {
  // An optional package for every machine is wanted only by an optional one for some machine, perhaps not this.
  if (entry.optional && entry.os === undefined && entry.cpu === undefined) return false;
  if (!suits(entry.os, process.platform) || !suits(entry.cpu, process.arch)) return false;
  return entry.libc === undefined || suits(entry.libc, currentLibc());
}

function suits(list, value) {
  if (list === undefined) return true;
  if (list.includes(`!${value}`)) return false;
  return list.includes(value) || list.every((entry) => entry.startsWith('!'));
}

let libc;

// A report costs time, so it is made once, and only when a package asks.
function currentLibc() {
  if (process.platform !== 'linux') return undefined;
  process.report.excludeNetwork = true;
  libc ??= process.report.getReport().header.glibcVersionRuntime === undefined ? 'musl' : 'glibc';
  return libc;
}

if (isProgram(import.meta.url)) await ensureInstalled().catch(endWithMessage);
