/** How a promise ended, and how long after `since` that was, in ms. */
export interface Timed<T> {
  readonly value?: T;
  readonly error?: unknown;
  readonly ms: number;
}

/** Waits for the end of a promise, whatever it is. */
export async function timed<T>(promise: Promise<T>, since = performance.now()): Promise<Timed<T>> {
  try {
    return { value: await promise, ms: performance.now() - since };
  } catch (error) {
    return { error, ms: performance.now() - since };
  }
}

/** Errors that nobody caught while `work` ran: there must be none. */
export async function uncaughtDuring(work: () => Promise<void>): Promise<readonly unknown[]> {
  const uncaught: unknown[] = [];
  const note = (error: unknown): void => void uncaught.push(error);
  process.on('uncaughtException', note).on('unhandledRejection', note);
  try {
    await work();
    await new Promise((resolve) => setTimeout(resolve, 50));
  } finally {
    process.off('uncaughtException', note).off('unhandledRejection', note);
  }
  return uncaught;
}
