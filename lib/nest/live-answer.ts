import { isObservable } from 'rxjs';
import type { RequestUnit } from './request-unit.js';

/**
 * Whether an answer is produced while it is sent: an async generator, or another async iterable that is no stream of
 * bytes. Node's and the web's streams bring bytes that are there already, and are sent after the commit.
 */
export function isLive(value: unknown): value is AsyncIterable<unknown> {
  if (typeof value !== 'object' || value === null || isObservable(value)) return false;
  return Symbol.asyncIterator in value && !('pipe' in value) && !('getReader' in value) && !('then' in value);
}

/**
 * The same iterable, each step of which runs inside the unit. The unit is committed when it is at its end, and rolled back
 * when it throws or its reader leaves.
 */
export function keepUnit(answer: AsyncIterable<unknown>, request: RequestUnit): AsyncIterableIterator<unknown> {
  const { unit } = request;
  const iterator = unit.enter(() => answer[Symbol.asyncIterator]());
  return {
    [Symbol.asyncIterator]() {
      return this;
    },
    async next() {
      try {
        const result = await unit.enter(() => iterator.next());
        if (result.done === true) await request.commit();
        return result;
      } catch (error) {
        await request.rollBack();
        throw error;
      }
    },
    async return(value: unknown) {
      try {
        await unit.enter(async () => iterator.return?.(value));
      } finally {
        await request.rollBack();
      }
      return { done: true, value };
    },
  };
}
