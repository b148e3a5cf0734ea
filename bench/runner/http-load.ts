import { createConnection, type Socket } from 'node:net';
import type { BenchRequest } from '../cases/bench-case.js';

/** Clients, each sending its next request when it has the answer to the last. */
export const CLIENTS = 16;

export interface LoadOptions {
  readonly port: number;
  readonly durationMs: number;
  readonly request: (step: number) => BenchRequest;
}

/**
 * Closed-loop load. Written on sockets, since a full HTTP client would take more of the machine than the servers do.
 * @throws Error when an answer has another status than the request expects
 */
export async function load({
  port,
  durationMs,
  request,
}: LoadOptions): Promise<{ count: number; microseconds: number }> {
  let step = 0;
  let count = 0;
  const start = performance.now();
  const end = start + durationMs;
  // Everybody asks at least once, however late they got their connection.
  const next = (asked: number): BenchRequest | undefined =>
    asked === 0 || performance.now() < end ? request(++step) : undefined;
  await Promise.all(Array.from({ length: CLIENTS }, () => client(port, next, () => count++)));
  return { count, microseconds: ((performance.now() - start) * 1_000) / count };
}

function client(port: number, next: (asked: number) => BenchRequest | undefined, done: () => void): Promise<void> {
  return new Promise((resolve, reject) => {
    const socket = createConnection({ port, host: '127.0.0.1', noDelay: true });
    let received = '';
    let sent: BenchRequest | undefined;
    let asked = 0;
    const sendNext = (): void => {
      sent = next(asked++);
      if (sent === undefined) socket.end();
      else send(socket, sent);
    };
    socket.setEncoding('latin1');
    socket.on('connect', sendNext);
    socket.on('data', (chunk: string) => {
      received += chunk;
      if (!isComplete(received)) return;
      const status = Number(received.slice(9, 12));
      if (status !== sent!.status) {
        socket.destroy(new Error(`${sent!.method} ${sent!.path} was answered: ${received.slice(0, 600)}`));
        return;
      }
      received = '';
      done();
      sendNext();
    });
    socket.on('error', reject);
    socket.on('close', () => (sent === undefined ? resolve() : reject(new Error('The server closed a connection.'))));
  });
}

function send(socket: Socket, { method, path, body = '' }: BenchRequest): void {
  const about = body === '' ? '' : `content-type: application/json\r\ncontent-length: ${Buffer.byteLength(body)}\r\n`;
  socket.write(`${method} ${path} HTTP/1.1\r\nhost: localhost\r\n${about}\r\n${body}`);
}

// Express answers small bodies in one piece with their length; in latin1 a character is a byte.
function isComplete(received: string): boolean {
  const head = received.indexOf('\r\n\r\n');
  if (head === -1) return false;
  const length = /\r\ncontent-length: (\d+)/i.exec(received)?.[1];
  return length !== undefined && received.length >= head + 4 + Number(length);
}
