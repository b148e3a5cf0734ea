import { Logger } from '@nestjs/common';

const BAR_WIDTH = 40;
const LINE_EVERY_MS = 2_000;

/** Shows how far an import is: as a bar on a terminal, elsewhere as a line of the log every two seconds. */
export class ImportProgress {
  readonly #logger = new Logger('Import');
  readonly #what: string;
  readonly #total: number;
  #done = 0;
  #lastLineMs = Date.now();
  readonly #startMs = Date.now();

  constructor(what: string, total: number) {
    this.#what = what;
    this.#total = total;
  }

  advance(count: number): void {
    this.#done += count;
    if (process.stdout.isTTY) this.#drawBar();
    else if (Date.now() - this.#lastLineMs >= LINE_EVERY_MS) this.#writeLine();
  }

  end(): void {
    if (process.stdout.isTTY) process.stdout.write('\n');
    const seconds = ((Date.now() - this.#startMs) / 1_000).toFixed(1);
    this.#logger.log(`${this.#done} ${this.#what} imported in ${seconds} s`);
  }

  #drawBar(): void {
    const filled = Math.round((this.#done / this.#total) * BAR_WIDTH);
    const bar = '█'.repeat(filled).padEnd(BAR_WIDTH, '░');
    process.stdout.write(`\r${this.#what} ${bar} ${this.#done} of ${this.#total}`);
  }

  #writeLine(): void {
    this.#lastLineMs = Date.now();
    this.#logger.log(`${this.#done} of ${this.#total} ${this.#what}`);
  }
}
