import { readdir, realpath } from 'node:fs/promises';
import { delimiter, dirname, isAbsolute, join } from 'node:path';
import { exists, programIn } from './programs.js';
import { runProgram } from './run-program.js';

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
