import { randomBytes, randomUUID } from 'node:crypto';
import { chown, mkdir, readFile, readdir, rename, rm, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedServerError } from '../errors/embedded-errors.js';
import { programIn, type Binaries } from './programs.js';
import { programEnvironment, runProgram, type ProgramResult } from './run-program.js';
import { notOurs, type Store } from './store.js';

/** The database user of the embedded server. */
export const SUPERUSER = 'postgres';

export interface ClusterOptions {
  readonly binaries: Binaries;
  readonly settings: Readonly<Record<string, string | undefined>>;
  /** `quick` does not wait for the disk: for a server that runs with `fsync` off anyway. */
  readonly durability: 'durable' | 'quick';
}

/**
 * Makes the data of a store: whole or not at all, whenever it is killed. Text sorts by code point (C.UTF-8), so every
 * machine gives the same order; a random password keeps other users of the machine out.
 */
export async function createCluster(store: Store, options: ClusterOptions): Promise<void> {
  await sweep(store);
  const unfinished = join(store.root, `new-${randomUUID().slice(0, 8)}`);
  const passwordForProgram = `${unfinished}.password`;
  const password = randomBytes(24).toString('base64url');
  await mkdir(unfinished, { mode: 0o700 });
  await writeFile(store.password, password, { mode: 0o600 });
  await writeFile(passwordForProgram, password, { mode: 0o600 });
  try {
    if (store.user !== undefined) {
      await chown(unfinished, store.user.uid, store.user.gid);
      await chown(passwordForProgram, store.user.uid, store.user.gid);
    }
    await initialise({ ...options, store, data: unfinished, passwordFile: passwordForProgram });
    await rename(unfinished, store.data);
  } finally {
    await rm(passwordForProgram, { force: true });
    await rm(unfinished, { recursive: true, force: true });
  }
}

/**
 * The password of a store's database user.
 * @throws EmbeddedServerError when its file is lost or belongs to somebody else
 */
export async function readPassword(store: Store): Promise<string> {
  try {
    return await readFile(store.password, 'utf8');
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'EACCES') throw notOurs(store.root, error);
    throw new EmbeddedServerError(`The file ${store.password} is missing, and without it the data cannot be opened.`, {
      hint: `Put the file back, or move ${store.root} away to begin with an empty database.`,
      cause: error,
    });
  }
}

/** What a killed start may have left half made. */
async function sweep(store: Store): Promise<void> {
  for (const name of await readdir(store.root)) {
    if (/^new-[0-9a-f]{8}(\.password)?$/.test(name)) await rm(join(store.root, name), { recursive: true, force: true });
  }
}

interface Initialisation extends ClusterOptions {
  readonly store: Store;
  readonly data: string;
  readonly passwordFile: string;
}

async function initialise({
  binaries,
  settings,
  store,
  data,
  passwordFile,
  durability,
}: Initialisation): Promise<void> {
  const common = ['-D', data, '-U', SUPERUSER, '-E', 'UTF8', '-A', 'scram-sha-256', `--pwfile=${passwordFile}`];
  // Stretching protects weak passwords; ours is random, and the work would be done again for every connection.
  if (binaries.major >= 16) common.push('-c', 'scram_iterations=1');
  if (durability === 'quick') common.push('--no-sync');
  let result: ProgramResult | undefined;
  for (const locale of localeChoices(binaries.major)) {
    result = await runProgram(programIn(binaries.bin, 'initdb'), [...common, ...locale, '--lc-messages=C'], {
      user: store.user,
      environment: programEnvironment(settings),
      timeout: 120_000,
    });
    if (result.status === 0) return;
    if (!/invalid locale/i.test(result.stderr)) break;
  }
  const said = result?.stderr.trim().split('\n').slice(-4) ?? [];
  throw new EmbeddedServerError(`PostgreSQL ${binaries.version} could not make its data in ${store.root}.`, {
    hint: 'Give `directory` a folder on a local disk with room for about 50 MB, or set DATABASE_URL.',
    serverLog: said.map((line) => line.trim()).filter((line) => line !== ''),
  });
}

/** From 17 on the server brings the locale itself; before, it is the system's, which may lack it. */
function localeChoices(major: number): readonly (readonly string[])[] {
  if (major >= 17) return [['--locale-provider=builtin', '--builtin-locale=C.UTF-8', '--locale=C']];
  return [
    ['--locale=C.UTF-8'],
    ['--locale=C', '--lc-ctype=UTF-8'],
    ['--locale=C', '--lc-ctype=en_US.UTF-8'],
    ['--locale=C'],
  ];
}
