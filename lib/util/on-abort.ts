const crowds = new WeakMap<AbortSignal, Crowd>();

/** Those who listen to one signal. It listens itself only while there are any: a signal with listeners is kept alive. */
class Crowd {
  readonly #signal: AbortSignal;
  readonly #listeners = new Set<() => void>();

  constructor(signal: AbortSignal) {
    this.#signal = signal;
  }

  join(listener: () => void): () => void {
    if (this.#listeners.size === 0) this.#signal.addEventListener('abort', this.#tell);
    this.#listeners.add(listener);
    return () => this.#leave(listener);
  }

  #leave(listener: () => void): void {
    if (this.#listeners.delete(listener) && this.#listeners.size === 0)
      this.#signal.removeEventListener('abort', this.#tell);
  }

  /** In order; who leaves meanwhile is not called. */
  readonly #tell = (): void => {
    for (const listener of this.#listeners) {
      this.#leave(listener);
      try {
        listener();
      } catch (error) {
        // As from a listener of its own: it keeps nobody else from being told.
        process.nextTick(() => {
          throw error;
        });
      }
    }
  };
}

/**
 * Calls `listener`, a function of its own for each call, when the signal is aborted; gives what stops that. Many may
 * share one signal, as all statements of a unit of work do: Node takes more than ten listeners for a leak and warns, and
 * looks along all of them for each that joins or leaves. So a signal gets one, which tells the others.
 */
export function onAbort(signal: AbortSignal, listener: () => void): () => void {
  let crowd = crowds.get(signal);
  if (crowd === undefined) crowds.set(signal, (crowd = new Crowd(signal)));
  return crowd.join(listener);
}
