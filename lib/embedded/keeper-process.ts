/*
 * The keeper: a small process of its own that runs one PostgreSQL for as long as somebody holds a lease on it.
 *
 * A lease is a TCP connection, because the system closes it when its holder ends, however it ends: after SIGKILL of the
 * application the keeper sees the last connection close and stops the server. Should the keeper itself be killed, a
 * shell that waits on a pipe from it stops the server. This file uses Node alone, since it runs outside the application.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { timingSafeEqual } from 'node:crypto';
import { openSync, readFileSync, renameSync, rmSync, utimes, writeFileSync } from 'node:fs';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import type { KeeperAnswer, KeeperNote, KeeperOrders } from './keeper-orders.js';

const POLL_MS = 20;
const FAST_STOP_MS = 10_000;
const IMMEDIATE_STOP_MS = 5_000;
const HEARTBEAT_MS = 2_000;
const GREETING_MS = 5_000;

/** Waits for the end of its standard input, which is the keeper's death, and stops the server with growing force. */
const GUARD = `trap '' HUP INT TERM
read -r line
kill -INT "$1" 2>/dev/null || exit 0
for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -0 "$1" 2>/dev/null || exit 0; done
kill -QUIT "$1"; sleep 5; kill -KILL "$1"`;

class Keeper {
  readonly #orders: KeeperOrders;
  readonly #leases = new Set<Socket>();
  readonly #sockets = new Set<Socket>();
  readonly #server: ChildProcess;
  #guard: ChildProcess | undefined;
  #control: Server | undefined;
  #starterIsThere = true;
  #state: 'starting' | 'serving' | 'stopping' | 'ended' = 'starting';

  constructor(orders: KeeperOrders) {
    this.#orders = orders;
    const log = openSync(orders.logFile, 'a', 0o600);
    this.#server = spawn(orders.postgres, orders.parameters, {
      cwd: '/',
      env: { ...orders.environment },
      stdio: ['ignore', log, log],
      windowsHide: true,
      ...(orders.uid !== undefined && { uid: orders.uid }),
      ...(orders.gid !== undefined && { gid: orders.gid }),
    });
    this.#server.once('error', (error) => this.#end(error.message));
    this.#server.once('exit', (code, signal) => this.#end(`it ended with ${signal ?? `status ${code}`}`));
    for (const signal of ['SIGINT', 'SIGTERM'] as const) process.on(signal, () => this.#stop());
    process.on('SIGHUP', () => undefined);
    if (this.#server.pid !== undefined && process.platform !== 'win32') this.#guard = startGuard(this.#server.pid);
    this.#awaitReady(Date.now() + orders.startTimeoutMs);
  }

  /** The process that started the keeper closed its pipe: it holds a lease now, or is dead. */
  starterLeft(): void {
    this.#starterIsThere = false;
    this.#stopIfUnused();
  }

  #awaitReady(deadlineMs: number): void {
    if (this.#state !== 'starting') return;
    if (serverStatus(this.#orders.dataDirectory, this.#server.pid) === 'ready') {
      this.#serve();
    } else if (Date.now() > deadlineMs) {
      answer({ failed: `it was not ready within ${this.#orders.startTimeoutMs} ms` });
      this.#stop();
    } else {
      setTimeout(() => this.#awaitReady(deadlineMs), POLL_MS);
    }
  }

  #serve(): void {
    this.#control = createServer((socket) => this.#greet(socket));
    this.#control.listen({ host: '127.0.0.1', port: 0 }, () => {
      if (this.#state !== 'starting') return;
      const { keeperFile, token, host, port, version, kind } = this.#orders;
      const controlPort = (this.#control?.address() as AddressInfo).port;
      const serverPid = this.#server.pid ?? 0;
      const note: KeeperNote = { host, keeperPid: process.pid, serverPid, controlPort, token, port, version, kind };
      writeFileSync(`${keeperFile}.new`, JSON.stringify(note), { mode: 0o600 });
      renameSync(`${keeperFile}.new`, keeperFile);
      setInterval(() => this.#beat(), HEARTBEAT_MS);
      this.#state = 'serving';
      answer({ ready: note });
      this.#stopIfUnused();
    });
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
      socket.end('stopping\n');
    } else {
      socket.setTimeout(0);
      this.#leases.add(socket);
      socket.write('welcome\n');
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
    const { pgCtl, dataDirectory, removeAtEnd } = this.#orders;
    const mode = removeAtEnd.length === 0 ? 'fast' : 'immediate';
    if (pgCtl !== undefined) spawn(pgCtl, ['stop', '-D', dataDirectory, '-m', mode], { stdio: 'ignore' });
    else this.#server.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    setTimeout(() => pgCtl ?? this.#server.kill('SIGQUIT'), FAST_STOP_MS);
    setTimeout(() => this.#server.kill('SIGKILL'), FAST_STOP_MS + IMMEDIATE_STOP_MS);
  }

  #end(reason: string): void {
    if (this.#state === 'ended') return;
    if (this.#state === 'starting') answer({ failed: reason });
    this.#state = 'ended';
    this.#guard?.kill('SIGKILL');
    const { keeperFile, removeAtEnd } = this.#orders;
    rmSync(keeperFile, { force: true });
    for (const folder of removeAtEnd) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
    this.#control?.close();
    for (const socket of this.#sockets) socket.destroy();
    process.exit(0);
  }
}

function startGuard(serverPid: number): ChildProcess {
  const guard = spawn('/bin/sh', ['-c', GUARD, 'nest-registry-guard', String(serverPid)], {
    cwd: '/',
    detached: true,
    stdio: ['pipe', 'ignore', 'ignore'],
  });
  guard.on('error', () => undefined); // Without a shell there is no second guard; the keeper itself is the first.
  guard.stdin?.on('error', () => undefined);
  return guard;
}

/** What the server writes about itself in its lock file: line 1 its process, line 8 its status. */
function serverStatus(dataDirectory: string, pid: number | undefined): string | undefined {
  try {
    const lines = readFileSync(`${dataDirectory}/postmaster.pid`, 'utf8').split('\n');
    return lines[0] === String(pid) ? lines[7]?.trim() : undefined;
  } catch {
    return undefined; // Not written yet.
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
