import { access, readdir, realpath } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import type { Binaries, Passed } from './binaries.js';
import { runProgram, type ServerUser } from './run-program.js';

const OLDEST_MAJOR = 14;
const PROGRAM_SUFFIX = process.platform === 'win32' ? '.exe' : '';

/** The path of one PostgreSQL program in a `bin` folder. */
export function programIn(bin: string, name: 'postgres' | 'initdb' | 'pg_ctl' | 'pg_config'): string {
  return join(bin, name + PROGRAM_SUFFIX);
}

/** Folders on this machine that may hold PostgreSQL programs: what `pg_config` says, usual places, PATH. */
export async function installedFolders(settings: Readonly<Record<string, string | undefined>>): Promise<string[]> {
  const config = await runProgram('pg_config', ['--bindir']);
  const places = [
    config.status === 0 ? config.stdout.trim() : '',
    ...(await versionFolders('/usr/lib/postgresql')),
    ...(await versionFolders('/usr/local/lib/postgresql')),
    ...(await versionFolders('/Library/PostgreSQL')),
    ...(await versionFolders('/Applications/Postgres.app/Contents/Versions')),
    ...(await versionFolders('C:\\Program Files\\PostgreSQL')),
    ...(await homebrewFolders()),
    ...(await pgdgFolders()),
    ...(settings['PATH'] ?? '').split(delimiter).filter((folder) => isAbsolute(folder)),
  ];
  const folders = new Set<string>();
  for (const place of places) {
    if (place === '' || !(await exists(programIn(place, 'postgres')))) continue;
    // Distributions link programs into PATH one by one: what counts is where the real one lives.
    folders.add(dirname(await realpath(programIn(place, 'postgres'))));
  }
  return [...folders];
}

/** Whether the programs in a folder can serve when `user` (default: ours) runs them, and if not, why. */
export async function examineFolder(
  bin: string,
  { kind, user }: { readonly kind: Binaries['kind']; readonly user: ServerUser | undefined },
): Promise<Binaries | Passed> {
  for (const name of ['postgres', 'initdb'] as const) {
    if (!(await exists(programIn(bin, name)))) return { bin, reason: `has no ${name}` };
  }
  const asked = await runProgram(programIn(bin, 'postgres'), ['--version'], { user });
  const version = /\d+(\.\d+)?\w*/.exec(asked.stdout)?.[0];
  if (asked.status !== 0 || version === undefined) {
    return { bin, reason: `does not run here (${firstLine(asked.stderr) || `status ${asked.status}`})` };
  }
  const major = Number.parseInt(version, 10);
  if (major < OLDEST_MAJOR)
    return { bin, reason: `is version ${version}, and ${OLDEST_MAJOR} is the oldest that serves` };
  if (kind === 'installed' && (await lacksTrigrams(bin, major))) {
    return { bin, reason: `(version ${version}) lacks the extension pg_trgm; its contrib package has it` };
  }
  return { kind, bin, version, major };
}

/** Text search indexes need pg_trgm, which some distributions keep in a package of its own. */
async function lacksTrigrams(bin: string, major: number): Promise<boolean> {
  const config = await runProgram(programIn(bin, 'pg_config'), ['--sharedir']);
  const shares = [
    ...(config.status === 0 ? [config.stdout.trim()] : []),
    `/usr/share/postgresql/${major}`,
    join(bin, '../share/postgresql'),
    join(bin, `../share/postgresql@${major}`),
    join(bin, '../share'),
  ];
  for (const share of shares) {
    if (!(await exists(join(share, 'extension', 'plpgsql.control')))) continue;
    return !(await exists(join(share, 'extension', 'pg_trgm.control')));
  }
  return false;
}

async function versionFolders(parent: string): Promise<string[]> {
  return (await entries(parent)).filter((name) => /^\d+$/.test(name)).map((name) => join(parent, name, 'bin'));
}

async function homebrewFolders(): Promise<string[]> {
  const folders: string[] = [];
  for (const prefix of ['/opt/homebrew/opt', '/usr/local/opt', '/home/linuxbrew/.linuxbrew/opt']) {
    const names = (await entries(prefix)).filter((name) => /^postgresql(@\d+)?$/.test(name));
    folders.push(...names.map((name) => join(prefix, name, 'bin')));
  }
  return folders;
}

async function pgdgFolders(): Promise<string[]> {
  return (await entries('/usr')).filter((name) => /^pgsql-\d+$/.test(name)).map((name) => join('/usr', name, 'bin'));
}

function entries(folder: string): Promise<string[]> {
  return readdir(folder).catch(() => []);
}

function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
