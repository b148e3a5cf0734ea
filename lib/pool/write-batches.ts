import type { Writable } from 'node:stream';

/** Lets what is sent in one turn of the event loop leave in one write, and counts the writes. */
export class WriteBatches {
  #count = 0;
  #isOpen = false;

  /** The number of the write that is being filled or was last sent. */
  get count(): number {
    return this.#count;
  }

  /** Something is about to be written to the stream. */
  join(stream: Writable): void {
    if (this.#isOpen) return;
    this.#isOpen = true;
    this.#count++;
    stream.cork();
    process.nextTick(() => {
      this.#isOpen = false;
      stream.uncork();
    });
  }
}
