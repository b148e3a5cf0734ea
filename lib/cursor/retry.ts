import { setTimeout as delay } from 'node:timers/promises';
import { ConflictError, isRetryable } from '../errors/database-errors.js';
import { PoolConnectionLostError } from '../errors/pool-errors.js';

export interface RetryOptions {
  /** How long after the start another attempt may begin, in ms. */
  readonly within: number;
  /** Ends the waiting; the promise then rejects with `signal.reason`. */
  readonly signal?: AbortSignal | undefined;
  /** A number from 0 up to 1. */
  readonly random?: (() => number) | undefined;
  /** Milliseconds on a clock that never goes back. */
  readonly now?: (() => number) | undefined;
  readonly sleep?: ((ms: number, signal: AbortSignal | undefined) => Promise<void>) | undefined;
}

/** Longest wait between two attempts, in ms. Random, or those that collided would collide again. */
const longestWaitMs = 250;

/**
 * Runs `work` until it does not conflict with others; each attempt must start afresh and hold nothing while this
 * waits. `attempt` counts from 1. Errors that would come again are passed on at once, see `isRetryable`.
 * @throws ConflictError with `attempts` when the time is over and the last attempt conflicted, too
 */
export async function retryOnConflict<T>(work: (attempt: number) => Promise<T>, options: RetryOptions): Promise<T> {
  const { within, signal, random = Math.random, now = () => performance.now(), sleep = wait } = options;
  const deadlineMs = now() + within;
  for (let attempt = 1; ; attempt++) {
    signal?.throwIfAborted();
    try {
      return await work(attempt);
    } catch (error) {
      if (!isRetryable(error)) throw error;
      const waitMs = random() * longestWaitMs;
      if (now() + waitMs >= deadlineMs) throw exhausted(error, attempt);
      await sleep(waitMs, signal);
    }
  }
}

function exhausted(cause: unknown, attempts: number): unknown {
  // A server that is gone is no conflict, and is told as what it is.
  if (cause instanceof PoolConnectionLostError) return cause;
  const often = attempts === 1 ? 'once' : `${attempts} times`;
  return new ConflictError(`The work ran ${often} and conflicted with that of others each time.`, {
    attempts,
    cause,
    hint: 'Try again later; if it happens often, let transactions be shorter or touch rows in one order.',
  });
}

async function wait(ms: number, signal: AbortSignal | undefined): Promise<void> {
  await delay(ms, undefined, signal === undefined ? {} : { signal }).catch((error: unknown) => {
    signal?.throwIfAborted();
    throw error;
  });
}
