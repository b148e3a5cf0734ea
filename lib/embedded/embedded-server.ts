import { randomBytes } from 'node:crypto';
import { readFile, rm, writeFile } from 'node:fs/promises';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedServerError } from '../errors/embedded-errors.js';
import { findBinaries } from './binaries.js';
import { createCluster, readPassword, SUPERUSER } from './cluster.js';
import { createDatabase } from './create-database.js';
import {
  refuseInProduction,
  resolveOptions,
  type EmbeddedServerOptions,
  type ResolvedOptions,
} from './embedded-options.js';
import { freePort } from './free-port.js';
import { programIn, type Binaries } from './programs.js';
import type { KeeperOrders } from './keeper-orders.js';
import { keeperProgram } from './keeper-program.js';
import { joinKeeper, Lease, startKeeper, type LeaseListener } from './lease.js';
import { endOrphan } from './orphan.js';
import { programEnvironment } from './run-program.js';
import { lastLines, markLog } from './server-log.js';
import { serverParameters } from './server-parameters.js';
import { withStartLock } from './start-lock.js';
import { dataMajor, openStore, ownData, type Store } from './store.js';

/** A PostgreSQL that runs for this process, alone or shared with others of the same project. */
export interface EmbeddedServer {
  /** Connection string of the database, with its password: do not log it. */
  readonly url: string;
  readonly port: number;
  /** Where the programs came from. */
  readonly kind: 'installed' | 'npm';
  /** Such as `18.4`. */
  readonly version: string;
  readonly dataDirectory: string;
  /** `joined`: another process of the project had started it. */
  readonly role: 'started' | 'joined';
  /** Process id of the server; another one after it was lost and started again. */
  readonly serverPid: number;
  /** Process id of the small process that ends the server with us, and starts it again when it is lost. */
  readonly keeperPid: number;
  /**
   * Gives the server up. If nobody else uses it, resolves when it has shut down and no process is left. May be called
   * again.
   * @throws EmbeddedServerError when it does not end in time
   */
  stop(): Promise<void>;
}

/**
 * Starts the PostgreSQL of a project, or joins the one that another process of the project has started, and creates the
 * database if it is missing. It listens on 127.0.0.1 with a random password. It ends when the last process that uses it
 * calls `stop` or ends in whatever way, SIGKILL included; nothing here keeps a process from ending. Until then it is
 * started again, on the same port, when it is killed or crashes: at once, then after up to 5 s; the sixth end without a
 * minute of service in between is the last. `log` tells when it went, when it is back, and when it will not come back.
 *
 * ```ts
 * const server = await startEmbeddedServer({ database: 'shop', log: console.log });
 * … server.url …
 * await server.stop();
 * ```
 * @throws EmbeddedServerError in production, for wrong options, when no PostgreSQL can be found or started
 */
export async function startEmbeddedServer(options: EmbeddedServerOptions): Promise<EmbeddedServer> {
  const resolved = resolveOptions(options);
  refuseInProduction(resolved.settings);
  const store = await openStore(resolved.directory);
  const { lease, role } = await leaseOf(store, resolved).catch(async (error: unknown) => {
    if (resolved.lifetime === 'temporary') await removeAll([store.root, resolved.directory]);
    throw error;
  });
  const { note } = lease;
  lease.listen(lossReporter(store, resolved));
  try {
    const password = await readPassword(store);
    const url = `postgres://${SUPERUSER}:${password}@127.0.0.1:${note.port}/${encodeURIComponent(resolved.database)}`;
    await createDatabase(url);
    const verb = role === 'started' ? 'started' : 'joined';
    resolved.log(
      `Embedded PostgreSQL ${note.version} (${note.kind}) ${verb} on port ${note.port}, data in ${store.data}.`,
    );
    const { port, kind, version, keeperPid } = note;
    return {
      url,
      port,
      kind,
      version,
      dataDirectory: store.data,
      role,
      get serverPid() {
        return lease.serverPid;
      },
      keeperPid,
      stop: () => lease.release(),
    };
  } catch (error) {
    await lease.release();
    throw error;
  }
}

interface Leased {
  readonly lease: Lease;
  readonly role: EmbeddedServer['role'];
}

