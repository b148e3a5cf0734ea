import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

/**
 * Stands between the application and its database and counts round trips: a turn of the talk in which the application
 * speaks again after the database has spoken. What travels together in one pipeline is one: answers are held back for a
 * moment, so that all that is sent without waiting for them is sent before they come, on a busy machine too.
 */
export class CountingProxy {
  readonly #server: Server;
  readonly #sockets = new Set<Socket>();
  #roundTrips = 0;
  #holdBackMs = 0;

  private constructor(target: URL) {
    this.#server = createServer((client) => {
      const database = connect({ port: Number(target.port), host: target.hostname });
      let databaseSpoke = true;
      client.on('data', (data) => {
        if (databaseSpoke) this.#roundTrips++;
        databaseSpoke = false;
        database.write(data);
      });
      database.on('data', (data) => {
        const pass = (): void => {
          databaseSpoke = true;
          client.write(data);
        };
        if (this.#holdBackMs === 0) pass();
        else setTimeout(pass, this.#holdBackMs);
      });
      for (const [socket, other] of [
        [client, database],
        [database, client],
      ] as const) {
        this.#sockets.add(socket);
        socket.setNoDelay(true);
        socket.on('error', () => other.destroy());
        socket.on('close', () => {
          this.#sockets.delete(socket);
          other.destroy();
        });
      }
    });
  }

  static async open(serverUrl: string): Promise<CountingProxy> {
    const proxy = new CountingProxy(new URL(serverUrl));
    await new Promise<void>((resolve) => proxy.#server.listen(0, '127.0.0.1', resolve));
    return proxy;
  }

  /** The same database, over this proxy. */
  detour(databaseUrl: string): string {
    const url = new URL(databaseUrl);
    url.hostname = '127.0.0.1';
    url.port = String((this.#server.address() as AddressInfo).port);
    return url.href;
  }

  /** From now on answers take so many ms longer. */
  holdBack(milliseconds: number): void {
    this.#holdBackMs = milliseconds;
  }

  /** Round trips since the last call. */
  take(): number {
    const count = this.#roundTrips;
    this.#roundTrips = 0;
    return count;
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    await new Promise((resolve) => this.#server.close(resolve));
  }
}
