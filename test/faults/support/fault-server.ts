import { randomBytes, randomUUID } from 'node:crypto';
import { rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { findBinaries } from '../../../lib/embedded/binaries.js';
import { createCluster, readPassword, SUPERUSER } from '../../../lib/embedded/cluster.js';
import { resolveOptions } from '../../../lib/embedded/embedded-options.js';
import { freePort } from '../../../lib/embedded/free-port.js';
import { programIn } from '../../../lib/embedded/programs.js';
import { programEnvironment } from '../../../lib/embedded/run-program.js';
import { serverParameters } from '../../../lib/embedded/server-parameters.js';
import { openStore } from '../../../lib/embedded/store.js';
import { AdminConnection } from './admin-connection.js';
import { ServerGuard } from './server-guard.js';
import { ServerProcess, type ServerCommand } from './server-process.js';

/** Sessions that only superusers may have, so that the test gets in when the server is full. */
const RESERVED = 3;

export interface FaultServerOptions {
  /** Sessions that the test's subject may have at the same time; default 100. */
  readonly maxConnections?: number;
  /** Server parameters, such as `{ deadlock_timeout: '50ms' }`. */
  readonly parameters?: Readonly<Record<string, string>>;
}

export interface Session {
  readonly pid: number;
  /** Such as `active`, `idle` or `idle in transaction`. */
  readonly state: string | null;
  readonly application: string;
  readonly database: string;
  /** The statement that runs or ran last. */
  readonly query: string;
}

/** A PostgreSQL of one test's own, to be broken. */
export interface FaultServer {
  /** For the test's subject: an ordinary user who owns the database. */
  readonly url: string;
  readonly port: number;
  /** `fast`: sessions are ended with 57P01. `immediate`: as after a crash. Waits until no process is left. */
  stop(mode: 'fast' | 'immediate'): Promise<void>;
  /** SIGKILL of the server; its children end by themselves. Waits until no process is left. */
  kill(): Promise<void>;
  /** Starts it again, on the same port and data. Gives the `performance.now()` at which it accepts connections. */
  start(): Promise<number>;
  /** Ends all sessions but the test's own, or one of them; gives how many there were. */
  terminateAll(): Promise<number>;
  terminate(pid: number): Promise<void>;
  /** The sessions of clients, without the test's own, oldest first. */
  sessions(): Promise<readonly Session[]>;
  /** A statement of the superuser, in the subject's database; gives its rows. */
  query<T = Record<string, unknown>>(text: string, values?: readonly unknown[]): Promise<T[]>;
  /** Makes another database of the ordinary user; gives its URL. */
  createDatabase(name: string): Promise<string>;
  /** Ends the server and removes its data. */
  dispose(): Promise<void>;
}

/**
 * Starts a server that ends with this process, however that ends. Data that was committed survives `stop` and `kill`;
 * it would not survive a failure of the machine.
 */
export async function startFaultServer(options: FaultServerOptions = {}): Promise<FaultServer> {
  const directory = join(tmpdir(), `nest-registry-fault-${randomUUID().slice(0, 8)}`);
  const settings = resolveOptions({
    directory,
    database: 'postgres',
    binaries: process.env['NEST_REGISTRY_POSTGRES'] || 'npm-first',
    parameters: parametersOf(options),
  });
  const store = await openStore(directory);
  const guard = new ServerGuard([store.root, directory]);
  const binaries = await findBinaries(settings, { major: undefined, user: store.user, copyTo: store.binaries });
  await createCluster(store, { binaries, settings: settings.settings, durability: 'quick' });
  const port = await freePort(undefined);
  const server = new BreakableServer({
    command: {
      postgres: programIn(binaries.bin, 'postgres'),
      parameters: ['-D', store.data, ...serverParameters(port, settings.parameters)],
      environment: programEnvironment(settings.settings),
      user: store.user,
      data: store.data,
    },
    guard,
    port,
    superuserPassword: await readPassword(store),
  });
  await server.start();
  await server.createUser();
  return server;
}

function parametersOf({ maxConnections = 100, parameters = {} }: FaultServerOptions): Record<string, string> {
  return {
    fsync: 'off',
    full_page_writes: 'off',
    // One more for the test's own connection, which takes no reserved place while others are free.
    max_connections: String(maxConnections + RESERVED + 1),
    superuser_reserved_connections: String(RESERVED),
    ...parameters,
  };
}

interface Surroundings {
  readonly command: ServerCommand;
  readonly guard: ServerGuard;
  readonly port: number;
  readonly superuserPassword: string;
}

class BreakableServer implements FaultServer {
  readonly url: string;
  readonly port: number;
  readonly #command: ServerCommand;
  readonly #guard: ServerGuard;
  readonly #superuser: (database: string) => string;
  readonly #userPassword = randomBytes(12).toString('hex');
  readonly #admin: AdminConnection;
  #running: ServerProcess | undefined;
  #hasUser = false;

  constructor({ command, guard, port, superuserPassword }: Surroundings) {
    this.port = port;
    this.#command = command;
    this.#guard = guard;
    this.#superuser = (database) => `postgres://${SUPERUSER}:${superuserPassword}@127.0.0.1:${port}/${database}`;
    this.#admin = new AdminConnection(this.#superuser('subject'));
    this.url = this.#urlOf('subject');
  }

  async createUser(): Promise<void> {
    const first = new AdminConnection(this.#superuser('postgres'));
    await first.query(`CREATE ROLE subject LOGIN CREATEDB PASSWORD '${this.#userPassword}'`);
    await first.query('CREATE DATABASE subject OWNER subject');
    await first.close();
    this.#hasUser = true;
    await this.query('SELECT');
  }

  async start(): Promise<number> {
    this.#running = await ServerProcess.start(this.#command, (pid) => this.#guard.watch(pid));
    const readyMs = performance.now();
    if (this.#hasUser) await this.query('SELECT');
    return readyMs;
  }

  stop(mode: 'fast' | 'immediate'): Promise<void> {
    return this.#end(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
  }

  kill(): Promise<void> {
    return this.#end('SIGKILL');
  }

  async terminateAll(): Promise<number> {
    const ended = await this.query(
      `SELECT pg_terminate_backend(pid) FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename = 'subject'`,
    );
    return ended.length;
  }

  async terminate(pid: number): Promise<void> {
    await this.query('SELECT pg_terminate_backend($1)', [pid]);
  }

  sessions(): Promise<readonly Session[]> {
    return this.query<Session>(
      `SELECT pid, state, application_name AS application, datname AS database, query
       FROM pg_stat_activity WHERE backend_type = 'client backend' AND usename = 'subject' ORDER BY backend_start, pid`,
    );
  }

  query<T = Record<string, unknown>>(text: string, values: readonly unknown[] = []): Promise<T[]> {
    return this.#admin.query<T>(text, values);
  }

  async createDatabase(name: string): Promise<string> {
    await this.query(`CREATE DATABASE "${name}" OWNER subject`);
    return this.#urlOf(name);
  }

  async dispose(): Promise<void> {
    await this.#admin.close();
    await this.#end('SIGQUIT');
    await this.#guard.finish();
    // The guard has removed everything, unless there is no shell.
    await rm(this.#command.data, { recursive: true, force: true });
  }

  async #end(signal: NodeJS.Signals): Promise<void> {
    const running = this.#running;
    this.#running = undefined;
    await running?.end(signal);
    this.#guard.watch(0);
  }

  #urlOf(database: string): string {
    return `postgres://subject:${this.#userPassword}@127.0.0.1:${this.port}/${database}`;
  }
}
