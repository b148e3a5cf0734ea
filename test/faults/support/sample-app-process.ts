import { spawn, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import { freePort } from '../../../lib/embedded/free-port.js';

const ROOT = fileURLToPath(new URL('../../..', import.meta.url));
const LISTENING = 'Listening on';
/** A build comes first when sources have changed. */
const STARTS_WITHIN_MS = 240_000;
const ENDS_WITHIN_MS = 15_000;

/** The sample application as a process of its own, which may be killed and started again on the same port. */
export class SampleAppProcess {
  readonly url: string;
  readonly #environment: NodeJS.ProcessEnv;
  #child: ChildProcess | undefined;
  #log = '';

  private constructor(databaseUrl: string, port: number) {
    this.url = `http://127.0.0.1:${port}`;
    this.#environment = {
      ...process.env,
      DATABASE_URL: databaseUrl,
      PORT: String(port),
      SAMPLE_CITIES: '1',
      NO_COLOR: '1',
      NODE_ENV: 'development',
      // As npm would start it: it then ends when this process has gone.
      npm_lifecycle_event: 'start',
    };
  }

  static async start(databaseUrl: string): Promise<SampleAppProcess> {
    const app = new SampleAppProcess(databaseUrl, await freePort(undefined));
    await app.start();
    return app;
  }

  /** What the running process, or the last one, has written. */
  get log(): string {
    return this.#log;
  }

  /** Whether the process that was started last still runs. */
  get isRunning(): boolean {
    return this.#child?.exitCode === null && this.#child.signalCode === null;
  }

  /** Starts a process; gives the `performance.now()` at which it listens. */
  async start(): Promise<number> {
    this.#log = '';
    const child = spawn(process.execPath, ['scripts/start.mjs'], {
      cwd: ROOT,
      env: this.#environment,
      stdio: ['ignore', 'pipe', 'pipe'],
    });
    this.#child = child;
    await new Promise<void>((resolve, reject) => {
      const fail = (why: string): void => reject(new Error(`The sample application ${why}:\n${this.#log}`));
      const timer = setTimeout(() => fail('does not start'), STARTS_WITHIN_MS);
      const hear = (text: string): void => {
        this.#log += text;
        if (this.#log.includes(LISTENING)) resolve();
      };
      child.stdout.setEncoding('utf8').on('data', hear);
      child.stderr.setEncoding('utf8').on('data', hear);
      child.once('exit', () => fail('ended while it started'));
      child.once('close', () => clearTimeout(timer));
    });
    return performance.now();
  }

  /** SIGKILL; resolves when the process is gone. */
  async kill(): Promise<void> {
    await this.#end('SIGKILL');
  }

  /** Asks it to end; gives its exit code, or the signal that ended it. */
  async stop(): Promise<number | string | null> {
    return this.#end('SIGTERM');
  }

  async #end(signal: NodeJS.Signals): Promise<number | string | null> {
    const child = this.#child;
    if (child === undefined) return null;
    if (this.isRunning) {
      const gone = once(child, 'close');
      const timer = setTimeout(() => child.kill('SIGKILL'), ENDS_WITHIN_MS);
      child.kill(signal);
      await gone;
      clearTimeout(timer);
    }
    return child.signalCode ?? child.exitCode;
  }
}
