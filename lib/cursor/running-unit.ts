import { AsyncLocalStorage } from 'node:async_hooks';

/** What runs now, as far as asynchronous calls reach. */
export interface RunningUnit {
  /** The unit of work as the room that opened it knows it; null when only a cursor is used. */
  readonly unit: unknown;
  /** One attempt of the unit: an operation of an older attempt is told that its transaction has ended. */
  readonly attempt: object;
  /** The innermost savepoint whose body this is. */
  readonly savepoint: object | null;
  /** The flush of pending work whose body this is: it must not wait for itself. */
  readonly flush?: object;
}

/** The running unit of work: the only ambient state of the package. */
export const runningUnit = new AsyncLocalStorage<RunningUnit>();
