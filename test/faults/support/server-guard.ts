import { spawn, type ChildProcess } from 'node:child_process';

/**
 * Reads the process id of the server whenever it changes (0: it was stopped) and waits for the end of its input, which
 * is the death of the test. Then it kills that server, whose children end with it, and removes the folders.
 */
const GUARD = `trap '' HUP INT TERM
pid=0
while read -r line; do pid="$line"; done
if [ "$pid" != 0 ]; then
  kill -QUIT "$pid" 2>/dev/null
  for i in 1 2 3 4 5; do kill -0 "$pid" 2>/dev/null || break; sleep 1; done
  kill -KILL "$pid" 2>/dev/null
fi
sleep 0.2
rm -rf "$@"`;

/** Leaves nothing of a test's server behind, however the test's process ends, SIGKILL included. */
export class ServerGuard {
  readonly #shell: ChildProcess;

  constructor(folders: readonly string[]) {
    this.#shell = spawn('/bin/sh', ['-c', GUARD, 'fault-server-guard', ...folders], {
      cwd: '/',
      detached: true,
      stdio: ['pipe', 'ignore', 'ignore'],
    });
    this.#shell.on('error', () => undefined); // Without a shell nothing guards, and nothing else fails.
    this.#shell.stdin?.on('error', () => undefined);
    this.#shell.unref();
  }

  /** The server that is to be killed; 0: none runs. */
  watch(pid: number): void {
    this.#shell.stdin?.write(`${pid}\n`);
  }

  /** Lets the guard remove the folders, and waits until that is done. */
  async finish(): Promise<void> {
    if (this.#shell.exitCode !== null) return;
    const exited = new Promise((resolve) => this.#shell.once('exit', resolve));
    this.#shell.ref();
    this.#shell.stdin?.end('0\n');
    await exited;
  }
}
