import type { Socket } from 'node:net';

/**
 * `black-hole`: nothing goes through, in either direction, until it passes again, as when packets are lost.
 * `half-open`: what the client sends is dropped, and the client is not told, as when the server's host has vanished.
 */
export type OpenMode = 'pass' | 'black-hole' | 'half-open';

/** What a connection asks of its line. */
export interface LineState {
  readonly delayMs: () => number;
  readonly cutAfter: () => number;
  readonly onCut: () => void;
  readonly onClosed: () => void;
}

/** One client's connection through a line, and the one to the server behind it. */
export class LineConnection {
  readonly #client: Socket;
  readonly #upstream: Socket;
  readonly #line: LineState;
  #mode: OpenMode = 'pass';
  #answered = 0;
  /** When the last part of an answer that is held back will be delivered: none may overtake it. */
  #lastDeliveryMs = 0;

  constructor(client: Socket, upstream: Socket, line: LineState) {
    this.#client = client;
    this.#upstream = upstream;
    this.#line = line;
    client.on('data', (part) => {
      if (this.#mode !== 'half-open') upstream.write(part);
    });
    upstream.on('data', (part) => this.#answer(part));
    for (const socket of [client, upstream]) {
      // `close` follows, and closes the other side too.
      socket.on('error', () => undefined);
      socket.on('close', () => this.#close(socket));
    }
    client.resume();
  }

  setMode(mode: OpenMode): void {
    this.#mode = mode;
    for (const socket of [this.#client, this.#upstream]) {
      // What is not read stays in the system's buffers, and what is full there stays with the sender.
      if (mode === 'black-hole') socket.pause();
      else socket.resume();
    }
  }

  /** Counts the bytes of answers from here on. */
  countAnew(): void {
    this.#answered = 0;
  }

  /** Resets both sides. */
  reset(): void {
    this.#client.resetAndDestroy();
    this.#upstream.resetAndDestroy();
  }

  #answer(part: Buffer): void {
    const left = this.#line.cutAfter() - this.#answered;
    this.#answered += part.length;
    if (part.length < left) {
      this.#afterDelay(() => this.#client.write(part));
      return;
    }
    this.#line.onCut();
    this.#upstream.pause();
    this.#afterDelay(() => {
      // The end of the connection follows behind the bytes: a reset could overtake them.
      this.#client.end(part.subarray(0, left));
      this.#upstream.resetAndDestroy();
    });
  }

  #close(closed: Socket): void {
    if (closed === this.#client) this.#upstream.destroy();
    else this.#afterDelay(() => this.#client.destroySoon());
    if (this.#client.destroyed && this.#upstream.destroyed) this.#line.onClosed();
  }

  #afterDelay(deliver: () => void): void {
    const now = performance.now();
    const atMs = Math.max(now + this.#line.delayMs(), this.#lastDeliveryMs);
    if (atMs <= now) return deliver();
    this.#lastDeliveryMs = atMs;
    setTimeout(deliver, atMs - now);
  }
}
