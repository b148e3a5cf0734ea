import { UsageError } from '../errors/use-errors.js';
import { didYouMean } from '../errors/nearest.js';
import type { ConnectionTarget } from '../pool/connection-target.js';
import { poolOptionProblems, type PoolOptions } from '../pool/pool-options.js';
import type { RegistryOptions, TransactionSettings } from '../registry/registry-settings.js';
import type { SchemaMode } from '../schema/apply.js';
import type { ContextResolver, UserResolver } from './acting-party.js';

/** Where the database is, and how many connections to it. */
export interface DatabaseOptions extends ConnectionTarget {
  /** Connections to this database; default: `pool.max`. */
  readonly max?: number | undefined;
}

/** What `RegistryModule.forRoot` may be told. Everything has a default. */
export interface RegistryModuleOptions {
  /** Default: DATABASE_URL, else the PG* settings, else, outside production, an embedded PostgreSQL under `.registry/`. */
  readonly database?: DatabaseOptions | undefined;
  readonly pool?: PoolOptions | undefined;
  /** Default: `sync`; in production `check`. */
  readonly schema?: SchemaMode | undefined;
  /** Who acts in a request; none given, or `superuser`: everyone is the superuser. */
  readonly user?: UserResolver | 'superuser' | undefined;
  /** Groups of a user; asked as superuser, once a unit of work and user, by `env.hasGroup`. */
  readonly groups?: RegistryOptions['groups'];
  /** The model whose records are users. */
  readonly userModel?: RegistryOptions['userModel'];
  /** The context a request begins with. */
  readonly context?: ContextResolver | undefined;
  readonly transaction?: TransactionSettings | undefined;
}

/** Options that were checked, with what the process settings decide filled in. */
export interface ResolvedRegistryOptions extends Omit<RegistryModuleOptions, 'database' | 'pool' | 'schema' | 'user'> {
  /** null: nothing is configured, an embedded server is needed. */
  readonly target: ConnectionTarget | null;
  readonly pool: PoolOptions;
  readonly schema: SchemaMode;
  readonly user: UserResolver | undefined;
}

type Settings = Readonly<Record<string, string | undefined>>;

/**
 * Checks the options and fills in what process settings decide. The only other settings read from the process are
 * those of the embedded server.
 * @throws UsageError naming every option that cannot be
 */
export function resolveRegistryOptions(
  options: RegistryModuleOptions,
  settings: Settings = process.env,
): ResolvedRegistryOptions {
  const problems = [...problemsOf(options)];
  if (problems.length > 0) {
    const lines = problems.map((problem, index) => `  ${index + 1}. ${problem}`);
    throw new UsageError(`The options of RegistryModule cannot be used:\n${lines.join('\n')}`);
  }
  const { database, pool = {}, schema, user, ...rest } = options;
  const { max, ...target } = database ?? {};
  return {
    ...rest,
    target: hasPlace(target) ? target : mergedTarget(targetOfSettings(settings), target),
    pool: max === undefined ? pool : { ...pool, maxPerDatabase: max },
    schema: schema ?? (settings['NODE_ENV'] === 'production' ? 'check' : 'sync'),
    user: user === 'superuser' ? undefined : user,
  };
}

function hasPlace(target: ConnectionTarget): boolean {
  return target.url !== undefined || target.host !== undefined || target.database !== undefined;
}

function mergedTarget(found: ConnectionTarget | null, given: ConnectionTarget): ConnectionTarget | null {
  return found === null ? null : { ...found, ...given };
}

/** DATABASE_URL goes before PG*, which the driver knows by themselves, too. */
function targetOfSettings(settings: Settings): ConnectionTarget | null {
  const url = settings['DATABASE_URL'];
  if (url) return { url };
  const { PGHOST: host, PGPORT: port, PGUSER: user, PGPASSWORD: password, PGDATABASE: database } = settings;
  if (!host && !port && !user && !database) return null;
  return {
    ...(host && { host }),
    ...(port && { port: Number(port) }),
    ...(user && { user }),
    ...(password && { password }),
    ...(database && { database }),
  };
}

const KNOWN: Readonly<Record<keyof RegistryModuleOptions, true>> = {
  database: true,
  pool: true,
  schema: true,
  user: true,
  groups: true,
  userModel: true,
  context: true,
  transaction: true,
};

function* problemsOf(options: RegistryModuleOptions): Iterable<string> {
  if (typeof options !== 'object' || options === null) {
    yield 'They must be an object.';
    return;
  }
  for (const key of Object.keys(options)) {
    if (!Object.hasOwn(KNOWN, key)) yield `There is no option \`${key}\`.${didYouMean(key, Object.keys(KNOWN))}`;
  }
  yield* databaseProblems(options.database);
  yield* poolOptionProblems(options.pool ?? {});
  yield* choiceProblems('schema', options.schema, ['sync', 'check', 'off']);
  for (const name of ['user', 'groups', 'userModel', 'context'] as const) {
    const value: unknown = options[name];
    if (value === undefined || typeof value === 'function' || (name === 'user' && value === 'superuser')) continue;
    yield `\`${name}\` must be a function${name === 'user' ? " or 'superuser'" : ''}, not ${typeof value}.`;
  }
  yield* transactionProblems(options.transaction);
}

function* databaseProblems(database: DatabaseOptions | undefined): Iterable<string> {
  if (database === undefined) return;
  if (typeof database !== 'object' || database === null) {
    yield '`database` must be an object such as { url }.';
    return;
  }
  const { url, max } = database;
  // The value itself is not shown: it may hold a password.
  if (url !== undefined && (typeof url !== 'string' || !/^postgres(ql)?:\/\//.test(url))) {
    yield '`database.url` must begin with postgres:// or postgresql://.';
  }
  if (max !== undefined && !(Number.isInteger(max) && max >= 1)) {
    yield `\`database.max\` must be a whole number of at least 1, not ${String(max)}.`;
  }
}

function* transactionProblems(transaction: TransactionSettings | undefined): Iterable<string> {
  if (transaction === undefined) return;
  if (typeof transaction !== 'object' || transaction === null) {
    yield '`transaction` must be an object such as { isolation }.';
    return;
  }
  const { isolation, onAbort, retry } = transaction;
  yield* choiceProblems('transaction.isolation', isolation, ['read committed', 'repeatable read', 'serializable']);
  yield* choiceProblems('transaction.onAbort', onAbort, ['finish', 'rollback']);
  if (retry === undefined || retry === false) return;
  const within: unknown = (retry as { readonly within?: unknown } | null)?.within;
  if (typeof retry !== 'object' || (within !== undefined && !(typeof within === 'number' && within >= 0))) {
    yield '`transaction.retry` must be false or { within } with a number of ms.';
  }
}

function* choiceProblems(name: string, value: unknown, choices: readonly string[]): Iterable<string> {
  if (value === undefined || choices.includes(value as string)) return;
  yield `\`${name}\` must be one of ${choices.map((choice) => `'${choice}'`).join(', ')}, not ${JSON.stringify(value)}.`;
}
