import pg from 'pg';
import type { PoolSettings } from './pool-options.js';
import type { ResolvedTarget } from './connection-target.js';

/** The driver's client with what it has and its types lack. */
export type SessionClient = pg.Client & {
  readonly processID: number | null;
  readonly secretKey: number | null;
  /** Whether the server has said in what state the last statement left the session. */
  readonly readyForQuery: boolean;
};

interface StartupSource {
  getStartupConf(): Readonly<Record<string, string>>;
}

/** A connection without traffic for so long is probed by TCP: a peer that has forgotten it says so at once. */
const keepAliveDelayMs = 10_000;

/**
 * A client in pipeline mode, not connected yet. Values come as text, so what decides about their form is fixed from
 * the first packet on: dates in ISO form, times in UTC, whatever the server, the role or the database prefer. (A
 * pooler between us and the server lets these settings through.)
 */
export function openClient(target: ResolvedTarget, settings: PoolSettings): SessionClient {
  const config = target.clientConfig() as pg.ClientConfig;
  const client = new pg.Client({
    ...config,
    application_name: config.application_name ?? applicationName(settings.applicationName),
    keepAlive: settings.keepAlive,
    keepAliveInitialDelayMillis: keepAliveDelayMs,
    statement_timeout: settings.statementTimeout,
    idle_in_transaction_session_timeout: settings.idleInTransactionTimeout,
    query_timeout: 0,
    pipeline: true,
  });
  const source = client as unknown as StartupSource;
  const given = source.getStartupConf.bind(client);
  const isZoneGiven = /timezone/i.test(config.options ?? '');
  source.getStartupConf = () => ({
    ...given(),
    DateStyle: 'ISO, MDY',
    ...(isZoneGiven ? {} : { TimeZone: 'UTC' }),
  });
  return client as SessionClient;
}

/** PostgreSQL keeps 63 bytes; the process id at the end is what tells two processes apart. */
function applicationName(name: string): string {
  const suffix = ` [${process.pid}]`;
  const room = 63 - suffix.length;
  // The server writes other characters as four for each byte, and cuts the end off.
  const plain = name
    .normalize('NFKD')
    .replace(/\p{M}/gu, '')
    .replace(/[^ -~]/gu, '?');
  return `${Buffer.from(plain).subarray(0, room).toString('utf8').replace(/�$/, '')}${suffix}`;
}

/** The driver's connection with what it has and its types lack. */
interface CancelConnection {
  connect(port: number | string, host?: string): void;
  requestSsl(): void;
  cancel(processId: number, secretKey: number): void;
  on(event: 'connect' | 'sslconnect' | 'error' | 'end', listener: () => void): void;
  readonly stream: {
    setTimeout(ms: number, then: () => void): unknown;
    once(event: 'close', listener: () => void): unknown;
    unref(): unknown;
    destroy(): unknown;
  };
}

/** How long a request to cancel may be under way, in ms. */
const cancelLimitMs = 5_000;

/**
 * Asks the server, on a connection of its own as the protocol wants it, to stop the session's statement. There is no
 * answer; resolves when the other side has closed that connection, which it does when it has passed the request on. If
 * it cannot be sent, the statement runs on until the server notices that its client is gone.
 */
export function sendCancel(client: SessionClient): Promise<void> {
  const { processID, secretKey, host, port, ssl } = client;
  if (processID === null || secretKey === null) return Promise.resolve();
  const connection = new pg.Connection({ ssl } as pg.ConnectionConfig) as unknown as CancelConnection;
  const { stream } = connection;
  const done = new Promise<void>((resolve) => stream.once('close', resolve));
  const request = (): void => connection.cancel(processID, secretKey);
  connection.on('error', () => stream.destroy());
  connection.on('connect', () => (ssl ? connection.requestSsl() : request()));
  connection.on('sslconnect', request);
  if (host.startsWith('/')) connection.connect(`${host}/.s.PGSQL.${port}`);
  else connection.connect(port, host);
  stream.setTimeout(cancelLimitMs, () => stream.destroy());
  stream.unref();
  return done;
}
