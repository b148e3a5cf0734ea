/** An error whose cause is what a client sent, not the code of the server. */
export interface SubmittedError extends Error {
  readonly submitted: true;
}

/**
 * Runs `read` on something that came from a client: an error of one of the `kinds` gets the property `submitted: true`, by
 * which the layer that answers the client tells it (a bad request) from the same mistake in server code. Other errors pass
 * as they are.
 */
export function readSubmitted<T>(kinds: readonly (abstract new (...args: never) => Error)[], read: () => T): T {
  try {
    return read();
  } catch (error) {
    if (error instanceof Error && kinds.some((kind) => error instanceof kind)) {
      Object.defineProperty(error, 'submitted', { value: true, enumerable: true, configurable: true });
    }
    throw error;
  }
}

/** Whether an error was marked by `readSubmitted`. */
export function isSubmitted(error: unknown): error is SubmittedError {
  return error instanceof Error && 'submitted' in error && error.submitted === true;
}
