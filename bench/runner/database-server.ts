import { randomUUID } from 'node:crypto';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { Registry } from 'nest-registry/core';
import { startEmbeddedServer } from 'nest-registry/embedded';
import pg from 'pg';
import type { Tables } from '../cases/bench-case.js';
import { COUNTRIES, countryName, items } from '../cases/items.js';
import { models } from '../subjects/nest-registry/models.js';

/** A PostgreSQL with a database for each subject, all alike: what one leaves behind does not slow another down. */
export class DatabaseServer {
  readonly #url: string;
  readonly #stop: () => Promise<void>;
  readonly #admin: pg.Client;
  readonly #template = databaseName();
  readonly #databases: SubjectDatabase[] = [];

  private constructor(url: string, stop: () => Promise<void>) {
    this.#url = url;
    this.#stop = stop;
    this.#admin = new pg.Client({ connectionString: url });
  }

  /** Starts a server, unless BENCH_DATABASE_URL names one. */
  static async open(): Promise<DatabaseServer> {
    const given = process.env['BENCH_DATABASE_URL'];
    const own = given ? undefined : await startOwnServer();
    const server = new DatabaseServer(given ?? own!.url, async () => own?.stop());
    await server.#admin.connect();
    await server.#makeTemplate();
    return server;
  }

  get version(): Promise<string> {
    return this.#admin
      .query<{ readonly server_version: string }>('SHOW server_version')
      .then(({ rows }) => rows[0]!.server_version.split(' ')[0]!);
  }

  async createDatabase(): Promise<SubjectDatabase> {
    const name = databaseName();
    await this.#admin.query(`CREATE DATABASE ${name} TEMPLATE ${this.#template}`);
    const database = await SubjectDatabase.open(this.#urlOf(name), name);
    this.#databases.push(database);
    return database;
  }

  /** Drops the databases, and ends the server if it is our own. */
  async close(): Promise<void> {
    for (const database of this.#databases) await database.close();
    for (const name of [...this.#databases.map((one) => one.name), this.#template]) {
      await this.#admin.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    }
    await this.#admin.end();
    await this.#stop();
  }

  // The tables are those that the models ask for; the other subjects describe the same columns.
  async #makeTemplate(): Promise<void> {
    await this.#admin.query(`CREATE DATABASE ${this.#template}`);
    const url = this.#urlOf(this.#template);
    const registry = await Registry.create({ database: { url }, models, schema: 'sync' });
    await registry.close();
    const client = new pg.Client({ connectionString: url });
    await client.connect();
    const names = Array.from({ length: COUNTRIES }, (_, index) => countryName(index + 1));
    await client.query('INSERT INTO bench_country (name) SELECT * FROM unnest($1::text[])', [names]);
    await client.end();
  }

  #urlOf(database: string): string {
    const url = new URL(this.#url);
    url.pathname = `/${database}`;
    return url.href;
  }
}

/** The database of one subject, seen by the runner. */
export class SubjectDatabase implements Tables {
  readonly name: string;
  readonly url: string;
  readonly #client: pg.Client;

  private constructor(url: string, name: string) {
    this.url = url;
    this.name = name;
    this.#client = new pg.Client({ connectionString: url });
  }

  static async open(url: string, name: string): Promise<SubjectDatabase> {
    const database = new SubjectDatabase(url, name);
    await database.#client.connect();
    return database;
  }

  async fill(): Promise<void> {
    await this.empty();
    const columns = ['name', 'code', 'email', 'quantity', 'rating', 'price', 'open', 'day', 'seen', 'country'] as const;
    await this.#client.query(
      `INSERT INTO bench_item (name, code, email, quantity, rating, price, open, day, seen, country_id)
       SELECT * FROM unnest($1::text[], $2::text[], $3::text[], $4::int4[], $5::float8[], $6::numeric[], $7::bool[],
                            $8::date[], $9::timestamptz[], $10::int8[])`,
      columns.map((column) => items.map((item) => item[column])),
    );
    await this.tidy();
  }

  async empty(): Promise<void> {
    await this.#client.query('TRUNCATE bench_item RESTART IDENTITY');
  }

  async tidy(): Promise<void> {
    await this.#client.query('VACUUM (ANALYZE) bench_item');
  }

  async ask(expression: string): Promise<number> {
    const { rows } = await this.#client.query<[string]>({
      text: `SELECT ${expression} FROM bench_item`,
      rowMode: 'array',
    });
    return Number(rows[0]![0]);
  }

  close(): Promise<void> {
    return this.#client.end();
  }
}

function startOwnServer() {
  return startEmbeddedServer({
    directory: join(tmpdir(), `nest-registry-bench-${randomUUID().slice(0, 8)}`),
    database: 'postgres',
    lifetime: 'temporary',
    // The same version on every machine as far as possible.
    binaries: process.env['NEST_REGISTRY_POSTGRES'] || 'npm-first',
    // Not the disk is measured; with it in the way, every subject would look alike.
    parameters: { fsync: 'off', synchronous_commit: 'off', full_page_writes: 'off', autovacuum: 'off' },
    settings: { ...process.env, NODE_ENV: 'test' },
  });
}

function databaseName(): string {
  return `bench_${randomUUID().slice(0, 8)}`;
}
