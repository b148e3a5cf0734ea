import { createServer, connect, type Socket } from 'node:net';
import type { AddressInfo } from 'node:net';

export interface WireTap {
  /** The URL of the database, through the tap. */
  readonly url: string;
  /** How often clients wrote since `reset`: messages that left in one write count once. */
  readonly writes: () => number;
  readonly reset: () => void;
  /** Cuts every connection now, in both directions. */
  readonly cut: () => void;
  /** Cuts every connection as soon as a client sends a message that contains `text` in any case, delivering it or not. */
  readonly cutAt: (text: string, options: { readonly deliver: boolean }) => void;
  /** Writes `by` over `text`, which is as long, in the next message of a client that has it. */
  readonly garble: (text: string, by: string) => void;
  /** Cuts every connection and refuses new ones until `up`, which tells how many there were. */
  readonly down: () => void;
  readonly up: () => number;
  readonly close: () => Promise<void>;
}

/** A TCP relay in front of the database that counts and cuts. */
export async function openWireTap(url: string): Promise<WireTap> {
  const target = new URL(url);
  const upstreamAt = { port: Number(target.port), host: target.hostname };
  const sockets = new Set<Socket>();
  let writes = 0;
  let isDown = false;
  let refused = 0;
  let garbled: { readonly text: string; readonly by: string } | undefined;
  let trap: { readonly text: string; readonly deliver: boolean } | undefined;
  const cut = (): void => {
    for (const socket of sockets) socket.destroy();
  };
  const server = createServer((client) => {
    if (isDown) {
      refused++;
      client.destroy();
      return;
    }
    const upstream = connect(upstreamAt);
    for (const socket of [client, upstream]) {
      socket.setNoDelay(true);
      sockets.add(socket);
      socket.on('error', () => socket.destroy());
      socket.on('close', () => {
        sockets.delete(socket);
        client.destroy();
        upstream.destroy();
      });
    }
    client.on('data', (chunk) => {
      writes++;
      const place = garbled === undefined ? -1 : chunk.indexOf(garbled.text);
      if (garbled !== undefined && place >= 0) {
        chunk.write(garbled.by, place);
        garbled = undefined;
      }
      if (trap !== undefined && chunk.toString('latin1').toLowerCase().includes(trap.text.toLowerCase())) {
        const { deliver } = trap;
        trap = undefined;
        if (!deliver) return cut();
        client.destroy();
        upstream.removeAllListeners('close');
        upstream.end(chunk);
        return;
      }
      upstream.write(chunk);
    });
    upstream.on('data', (chunk) => client.write(chunk));
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  target.hostname = '127.0.0.1';
  target.port = String((server.address() as AddressInfo).port);
  return {
    url: target.href,
    writes: () => writes,
    reset: () => (writes = 0),
    cut,
    cutAt: (text, { deliver }) => (trap = { text, deliver }),
    garble: (text, by) => (garbled = { text, by }),
    down: () => {
      isDown = true;
      refused = 0;
      cut();
    },
    up: () => {
      isDown = false;
      return refused;
    },
    close: () => {
      cut();
      return new Promise((resolve) => server.close(() => resolve()));
    },
  };
}
