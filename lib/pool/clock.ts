/** Time as the pool sees it; tests give one of their own. */
export interface Clock {
  /** Milliseconds on a clock that never goes back. */
  now(): number;
  /** Calls `task` after `delayMs`; what it gives cancels that. Keeps the process alive only if that is wanted. */
  after(delayMs: number, task: () => void, options?: { readonly keepsAlive: boolean }): () => void;
  /** A number from 0 up to, not including, 1. */
  random(): number;
}

/** Longest delay a Node timer can hold. */
const longestDelayMs = 2_147_483_647;

export const systemClock: Clock = {
  now: () => performance.now(),
  after(delayMs, task, options) {
    const timer = setTimeout(task, Math.min(Math.max(delayMs, 0), longestDelayMs));
    if (options?.keepsAlive !== true) timer.unref();
    return () => clearTimeout(timer);
  },
  random: Math.random,
};
