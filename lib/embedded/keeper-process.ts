/*
 * The keeper: a small process of its own that runs one PostgreSQL for as long as somebody holds a lease on it.
 *
 * A lease is a TCP connection, because the system closes it when its holder ends, however it ends: after SIGKILL of the
 * application the keeper sees the last connection close and stops the server. Should the keeper itself be killed, a
 * shell that waits on a pipe from it stops the server. A server that ends while it is in use is started again. This
 * file and the two it imports use Node alone, since they run outside the application.
 *
 * Words on a lease, a line each. To the keeper: the token, then `release`. From it: `welcome <server's pid>` or
 * `stopping`; then `lost <how>` when the server ended and is started again, `back <pid>` when it serves again; `kept`
 * when it outlives a release. The connection closes when the server is gone for good.
 */
import { timingSafeEqual } from 'node:crypto';
import { existsSync, openSync, renameSync, rmSync, utimes, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { KeeperAnswer, KeeperNote, KeeperOrders } from './keeper-orders.js';
import { endLeftovers } from './leftovers.js';
import { ServerRun } from './server-run.js';

const POLL_MS = 20;
const HEARTBEAT_MS = 2_000;
const GREETING_MS = 5_000;

/**
 * How long each start after a loss waits. The first does not: most losses are a hand or the system's memory killer,
 * once. The others outlast what passes by itself, such as a port or a disk that is full for a moment. A server that
 * ends six times without having served for a minute has a reason that a seventh start will not mend.
 */
const RESTART_WAITS_MS = [0, 100, 500, 2_000, 5_000];
const STEADY_MS = 60_000;

class Keeper {
  readonly #orders: KeeperOrders;
  readonly #log: number;
  readonly #leases = new Set<Socket>();
  readonly #sockets = new Set<Socket>();
  #server: ServerRun;
  #control: Server | undefined;
  #starterIsThere = true;
  #state: 'starting' | 'serving' | 'restarting' | 'stopping' | 'ended' = 'starting';
  /** Ends of the server since it last served for long; and since when it serves. */
  #losses = 0;
  #servesSinceMs = 0;

  constructor(orders: KeeperOrders) {
    this.#orders = orders;
    this.#log = openSync(orders.logFile, 'a', 0o600);
    this.#server = this.#run();
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.#stop());
    process.on('SIGHUP', () => undefined);
  }

  /** The process that started the keeper closed its pipe: it holds a lease now, or is dead. */
  starterLeft(): void {
    this.#starterIsThere = false;
    this.#stopIfUnused();
  }

  #run(): ServerRun {
    const server = new ServerRun(this.#orders, this.#log, (how) => this.#lose(how));
    setTimeout(() => this.#awaitReady(server, Date.now() + this.#orders.startTimeoutMs), POLL_MS);
    return server;
  }

  #awaitReady(server: ServerRun, deadlineMs: number): void {
    if (server.isEnded || (this.#state !== 'starting' && this.#state !== 'restarting')) return;
    if (server.isReady) {
      if (this.#state === 'starting') this.#open();
      else this.#serve();
    } else if (Date.now() > deadlineMs) {
      if (this.#state === 'starting') answer({ failed: `it was not ready within ${this.#orders.startTimeoutMs} ms` });
      this.#stop();
    } else {
      setTimeout(() => this.#awaitReady(server, deadlineMs), POLL_MS);
    }
  }

  /** The first time that the server is ready: from now on leases are given. */
  #open(): void {
    this.#control = createServer((socket) => this.#greet(socket));
    this.#control.listen({ host: '127.0.0.1', port: 0 }, () => {
      if (this.#state !== 'starting') return;
      const note = this.#serve();
      setInterval(() => this.#beat(), HEARTBEAT_MS);
      answer({ ready: note });
      this.#stopIfUnused();
    });
  }

  /** Leaves the note for who comes later, and tells those who wait. */
  #serve(): KeeperNote {
    const { keeperFile, token, host, port, version, kind } = this.#orders;
    const controlPort = (this.#control?.address() as AddressInfo).port;
    const serverPid = this.#server.pid;
    const note: KeeperNote = { host, keeperPid: process.pid, serverPid, controlPort, token, port, version, kind };
    writeFileSync(`${keeperFile}.new`, JSON.stringify(note), { mode: 0o600 });
    renameSync(`${keeperFile}.new`, keeperFile);
    this.#state = 'serving';
    this.#servesSinceMs = performance.now();
    this.#tell(`back ${serverPid}`);
    return note;
  }

  /** The server ended, by whatever hand: whoever holds a lease was promised that it runs. */
  #lose(how: string): void {
    if (this.#state === 'starting') answer({ failed: how });
    if (this.#state !== 'serving' && this.#state !== 'restarting') return void this.#end();
    if (this.#state === 'serving') {
      if (performance.now() - this.#servesSinceMs > STEADY_MS) this.#losses = 0;
      this.#state = 'restarting';
      this.#tell(`lost ${how}`);
    }
    const waitMs = RESTART_WAITS_MS[this.#losses++];
    // A folder that was removed is its owner's will.
    if (waitMs === undefined || !existsSync(this.#orders.dataDirectory)) return void this.#end();
    setTimeout(() => void this.#startAgain(), waitMs);
  }

  async #startAgain(): Promise<void> {
    await endLeftovers(this.#orders.dataDirectory);
    if (this.#state === 'restarting') this.#server = this.#run();
  }

  #tell(line: string): void {
    for (const lease of this.#leases) lease.write(`${line}\n`);
  }

  /** Other machines that share the folder see by the file's time that the server runs. */
  #beat(): void {
    const now = new Date();
    utimes(this.#orders.keeperFile, now, now, () => undefined); // A folder that was removed is its owner's will.
  }

  /** A lease begins with the token and ends with the line `release` or with the connection. */
  #greet(socket: Socket): void {
    this.#sockets.add(socket);
    socket.setTimeout(GREETING_MS, () => socket.destroy());
    let text = '';
    socket.setEncoding('latin1').on('data', (part: string) => {
      text = (text + part).slice(0, 1_000);
      for (let end = text.indexOf('\n'); end >= 0; end = text.indexOf('\n')) {
        this.#hear(socket, text.slice(0, end));
        text = text.slice(end + 1);
      }
    });
    // A reset connection is a closed one; `close` follows.
    socket.on('error', () => undefined);
    socket.on('close', () => {
      this.#sockets.delete(socket);
      if (this.#leases.delete(socket)) this.#stopIfUnused();
    });
  }

  #hear(socket: Socket, line: string): void {
    if (this.#leases.has(socket)) {
      if (line === 'release') this.#release(socket);
    } else if (!sameText(line, this.#orders.token)) {
      socket.destroy();
    } else if (this.#state !== 'serving') {
      socket.end('stopping\n'); // Or starting again: who asks tries once more either way.
    } else {
      socket.setTimeout(0);
      this.#leases.add(socket);
      socket.write(`welcome ${this.#server.pid}\n`);
    }
  }

  /** The last holder's connection closes only when the server is gone: that is what its `stop` waits for. */
  #release(socket: Socket): void {
    this.#leases.delete(socket);
    if (this.#leases.size > 0 || this.#starterIsThere) socket.end('kept\n');
    else this.#stop();
  }

  #stopIfUnused(): void {
    if (this.#leases.size === 0 && !this.#starterIsThere) this.#stop();
  }

  #stop(): void {
    if (this.#state === 'stopping' || this.#state === 'ended') return;
    this.#state = 'stopping';
    // Between two runs there is nothing to wait for.
    if (this.#server.isEnded) void this.#end();
    else this.#server.stop();
  }

  async #end(): Promise<void> {
    if (this.#state === 'ended') return;
    this.#state = 'ended';
    const { dataDirectory, keeperFile, removeAtEnd } = this.#orders;
    await endLeftovers(dataDirectory, 0);
    rmSync(keeperFile, { force: true });
    for (const folder of removeAtEnd) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    this.#control?.close();
    for (const socket of this.#sockets) socket.destroy();
    process.exit(0);
  }
}

function sameText(left: string, right: string): boolean {
  const [a, b] = [Buffer.from(left), Buffer.from(right)];
  return a.length === b.length && timingSafeEqual(a, b);
}

function answer(message: KeeperAnswer): void {
  process.stdout.write(`${JSON.stringify(message)}\n`);
}

process.title = 'nest-registry: keeps PostgreSQL';
// The application reads one answer and goes on, or is dead: a closed pipe is not our failure.
process.stdout.on('error', () => undefined);
let keeper: Keeper | undefined;
let text = '';
process.stdin.setEncoding('utf8').on('data', (part: string) => {
  text += part;
  const end = text.indexOf('\n');
  if (keeper === undefined && end >= 0) keeper = new Keeper(JSON.parse(text.slice(0, end)) as KeeperOrders);
});
process.stdin.on('error', () => undefined);
process.stdin.on('close', () => {
  if (keeper === undefined) process.exit(0);
  keeper.starterLeft();
});
