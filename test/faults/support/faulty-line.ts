import { connect, createServer, type AddressInfo, type Server } from 'node:net';
import { LineConnection, type OpenMode } from './line-connection.js';

/** What happens to connections that are made. `refuse`: reset at once. `black-hole`: accepted, and never answered. */
export type NewMode = 'pass' | 'refuse' | 'black-hole';

/** A TCP relay in front of a server that does what networks do. */
export interface FaultyLine {
  /** The given URL, through the relay. */
  readonly url: string;
  /** From here on, connections that are made are treated so. */
  forNew(mode: NewMode): void;
  /** Connections that are open now are treated so; those made later pass, if `forNew` lets them. */
  forOpen(mode: OpenMode): void;
  /** Everything passes, without delay; what a black hole held back is delivered, what `half-open` dropped is lost. */
  heal(): void;
  /** Holds back each part of an answer for so many ms. */
  delayAnswers(milliseconds: number): void;
  /** The connection that first carries so many bytes of answers from here on is reset after them. */
  cutAnswerAfter(bytes: number): void;
  /** Resets the connections that are open. */
  cut(): void;
  /** How often somebody connected since the line was opened or this was last asked. */
  takeAttempts(): number;
  /** How many connections pass through to the server. */
  readonly open: number;
  close(): Promise<void>;
}

/** Opens a relay that passes everything. */
export async function openFaultyLine(url: string): Promise<FaultyLine> {
  const line = new Relay(new URL(url));
  await line.listen();
  return line;
}

class Relay implements FaultyLine {
  readonly #target: URL;
  readonly #server: Server;
  readonly #connections = new Set<LineConnection>();
  readonly #lost = new Set<() => void>();
  #newMode: NewMode = 'pass';
  #delayMs = 0;
  /** Bytes of answers after which a connection is cut. */
  #cutAfter = Number.POSITIVE_INFINITY;
  #attempts = 0;

  constructor(target: URL) {
    this.#target = target;
    this.#server = createServer({ noDelay: true, pauseOnConnect: true }, (client) => {
      this.#attempts++;
      if (this.#newMode === 'refuse') {
        client.resetAndDestroy();
      } else if (this.#newMode === 'black-hole') {
        const forget = (): void => void client.destroy();
        this.#lost.add(forget);
        client.on('error', forget).on('close', () => this.#lost.delete(forget));
        client.resume(); // What comes goes nowhere; it is read only to see the client leave.
      } else {
        const upstream = connect({ host: this.#target.hostname, port: Number(this.#target.port), noDelay: true });
        const connection = new LineConnection(client, upstream, {
          delayMs: () => this.#delayMs,
          cutAfter: () => this.#cutAfter,
          onCut: () => (this.#cutAfter = Number.POSITIVE_INFINITY),
          onClosed: () => this.#connections.delete(connection),
        });
        this.#connections.add(connection);
      }
    });
  }

  get url(): string {
    const through = new URL(this.#target);
    through.hostname = '127.0.0.1';
    through.port = String((this.#server.address() as AddressInfo).port);
    return through.href;
  }

  get open(): number {
    return this.#connections.size;
  }

  listen(): Promise<void> {
    return new Promise((resolve) => this.#server.listen(0, '127.0.0.1', resolve));
  }

  forNew(mode: NewMode): void {
    this.#newMode = mode;
  }

  forOpen(mode: OpenMode): void {
    for (const connection of this.#connections) connection.setMode(mode);
  }

  heal(): void {
    this.forNew('pass');
    this.forOpen('pass');
    this.delayAnswers(0);
    this.#cutAfter = Number.POSITIVE_INFINITY;
  }

  delayAnswers(milliseconds: number): void {
    this.#delayMs = milliseconds;
  }

  cutAnswerAfter(bytes: number): void {
    this.#cutAfter = bytes;
    for (const connection of this.#connections) connection.countAnew();
  }

  cut(): void {
    for (const connection of this.#connections) connection.reset();
  }

  takeAttempts(): number {
    const attempts = this.#attempts;
    this.#attempts = 0;
    return attempts;
  }

  async close(): Promise<void> {
    const closed = new Promise((resolve) => this.#server.close(resolve));
    this.cut();
    for (const forget of this.#lost) forget();
    await closed;
  }
}
