import { setMaxListeners } from 'node:events';

const unlimited = new WeakSet<AbortSignal>();

/**
 * Calls `listener` when the signal is aborted; gives what stops that. Many may share one signal, as all statements of a
 * unit of work do: Node takes more than ten listeners for a leak and warns, so the signal is given no limit.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  // Once each: Node 20 fails to read a limit of 0 back.
  if (!unlimited.has(signal)) {
    unlimited.add(signal);
    setMaxListeners(0, signal);
  }
  signal.addEventListener('abort', listener, { once: true });
  return () => signal.removeEventListener('abort', listener);
}
