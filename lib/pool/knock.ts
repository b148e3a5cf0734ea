import { connect } from 'node:net';
import type { Clock } from './clock.js';
import type { ResolvedTarget } from './connection-target.js';

/** Length and code of the protocol's request for TLS, which every server answers with one byte before anything else. */
const tlsRequest = Buffer.from([0, 0, 0, 8, 4, 210, 22, 47]);

/**
 * Whether anything that speaks the protocol answers at the target within `limitMs`. It needs no session and no password,
 * so it says something also while the server has no session left.
 */
export function knock(
  target: ResolvedTarget,
  { clock, limitMs }: { readonly clock: Clock; readonly limitMs: number },
): Promise<boolean> {
  const { host, port } = target.clientConfig();
  const socket = host.startsWith('/') ? connect(`${host}/.s.PGSQL.${port}`) : connect(port, host);
  socket.unref();
  return new Promise((resolve) => {
    const cancelTimer = clock.after(limitMs, () => finish(false));
    const finish = (isThere: boolean): void => {
      cancelTimer();
      socket.destroy();
      resolve(isThere);
    };
    socket.once('connect', () => socket.write(tlsRequest));
    socket.once('data', () => finish(true));
    socket.once('error', () => finish(false));
    socket.once('close', () => finish(false));
  });
}
