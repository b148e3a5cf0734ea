import { stat } from 'node:fs/promises';
import { EmbeddedServerError } from '../errors/embedded-errors.js';
import { runProgram, type ServerUser } from './run-program.js';

/** Whether this process is root, whom PostgreSQL refuses to serve as. */
export function isRoot(): boolean {
  return process.getuid?.() === 0;
}

/**
 * The user that serves when this process is root: the owner of data that is there already, else `postgres`, else
 * `nobody`.
 *
 * @throws EmbeddedServerError when the system has neither, or does not let this process become another user
 */
export async function findServerUser(dataDirectory: string): Promise<ServerUser> {
  const owner = await stat(dataDirectory).catch(() => undefined);
  if (owner !== undefined && owner.uid !== 0) return { name: `uid ${owner.uid}`, uid: owner.uid, gid: owner.gid };
  for (const name of ['postgres', 'nobody']) {
    const [uid, gid] = await Promise.all(['-u', '-g'].map((flag) => runProgram('id', [flag, name])));
    if (uid?.status !== 0 || gid?.status !== 0) continue;
    const user = { name, uid: Number(uid.stdout), gid: Number(gid.stdout) };
    const tried = await runProgram('/bin/sh', ['-c', 'true'], { user });
    if (tried.status === 0) return user;
    throw new EmbeddedServerError(
      `PostgreSQL does not serve as root, and this process may not start it as "${name}" (${tried.stderr.trim()}).`,
      { hint: 'Run the application as an ordinary user, or set DATABASE_URL.' },
    );
  }
  throw new EmbeddedServerError(
    'PostgreSQL does not serve as root, and there is no user "postgres" or "nobody" here.',
    {
      hint: 'Add a system user "postgres", run the application as an ordinary user, or set DATABASE_URL.',
    },
  );
}

/** Whether `user` may enter a folder, asked of the system itself: modes alone do not tell of lists and mounts. */
export async function canEnter(folder: string, user: ServerUser): Promise<boolean> {
  const tried = await runProgram('/bin/sh', ['-c', 'cd -- "$1"', 'sh', folder], { user });
  return tried.status === 0;
}
