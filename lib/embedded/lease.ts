import { spawn, type ChildProcess } from 'node:child_process';
import { readFile, stat } from 'node:fs/promises';
import { connect, type Socket } from 'node:net';
import { hostname } from 'node:os';
import { setTimeout as sleep } from 'node:timers/promises';
import { EmbeddedServerError } from '../errors/embedded-errors.js';
import type { KeeperAnswer, KeeperNote, KeeperOrders } from './keeper-orders.js';
import { programEnvironment } from './run-program.js';
import { isAlive } from './start-lock.js';

const GREETING_MS = 5_000;
const STOP_MS = 20_000;
const HEARTBEATS_MS = 5_000;

/** What a lease tells about the server while it is held. */
export interface LeaseListener {
  /** It ended (`how`: `it ended with SIGKILL`), and its keeper is starting it again. */
  lost(how: string): void;
  /** It serves again, as another process. */
  back(): void;
  /** It will not come back: the keeper gave up, or is itself gone. */
  ended(): void;
}

/** Our share in a running server: it runs at least until this is released or this process ends. */
export class Lease {
  readonly note: KeeperNote;
  readonly #socket: Socket;
  readonly #closed: Promise<void>;
  #state: 'held' | 'released' = 'held';
  #serverPid: number;
  #serverStays = false;
  #listener: LeaseListener | undefined;