async function leaseOf(store: Store, options: ResolvedOptions): Promise<Leased> {
  const running = await joinKeeper(store.keeper);
  if (running instanceof Lease) return { lease: running, role: 'joined' };
  return withStartLock(store.lock, async () => {
    let found = await joinKeeper(store.keeper);
    for (; found === 'stopping'; found = await joinKeeper(store.keeper)) await sleep(50);
    if (found instanceof Lease) return { lease: found, role: 'joined' };
    return { lease: await start(store, options), role: 'started' };
  });
}

async function start(store: Store, options: ResolvedOptions): Promise<Lease> {
  const major = await dataMajor(store);
  const binaries = await findBinaries(options, { major, user: store.user, copyTo: store.binaries });
  if (major === undefined) {
    options.log(`Making a new PostgreSQL ${binaries.version} database in ${store.data}.`);
    const durability = options.parameters['fsync'] === 'off' ? 'quick' : 'durable';
    await createCluster(store, { binaries, settings: options.settings, durability });
  } else {
    await ownData(store);
    await endOrphan(store.data);
  }
  const program = await keeperProgram(store.root);
  const logMark = await markLog(store.log);
  let failed = '';
  for (let attempt = 1; attempt <= 3; attempt++) {
    const port = options.port ?? (await freePort(await rememberedPort(store)));
    const started = await startKeeper(program, ordersFor({ store, options, binaries, port }));
    if (started instanceof Lease) {
      await writeFile(store.port, String(port));
      return started;
    }
    failed = started.failed;
    // Between looking and binding another program may have taken the port.
    const said = await lastLines(store.log, logMark);
    if (options.port !== undefined || !said.some((line) => line.includes('could not bind'))) break;
  }
  throw new EmbeddedServerError(`The embedded PostgreSQL ${binaries.version} did not start: ${failed}.`, {
    hint: `Its whole log is ${store.log}.`,
    serverLog: await lastLines(store.log, logMark),
  });
}

interface Start {
  readonly store: Store;
  readonly options: ResolvedOptions;
  readonly binaries: Binaries;
  readonly port: number;
}

function ordersFor({ store, options, binaries, port }: Start): KeeperOrders {
  return {
    postgres: programIn(binaries.bin, 'postgres'),
    pgCtl: process.platform === 'win32' ? programIn(binaries.bin, 'pg_ctl') : undefined,
    parameters: ['-D', store.data, ...serverParameters(port, options.parameters)],
    environment: programEnvironment(options.settings),
    uid: store.user?.uid,
    gid: store.user?.gid,
    dataDirectory: store.data,
    logFile: store.log,
    keeperFile: store.keeper,
    token: randomBytes(24).toString('base64url'),
    port,
    version: binaries.version,
    kind: binaries.kind,
    startTimeoutMs: 120_000,
    host: hostname(),
    removeAtEnd: options.lifetime === 'temporary' ? [store.root, options.directory] : [],
  };
}

async function removeAll(folders: readonly string[]): Promise<void> {
  for (const folder of folders) await rm(folder, { recursive: true, force: true, maxRetries: 5 });
}

async function rememberedPort(store: Store): Promise<number | undefined> {
  const port = Number(await readFile(store.port, 'utf8').catch(() => ''));
  return Number.isInteger(port) && port > 0 && port < 65_536 ? port : undefined;
}

/** One line when the server went, one when it is back or will not come back. */
function lossReporter(store: Store, { log }: ResolvedOptions): LeaseListener {
  let lostAtMs: number | undefined;
  return {
    lost(how) {
      lostAtMs = performance.now();
      log(`The embedded PostgreSQL ended while it was in use (${how}) and is being started again.`, 'warning');
    },
    back() {
      const seconds = ((performance.now() - (lostAtMs ?? performance.now())) / 1_000).toFixed(1);
      lostAtMs = undefined;
      log(`The embedded PostgreSQL is back, ${seconds} s after it ended.`);
    },
    ended() {
      const what = lostAtMs === undefined ? 'ended while it was in use' : 'could not be started again';
      void lastLines(store.log, 0, 2).then((said) =>
        log(
          `The embedded PostgreSQL ${what}: ${said.join(' / ')}. Start the application again: it starts another.`,
          'warning',
        ),
      );
    },
  };
}
