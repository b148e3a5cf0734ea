import { resolve } from 'node:path';
import { EmbeddedServerError } from '../errors/embedded-errors.js';

/**
 * Where the PostgreSQL programs come from: `installed` on the machine, the `npm` package, `auto` for those two in this
 * order, `npm-first` for the other order, or the path of a `bin` folder.
 */
export type BinariesChoice = 'auto' | 'npm-first' | 'installed' | 'npm' | (string & {});

export interface EmbeddedServerOptions {
  /** Where the data is kept; default `.registry` in the working directory. One directory, one server. */
  readonly directory?: string | undefined;
  /** The database to open; created if it is missing. */
  readonly database: string;
  /** TCP port on 127.0.0.1. Default: the port of the last start if it is free, else any free one. */
  readonly port?: number | undefined;
  /** Default: the setting `NEST_REGISTRY_POSTGRES`, else `auto`: an installed PostgreSQL (14 or later), else the npm one. */
  readonly binaries?: BinariesChoice | undefined;
  /** Server parameters of this start, such as `{ fsync: 'off' }`; they have no effect on a server that already runs. */
  readonly parameters?: Readonly<Record<string, string>> | undefined;
  /** `temporary`: the server stops without a checkpoint and its directory is removed with it. Default `kept`. */
  readonly lifetime?: 'kept' | 'temporary' | undefined;
  /** Told in whole sentences what starts, where the data is, and what went wrong later. Never a secret. */
  readonly log?: ((message: string, level: 'info' | 'warning') => void) | undefined;
  /** Settings of the process: `NODE_ENV`, `NEST_REGISTRY_POSTGRES`, `PATH`. Default `process.env`. */
  readonly settings?: Readonly<Record<string, string | undefined>> | undefined;
}

/** Options with every default filled in. */
export interface ResolvedOptions {
  readonly directory: string;
  readonly database: string;
  readonly port: number | undefined;
  readonly binaries: BinariesChoice;
  readonly parameters: Readonly<Record<string, string>>;
  readonly lifetime: 'kept' | 'temporary';
  readonly log: (message: string, level?: 'info' | 'warning') => void;
  readonly settings: Readonly<Record<string, string | undefined>>;
}

/**
 * Refuses an embedded server in production, where a database must be chosen, backed up and watched by somebody.
 * @throws EmbeddedServerError when `NODE_ENV` is `production`
 */
export function refuseInProduction(settings: Readonly<Record<string, string | undefined>> = process.env): void {
  if (settings['NODE_ENV'] !== 'production') return;
  throw new EmbeddedServerError('No database is configured, and in production no embedded PostgreSQL is started.', {
    hint: 'Set DATABASE_URL (or PGHOST, PGUSER, PGDATABASE…), or give `database.url` to `RegistryModule.forRoot`.',
  });
}

/** Checks the options and fills in the defaults; every wrong one is named in one error. */
export function resolveOptions(options: EmbeddedServerOptions): ResolvedOptions {
  const settings = options.settings ?? process.env;
  const log = options.log;
  const problems = [...problemsOf(options)];
  if (problems.length > 0) {
    throw new EmbeddedServerError(`The embedded PostgreSQL cannot be started: ${problems.join('; ')}.`);
  }
  return {
    directory: resolve(options.directory ?? '.registry'),
    database: options.database,
    port: options.port,
    binaries: options.binaries ?? (settings['NEST_REGISTRY_POSTGRES'] || 'auto'),
    parameters: options.parameters ?? {},
    lifetime: options.lifetime ?? 'kept',
    log: (message, level = 'info') => log?.(message, level),
    settings,
  };
}

function* problemsOf(options: EmbeddedServerOptions): Iterable<string> {
  const { database, port, parameters = {} } = options;
  const bytes = typeof database === 'string' ? Buffer.byteLength(database) : 0;
  if (bytes === 0 || bytes > 63 || database.includes('\0')) {
    yield '`database` must be a name of 1 to 63 bytes';
  }
  if (port !== undefined && (!Number.isInteger(port) || port < 1 || port > 65_535)) {
    yield '`port` must be an integer from 1 to 65535';
  }
  for (const [name, value] of Object.entries(parameters)) {
    if (!/^[a-z_][a-z0-9_.]*$/i.test(name) || typeof value !== 'string' || value.includes('\0')) {
      yield `\`parameters\` has a bad entry "${name}"`;
    } else if (OWN_PARAMETERS.has(name)) {
      yield `\`parameters\` may not set "${name}", which the launcher decides`;
    }
  }
}

const OWN_PARAMETERS = new Set(['port', 'listen_addresses', 'unix_socket_directories', 'data_directory']);