  /** `lines` are those that the keeper says from now on. */
  constructor(note: KeeperNote, socket: Socket, lines: LineReader) {
    this.note = note;
    this.#socket = socket;
    this.#serverPid = note.serverPid;
    this.#closed = new Promise((resolve) => socket.once('close', () => resolve()));
    lines.onLine = (line) => this.#hear(line);
    void this.#closed.then(() => {
      if (this.#state === 'held') this.#listener?.ended();
    });
    // The lease must not keep the application alive; that the application lives keeps the lease.
    socket.unref();
  }

  /** The process that serves now, or served last. */
  get serverPid(): number {
    return this.#serverPid;
  }

  /** Calls back when the server ends although the lease is held, and when it is back. */
  listen(listener: LeaseListener): void {
    this.#listener = listener;
  }

  #hear(line: string): void {
    const [, word, rest = ''] = /^(\S*) ?(.*)$/.exec(line) ?? [];
    if (word === 'kept') this.#serverStays = true;
    if (word === 'back') this.#serverPid = Number(rest);
    if (this.#state === 'released') return;
    if (word === 'lost') this.#listener?.lost(rest);
    if (word === 'back') this.#listener?.back();
  }

  /** Gives the lease back; if it was the last one, waits until the server and its keeper are gone. */
  async release(): Promise<void> {
    if (this.#state === 'released') return;
    this.#state = 'released';
    this.#socket.ref();
    if (!this.#socket.destroyed) this.#socket.write('release\n');
    const ended = await this.#endWithin(STOP_MS);
    this.#socket.destroy();
    if (!ended) {
      throw new EmbeddedServerError(`The embedded PostgreSQL did not stop within ${STOP_MS} ms.`, {
        hint: `Its keeper is process ${this.note.keeperPid} and the server process ${this.#serverPid}.`,
      });
    }
  }

  async #endWithin(timeoutMs: number): Promise<boolean> {
    const timer = new AbortController();
    const closed = this.#closed.then(() => true);
    const late = sleep(timeoutMs, false, { signal: timer.signal }).catch(() => false);
    const ended = await Promise.race([closed, late]);
    timer.abort();
    // The keeper closes its connections a moment before it is gone itself.
    for (let tries = 0; ended && !this.#serverStays && isAlive(this.note.keeperPid) && tries < 200; tries++)
      await sleep(10);
    return ended;
  }
}

/**
 * Asks the keeper of a store for a lease; `absent` when there is none, `stopping` when it is about to end.
 * @throws EmbeddedServerError when it runs on another machine or in another container
 */
export async function joinKeeper(keeperFile: string): Promise<Lease | 'absent' | 'stopping'> {
  const note = await readNote(keeperFile);
  if (note === undefined) return 'absent';
  if (note.host !== hostname()) await refuseElsewhere(keeperFile, note.host);
  if (!isAlive(note.keeperPid)) return 'absent';
  return takeLease(note);
}

function takeLease(note: KeeperNote): Promise<Lease | 'absent' | 'stopping'> {
  return new Promise((resolve) => {
    const socket = connect({ host: '127.0.0.1', port: note.controlPort });
    const finish = (result: 'absent' | 'stopping'): void => {
      socket.destroy();
      resolve(result);
    };
    const lines = new LineReader();
    socket.setTimeout(GREETING_MS, () => finish('absent'));
    socket.on('error', () => finish('absent'));
    socket.once('close', () => finish('absent'));
    socket.once('connect', () => socket.write(`${note.token}\n`));
    lines.onLine = (line) => {
      const [word, serverPid] = line.split(' ');
      if (word !== 'welcome') return finish('stopping');
      socket.removeAllListeners('close').setTimeout(0);
      // The note may be older than the server's last start; and keepers before it say the word alone.
      resolve(new Lease({ ...note, serverPid: Number(serverPid ?? note.serverPid) }, socket, lines));
    };
    // Listening also keeps the socket flowing, without which its close would never be seen.
    socket.setEncoding('latin1').on('data', (part: string) => lines.push(part));
  });
}

/** Cuts what comes in parts into lines, for whoever listens now. */
class LineReader {
  onLine: (line: string) => void = () => undefined;
  #rest = '';

  push(part: string): void {
    const lines = (this.#rest + part).split('\n');
    this.#rest = lines.pop() ?? '';
    for (const line of lines) this.onLine(line);
  }
}

/**
 * Starts a keeper, which starts the server.
 * @returns a lease, or the reason why the server did not come up
 */
export async function startKeeper(program: string, orders: KeeperOrders): Promise<Lease | { readonly failed: string }> {
  const keeper = spawn(process.execPath, [program], {
    cwd: '/',
    // Of its own session: what the terminal sends to the application's process group is not meant for it.
    detached: true,
    env: programEnvironment(orders.environment),
    stdio: ['pipe', 'pipe', 'ignore'],
    windowsHide: true,
  });
  keeper.stdin.on('error', () => undefined); // A keeper that died is told by its answer, or the lack of one.
  keeper.stdin.write(`${JSON.stringify(orders)}\n`);
  try {
    const answer = await readAnswer(keeper);
    if ('failed' in answer) return answer;
    const lease = await takeLease(answer.ready);
    return lease instanceof Lease ? lease : { failed: 'it ended again at once' };
  } finally {
    keeper.stdin.destroy();
    keeper.stdout.destroy();
    keeper.unref();
  }
}

function readAnswer(keeper: ChildProcess): Promise<KeeperAnswer> {
  return new Promise((resolve) => {
    let text = '';
    keeper.stdout?.setEncoding('utf8').on('data', (part: string) => {
      text += part;
      if (text.includes('\n')) resolve(JSON.parse(text) as KeeperAnswer);
    });
    keeper.once('error', (error) => resolve({ failed: `its keeper could not be started (${error.message})` }));
    keeper.once('close', (code, signal) => resolve({ failed: `its keeper ended with ${signal ?? `status ${code}`}` }));
  });
}

async function readNote(keeperFile: string): Promise<KeeperNote | undefined> {
  try {
    return JSON.parse(await readFile(keeperFile, 'utf8')) as KeeperNote;
  } catch (error) {
    if (error instanceof Error && 'code' in error && error.code === 'ENOENT') return undefined;
    throw error;
  }
}

/** A shared folder may hold a server of another machine: two on the same data would destroy it. */
async function refuseElsewhere(keeperFile: string, host: string): Promise<void> {
  const beaten = await mtimeOf(keeperFile);
  await sleep(HEARTBEATS_MS);
  const now = await mtimeOf(keeperFile);
  if (now === undefined || now === beaten) return;
  throw new EmbeddedServerError(`The embedded PostgreSQL of this folder is running on "${host}".`, {
    hint: 'Stop the application there, or give `directory` another folder here.',
  });
}

function mtimeOf(file: string): Promise<number | undefined> {
  return stat(file).then(
    (found) => found.mtimeMs,
    () => undefined,
  );
}
