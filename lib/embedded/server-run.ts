import { spawn, type ChildProcess } from 'node:child_process';
import { readFileSync } from 'node:fs';
import type { KeeperOrders } from './keeper-orders.js';

const FAST_STOP_MS = 10_000;
const IMMEDIATE_STOP_MS = 5_000;

/** Waits for the end of its standard input, which is the keeper's death, and stops the server with growing force. */
const GUARD = `trap '' HUP INT TERM
read -r line
kill -INT "$1" 2>/dev/null || exit 0
for i in 1 2 3 4 5 6 7 8 9 10; do sleep 1; kill -0 "$1" 2>/dev/null || exit 0; done
kill -QUIT "$1"; sleep 5; kill -KILL "$1"`;

/** One run of PostgreSQL under the keeper, from its start to its end, and the guard that is bound to its process id. */
export class ServerRun {
  readonly #orders: KeeperOrders;
  readonly #process: ChildProcess;
  readonly #guard: ChildProcess | undefined;
  #state: 'running' | 'ended' = 'running';

  /** `onEnd` is called once, with how it ended. */
  constructor(orders: KeeperOrders, log: number, onEnd: (how: string) => void) {
    this.#orders = orders;
    this.#process = spawn(orders.postgres, orders.parameters, {
      cwd: '/',
      env: { ...orders.environment },
      stdio: ['ignore', log, log],
      windowsHide: true,
      ...(orders.uid !== undefined && { uid: orders.uid }),
      ...(orders.gid !== undefined && { gid: orders.gid }),
    });
    const end = (how: string): void => {
      if (this.#state === 'ended') return;
      this.#state = 'ended';
      this.#guard?.kill('SIGKILL');
      onEnd(how);
    };
    this.#process.on('error', (error) => {
      if (this.#process.pid === undefined) end(error.message); // Else a signal failed, and `exit` is still to come.
    });
    this.#process.once('exit', (code, signal) => end(`it ended with ${signal ?? `status ${code}`}`));
    if (this.#process.pid !== undefined && process.platform !== 'win32') this.#guard = startGuard(this.#process.pid);
  }

  get pid(): number {
    return this.#process.pid ?? 0;
  }

  get isEnded(): boolean {
    return this.#state === 'ended';
  }

  get isReady(): boolean {
    return serverStatus(this.#orders.dataDirectory, this.pid) === 'ready';
  }

  /** Ends it, with growing force; a temporary one without a last checkpoint. */
  stop(): void {
    const { pgCtl, dataDirectory, removeAtEnd } = this.#orders;
    const mode = removeAtEnd.length === 0 ? 'fast' : 'immediate';
    if (pgCtl !== undefined) spawn(pgCtl, ['stop', '-D', dataDirectory, '-m', mode], { stdio: 'ignore' });
    else this.#process.kill(mode === 'fast' ? 'SIGINT' : 'SIGQUIT');
    setTimeout(() => pgCtl ?? this.#process.kill('SIGQUIT'), FAST_STOP_MS);
    setTimeout(() => this.#process.kill('SIGKILL'), FAST_STOP_MS + IMMEDIATE_STOP_MS);
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
function serverStatus(dataDirectory: string, pid: number): string | undefined {
  try {
    const lines = readFileSync(`${dataDirectory}/postmaster.pid`, 'utf8').split('\n');
    return lines[0] === String(pid) ? lines[7]?.trim() : undefined;
  } catch {
    return undefined; // Not written yet.
  }
}
