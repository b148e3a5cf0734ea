import pg from 'pg';
import { PoolConnectError } from '../errors/pool-errors.js';
import { remember } from '../util/remember.js';

/** Which database to connect to, as whom: a URL, its parts, or both; what is left out comes from PG* settings. */
export interface ConnectionTarget {
  readonly url?: string | undefined;
  readonly host?: string | undefined;
  readonly port?: number | undefined;
  readonly user?: string | undefined;
  readonly password?: string | (() => string | Promise<string>) | undefined;
  readonly database?: string | undefined;
  readonly ssl?: boolean | TlsSettings | undefined;
}

/** Settings of `node:tls` that matter for a database connection. */
export interface TlsSettings {
  readonly ca?: string | undefined;
  readonly cert?: string | undefined;
  readonly key?: string | undefined;
  readonly servername?: string | undefined;
  readonly rejectUnauthorized?: boolean | undefined;
}

/** What the driver makes of a target; the part of its parameters that we read. */
interface DriverParameters {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly database: string | undefined;
  readonly password: string | (() => string | Promise<string>) | null | undefined;
  readonly ssl: boolean | TlsSettings;
  readonly sslnegotiation?: 'postgres' | 'direct';
  readonly options?: string;
  readonly client_encoding?: string;
  readonly application_name?: string;
}

/** What the driver is given to connect to a target. */
export interface DriverConfig {
  readonly host: string;
  readonly port: number;
  readonly user: string | undefined;
  readonly database: string | undefined;
  readonly password: DriverParameters['password'];
  readonly ssl: boolean | TlsSettings;
  readonly sslnegotiation: DriverParameters['sslnegotiation'];
  readonly options: string | undefined;
  readonly application_name: string | undefined;
}

/** A target by its parsed parts: two ways to write one target give equal keys. */
export class ResolvedTarget {
  readonly #parameters: DriverParameters;
  /** Equal for targets that may share sessions. Holds the password: never shown. */
  /** Equal for the same database as the same user. */
  readonly #place: string;
  readonly #key: string;
  /** Database, host and port, for figures and messages. */
  readonly label: string;

  constructor(parameters: DriverParameters, passwordId: string) {
    this.#parameters = parameters;
    const { host, port, user, database, ssl, sslnegotiation, options, application_name: application } = parameters;
    this.label = `${database ?? ''} on ${host}:${port}`;
    this.#place = JSON.stringify([host.toLowerCase(), port, user, database]);
    this.#key = JSON.stringify([this.#place, passwordId, ssl, sslnegotiation, options, application]);
  }

  get key(): string {
    return this.#key;
  }

  /** Whether both mean the same database as the same user, whatever the password and the settings. */
  isSamePlace(other: ResolvedTarget): boolean {
    return this.#place === other.#place;
  }

  /**
   * What the driver needs to connect, without the application's name if the target gives none. Typed by ourselves: the
   * driver's own types are not among what an application has installed.
   */
  clientConfig(): DriverConfig {
    const { host, port, user, database, password, ssl, sslnegotiation, options } = this.#parameters;
    return {
      host,
      port,
      user,
      database,
      password: password ?? undefined,
      ssl,
      sslnegotiation,
      options,
      application_name: this.#parameters.application_name,
    };
  }
}

/** How many written targets are remembered; beyond it the oldest is parsed again. */
const rememberedTargets = 10_000;

/** Parses targets; the same text is parsed once. */
export class TargetResolver {
  readonly #byUrl = new Map<string, ResolvedTarget>();
  readonly #byObject = new WeakMap<ConnectionTarget, ResolvedTarget>();
  readonly #byKey = new Map<string, ResolvedTarget>();
  readonly #passwordFunctions = new WeakMap<() => unknown, number>();
  #passwordFunctionCount = 0;

  /** @throws PoolConnectError when the URL cannot be parsed */
  resolve(target: ConnectionTarget): ResolvedTarget {
    const url = isUrlOnly(target) ? target.url : undefined;
    const known = url === undefined ? this.#ofFrozen(target) : this.#byUrl.get(url);
    if (known !== undefined) return known;
    const resolved = this.#parse(target);
    const shared = this.#byKey.get(resolved.key) ?? resolved;
    remember(this.#byKey, shared.key, { value: shared, limit: rememberedTargets });
    if (url !== undefined) remember(this.#byUrl, url, { value: shared, limit: rememberedTargets });
    else if (Object.isFrozen(target)) this.#byObject.set(target, shared);
    return shared;
  }

  /** Nobody has a connection to it or waits for one: what was kept to know it again goes. */
  forget(target: ResolvedTarget): void {
    this.#byKey.delete(target.key);
    for (const [url, resolved] of this.#byUrl) if (resolved.key === target.key) this.#byUrl.delete(url);
  }

  /** Only an object that cannot change may stand for what it once said. */
  #ofFrozen(target: ConnectionTarget): ResolvedTarget | undefined {
    return Object.isFrozen(target) ? this.#byObject.get(target) : undefined;
  }

  #parse(target: ConnectionTarget): ResolvedTarget {
    const { url, ...parts } = target;
    const given = Object.fromEntries(Object.entries(parts).filter(([, value]) => value !== undefined));
    let parameters: DriverParameters;
    try {
      const client = new pg.Client({ ...given, ...(url === undefined ? {} : { connectionString: url }) });
      parameters = (client as unknown as { readonly connectionParameters: DriverParameters }).connectionParameters;
    } catch {
      // The driver's error is not kept as cause: it may quote the URL, and with it the password.
      throw unreadable();
    }
    if (!Number.isInteger(parameters.port) || holdsNul(parameters)) throw unreadable();
    return new ResolvedTarget(parameters, this.#passwordId(parameters.password));
  }

  #passwordId(password: DriverParameters['password']): string {
    if (typeof password !== 'function') return `text ${password ?? ''}`;
    let id = this.#passwordFunctions.get(password);
    if (id === undefined) this.#passwordFunctions.set(password, (id = ++this.#passwordFunctionCount));
    return `function ${id}`;
  }
}

/** What follows a NUL in the first packet would be read as further settings of the session: another user, for one. */
function holdsNul(parameters: DriverParameters): boolean {
  const { host, user, database, options, application_name, client_encoding } = parameters;
  return [host, user, database, options, application_name, client_encoding].some((text) => text?.includes('\0'));
}

function isUrlOnly(target: ConnectionTarget): boolean {
  for (const key in target) if (key !== 'url') return false;
  return true;
}

function unreadable(): PoolConnectError {
  return new PoolConnectError('The connection target cannot be read.', {
    hint: 'Write it as postgres://user:password@host:5432/database, with special characters percent-encoded.',
  });
}
