import pg from 'pg';

/** A superuser's connection to the test's server, made when it is needed and made again after the server was away. */
export class AdminConnection {
  readonly #url: string;
  #client: Promise<pg.Client> | undefined;

  constructor(url: string) {
    this.#url = url;
  }

  async query<T>(text: string, values: readonly unknown[] = []): Promise<T[]> {
    this.#client ??= this.#connect();
    try {
      return (await (await this.#client).query(text, [...values])).rows as T[];
    } catch (error) {
      if (!(error instanceof pg.DatabaseError) || error.severity === 'FATAL') this.#client = undefined;
      throw error;
    }
  }

  async close(): Promise<void> {
    const client = this.#client;
    this.#client = undefined;
    await client?.then((open) => open.end()).catch(() => undefined); // It may have failed to open: then it is closed.
  }

  async #connect(): Promise<pg.Client> {
    const client = new pg.Client({ connectionString: this.#url, application_name: 'fault-test-admin' });
    client.on('error', () => (this.#client = undefined));
    await client.connect();
    return client;
  }
}
