import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { BenchCase } from '../cases/bench-case.js';
import type { SubjectEntry } from '../subjects/catalogue.js';
import type { SubjectDatabase } from './database-server.js';
import type { Answer, Order } from './messages.js';

const PROGRAM = fileURLToPath(new URL('./subject-process.js', import.meta.url));

/** A subject's process with its database. */
export class RunningSubject {
  readonly entry: SubjectEntry;
  readonly database: SubjectDatabase;
  readonly #process: ChildProcess;

  private constructor(entry: SubjectEntry, database: SubjectDatabase, child: ChildProcess) {
    this.entry = entry;
    this.database = database;
    this.#process = child;
  }

  static async start(entry: SubjectEntry, database: SubjectDatabase): Promise<RunningSubject> {
    const child = fork(PROGRAM, [entry.name], {
      serialization: 'advanced',
      env: { ...process.env, NODE_ENV: 'production' },
    });
    const subject = new RunningSubject(entry, database, child);
    await subject.#answer();
    return subject;
  }

  /** Makes it ready for cases of a kind; gives the port when they are measured from outside. */
  async open(kind: BenchCase['kind']): Promise<number | undefined> {
    const { url } = this.database;
    if (kind === 'http') return this.ask<number>({ do: 'serve', url });
    await this.ask({ do: kind === 'pool' ? 'open-pool' : 'open', url });
    return undefined;
  }

  /** @throws Error with what went wrong in the subject's process */
  async ask<T = void>(order: Order): Promise<T> {
    this.#process.send(order);
    return (await this.#answer()) as T;
  }

  async end(): Promise<void> {
    if (this.#process.exitCode !== null || this.#process.signalCode !== null) return;
    const ended = once(this.#process, 'exit');
    this.#process.disconnect();
    await ended;
  }

  async #answer(): Promise<unknown> {
    const answer = await new Promise<Answer>((resolve) => {
      const ended = (): void => resolve({ error: 'The process of the subject ended.' });
      this.#process.once('exit', ended);
      this.#process.once('message', (message: Answer) => {
        this.#process.off('exit', ended);
        resolve(message);
      });
    });
    if ('error' in answer) throw new Error(answer.error);
    return answer.value;
  }
}
