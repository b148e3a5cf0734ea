import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { createServer } from 'node:net';
import { setTimeout as wait } from 'node:timers/promises';
import { plainEnvironment } from './run.js';

/** An application that runs in a process of its own and answers HTTP. */
export class RunningApplication {
  readonly #process: ChildProcess;
  readonly #output: string[] = [];
  readonly url: string;

  private constructor(child: ChildProcess, url: string) {
    this.#process = child;
    this.url = url;
    for (const stream of [child.stdout, child.stderr]) {
      stream?.setEncoding('utf8').on('data', (text: string) => this.#output.push(text));
    }
  }

  /** Starts `file` on a free port and waits, at most `timeout` ms, until it answers. */
  static async start(file: string, { cwd, timeout }: { cwd: string; timeout: number }): Promise<RunningApplication> {
    const port = await freePort();
    const env = { ...plainEnvironment(), PORT: String(port) };
    const child = spawn(process.execPath, [file], { cwd, env, stdio: ['ignore', 'pipe', 'pipe'] });
    const application = new RunningApplication(child, `http://127.0.0.1:${port}`);
    try {
      await application.#answer(timeout);
    } catch (error) {
      child.kill('SIGKILL');
      throw error;
    }
    return application;
  }

  /** All that it wrote so far. */
  get output(): string {
    return this.#output.join('');
  }

  /** Sends `signal` and resolves to how the process ended, which it must within `timeout` ms. */
  async end(signal: NodeJS.Signals, timeout: number): Promise<{ code: number | null; signal: NodeJS.Signals | null }> {
    if (this.#hasEnded()) return { code: this.#process.exitCode, signal: this.#process.signalCode };
    const exit = once(this.#process, 'exit', { signal: AbortSignal.timeout(timeout) });
    this.#process.kill(signal);
    try {
      await exit;
    } catch (cause) {
      this.#process.kill('SIGKILL');
      throw new Error(`It did not end within ${timeout} ms of ${signal}:\n${this.output}`, { cause });
    }
    return { code: this.#process.exitCode, signal: this.#process.signalCode };
  }

  #hasEnded(): boolean {
    return this.#process.exitCode !== null || this.#process.signalCode !== null;
  }

  async #answer(timeout: number): Promise<void> {
    const deadline = Date.now() + timeout;
    while (Date.now() < deadline) {
      if (this.#hasEnded()) throw new Error(`The application ended before it answered:\n${this.output}`);
      const answer = await fetch(this.url).catch(() => undefined);
      if (answer) return;
      await wait(100);
    }
    throw new Error(`The application did not answer within ${timeout} ms:\n${this.output}`);
  }
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await once(server, 'listening');
  const address = server.address();
  server.close();
  if (address === null || typeof address === 'string') throw new Error('No port is free.');
  return address.port;
}
