import { access } from 'node:fs/promises';
import { join } from 'node:path';
import { runProgram, type ServerUser } from './run-program.js';

const OLDEST_MAJOR = 14;
const PROGRAM_SUFFIX = process.platform === 'win32' ? '.exe' : '';

/** PostgreSQL programs that can serve. */
export interface Binaries {
  readonly kind: 'installed' | 'npm';
  /** Folder with `postgres` and `initdb`. */
  readonly bin: string;
  /** Such as `18.4`. */
  readonly version: string;
  readonly major: number;
}

/** A folder that was looked at and passed over, and why. */
export interface Passed {
  readonly bin: string;
  readonly reason: string;
}

/** The path of one PostgreSQL program in a `bin` folder. */
export function programIn(bin: string, name: 'postgres' | 'initdb' | 'pg_ctl' | 'pg_config'): string {
  return join(bin, name + PROGRAM_SUFFIX);
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

/** Whether a file or folder can be reached. */
export function exists(path: string): Promise<boolean> {
  return access(path).then(
    () => true,
    () => false,
  );
}

function firstLine(text: string): string {
  return text.trim().split('\n')[0] ?? '';
}
