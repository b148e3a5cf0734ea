import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import type { ServerUser } from '../../../lib/embedded/run-program.js';

const READY_WITHIN_MS = 30_000;
const POLL_MS = 3;
const LOG_BYTES = 20_000;

export interface ServerCommand {
  readonly postgres: string;
  readonly parameters: readonly string[];
  readonly environment: Readonly<Record<string, string>>;
  readonly user: ServerUser | undefined;
  readonly data: string;
}

/** One life of the server: a `postgres` that is a child of this process. */
export class ServerProcess {
  readonly #child: ChildProcess;
  readonly #gone: Promise<unknown>;
  #log = '';

  private constructor({ postgres, parameters, environment, user }: ServerCommand) {
    this.#child = spawn(postgres, parameters, {
      cwd: '/',
      env: environment,
      stdio: ['ignore', 'ignore', 'pipe'],
      ...(user !== undefined && { uid: user.uid, gid: user.gid }),
    });
    this.#child.stderr?.setEncoding('utf8').on('data', (text: string) => {
      this.#log = (this.#log + text).slice(-LOG_BYTES);
    });
    // Every process of the server holds this pipe, so it closes when the last of them is gone.
    this.#gone = once(this.#child, 'close');
  }

  /** Resolves when the server accepts connections. `onSpawn` is told the process id before anything else happens. */
  static async start(command: ServerCommand, onSpawn: (pid: number) => void): Promise<ServerProcess> {
    const server = new ServerProcess(command);
    const { pid } = server.#child;
    if (pid === undefined) throw new Error(`${command.postgres} could not be started`);
    onSpawn(pid);
    const deadlineMs = performance.now() + READY_WITHIN_MS;
    while ((await statusOf(command.data, pid)) !== 'ready') {
      if (server.#child.exitCode !== null || performance.now() > deadlineMs) {
        throw new Error(`The server of the test did not start:\n${server.#log}`);
      }
      await sleep(POLL_MS);
    }
    return server;
  }

  /** Sends the signal and waits until no process of the server is left. */
  async end(signal: NodeJS.Signals): Promise<void> {
    this.#child.kill(signal);
    await this.#gone;
  }
}

/** What the server writes about itself in its lock file: line 1 its process, line 8 its status. */
async function statusOf(data: string, pid: number): Promise<string | undefined> {
  const text = await readFile(join(data, 'postmaster.pid'), 'utf8').catch(() => '');
  const lines = text.split('\n');
  return lines[0] === String(pid) ? lines[7]?.trim() : undefined;
}
