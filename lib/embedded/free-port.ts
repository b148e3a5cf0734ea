import { createServer, type AddressInfo } from 'node:net';
import { EmbeddedServerError } from '../errors/embedded-errors.js';

/**
 * A free TCP port on 127.0.0.1: `wanted` if it is free, else any.
 * @throws EmbeddedServerError
 */
export async function freePort(wanted: number | undefined): Promise<number> {
  if (wanted !== undefined && (await tryPort(wanted)) !== undefined) return wanted;
  const any = await tryPort(0);
  if (any === undefined) {
    throw new EmbeddedServerError('No TCP port is free on 127.0.0.1.', {
      hint: 'End other programs, or name a port in `port`.',
    });
  }
  return any;
}

function tryPort(port: number): Promise<number | undefined> {
  return new Promise((resolve) => {
    const server = createServer();
    server.once('error', () => resolve(undefined));
    server.listen({ host: '127.0.0.1', port, exclusive: true }, () => {
      const { port: bound } = server.address() as AddressInfo;
      server.close(() => resolve(bound));
    });
  });
}
