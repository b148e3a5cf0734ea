import { createHash } from 'node:crypto';
import { access, constants, mkdir, readFile, realpath, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { EmbeddedServerError } from '../errors/embedded-errors.js';
import { runProgram, type ServerUser } from './run-program.js';
import { canEnter, findServerUser, isRoot } from './server-user.js';

/** The folder that holds one embedded server: its data, password, log and the traces of its keeper. */
export interface Store {
  readonly root: string;
  readonly data: string;
  readonly password: string;
  readonly log: string;
  /** Who keeps the running server, readable by our user alone. */
  readonly keeper: string;
  readonly lock: string;
  /** The port of the last start. */
  readonly port: string;
  /** Where copies of programs go. */
  readonly binaries: string;
  /** The user that serves, when it is another than ours. */
  readonly user: ServerUser | undefined;
}

const SHARED_ROOT = '/var/lib/nest-registry';

/**
 * Finds or makes the store of `directory`. It is that directory, unless root starts a server whose user may not enter
 * it: then it is a folder below `/var/lib/nest-registry`, and a note in the directory says so.
 *
 * @throws EmbeddedServerError when no folder can be made, or the one that is there belongs to somebody else
 */
export async function openStore(directory: string): Promise<Store> {
  await makeFolder(directory);
  await writeOnce(join(directory, '.gitignore'), '*\n');
  if (!isRoot()) return storeAt(directory, undefined);
  const user = await findServerUser(join(directory, 'data'));
  if (await canEnter(directory, user)) return storeAt(directory, user);
  return sharedStore(directory, user);
}

/** Gives data that root copied, and that nobody can therefore serve, to the user that serves. */
export async function ownData({ data, user }: Store): Promise<void> {
  if (user === undefined || (await stat(data)).uid !== 0) return;
  await runProgram('chown', ['-R', `${user.uid}:${user.gid}`, data], { timeout: 60_000 });
}

/** Major version of the data in a store; undefined when there is none yet. */
export async function dataMajor(store: Store): Promise<number | undefined> {
  try {
    return Number.parseInt(await readFile(join(store.data, 'PG_VERSION'), 'utf8'), 10);
  } catch (error) {
    const code = codeOf(error);
    if (code === 'ENOENT') return undefined;
    if (code === 'EACCES') throw notOurs(store.root, error);
    throw error;
  }
}

async function sharedStore(directory: string, user: ServerUser): Promise<Store> {
  // Named after the place of the project: two checkouts have two databases, and one finds its own again.
  const name = createHash('sha256')
    .update(await realpath(directory))
    .digest('hex')
    .slice(0, 16);
  const root = join(SHARED_ROOT, name);
  await makeFolder(SHARED_ROOT);
  await makeFolder(root);
  const owner = await findServerUser(join(root, 'data'));
  if (!(await canEnter(root, owner))) {
    throw new EmbeddedServerError(
      `PostgreSQL must serve as "${user.name}", who may enter neither ${directory} nor ${root}.`,
      { hint: 'Give `directory` a place that this user can reach, run as an ordinary user, or set DATABASE_URL.' },
    );
  }
  await writeFile(
    join(directory, 'data-is-elsewhere.txt'),
    `PostgreSQL does not serve as root, and the user "${user.name}" may not enter this folder.\n` +
      `Its data is therefore in ${root}; remove that folder, while nothing runs, to begin with an empty database.\n`,
  );
  return storeAt(root, owner);
}

function storeAt(root: string, user: ServerUser | undefined): Store {
  const at = (name: string): string => join(root, name);
  return {
    root,
    user,
    data: at('data'),
    password: at('password'),
    log: at('server.log'),
    keeper: at('keeper.json'),
    lock: at('start.lock'),
    port: at('port'),
    binaries: user === undefined ? at('binaries') : join(SHARED_ROOT, 'binaries'),
  };
}

async function makeFolder(folder: string): Promise<void> {
  try {
    // Root's folder is open to pass through, for the user that serves; what is in it has modes of its own.
    await mkdir(folder, { recursive: true, mode: isRoot() ? 0o711 : 0o700 });
    await access(folder, constants.W_OK | constants.X_OK);
  } catch (error) {
    const owner = await stat(folder).catch(() => undefined);
    if (owner !== undefined && owner.uid !== process.getuid?.()) throw notOurs(folder, error);
    throw new EmbeddedServerError(
      `The folder ${folder} for the embedded PostgreSQL cannot be used (${codeOf(error)}).`,
      {
        hint: 'Give `directory` a folder that this user may write to, or set DATABASE_URL.',
        cause: error,
      },
    );
  }
}

async function writeOnce(file: string, text: string): Promise<void> {
  await writeFile(file, text, { flag: 'wx' }).catch((error: unknown) => {
    if (codeOf(error) !== 'EEXIST') throw error;
  });
}

/** The store was made by another user of the machine, root for example. */
export function notOurs(root: string, cause: unknown): EmbeddedServerError {
  return new EmbeddedServerError(`The embedded PostgreSQL in ${root} belongs to another user of this machine.`, {
    hint: 'Run as the user who started it first, give `directory` another folder, or set DATABASE_URL.',
    cause,
  });
}

function codeOf(error: unknown): string {
  return error instanceof Error && 'code' in error ? String(error.code) : String(error);
}
