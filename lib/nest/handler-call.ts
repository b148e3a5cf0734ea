import type { CallHandler } from '@nestjs/common';
import type { Observable, Subscription } from 'rxjs';
import { retryOnConflict } from '../cursor/retry.js';
import { ConflictError, isRetryable } from '../errors/database-errors.js';
import { PoolConnectionLostError } from '../errors/pool-errors.js';
import { RETRY_WITHIN_MS, type RetryOptions } from '../registry/registry-settings.js';
import { ClientLeftError } from './client-left.error.js';
import type { HandlerTraits } from './handler-traits.js';
import { isLive, keepUnit } from './live-answer.js';
import { RequestInput } from './request-input.js';
import type { RequestUnit } from './request-unit.js';

export interface HandlerCallParts {
  readonly request: RequestUnit;
  readonly traits: HandlerTraits;
  /** The framework's request, or what a message has instead. */
  readonly input: unknown;
  readonly next: CallHandler;
  readonly retry: RetryOptions | false;
  readonly onAbort: 'finish' | 'rollback';
}

/**
 * One handler in its unit of work: run again after conflicts while nothing was sent, committed before its values are
 * given, rolled back on any error.
 */
export class HandlerCall {
  readonly #parts: HandlerCallParts;
  #input: RequestInput | undefined;
  #attempts = 0;
  #hasMadeStream = false;
  #running: { readonly subscription: Subscription; readonly reject: (reason: unknown) => void } | undefined;
  #isAbandoned = false;

  constructor(parts: HandlerCallParts) {
    this.#parts = parts;
  }

  /** Gives the handler's values after the commit: one, unless it gave an Observable of several or none. */
  async run(): Promise<readonly unknown[]> {
    const { request, traits, input } = this.#parts;
    request.begin(traits.name, input);
    try {
      if (request.isUnsettled) await request.settle();
      request.configure(traits.options, this.#parts.onAbort);
      const values = await this.#untilNoConflict();
      const [answer] = values;
      if (request.unit.state !== 'running' || !isLive(answer)) return values;
      request.stream();
      return [keepUnit(answer, request)];
    } catch (error) {
      await request.rollBack();
      throw error;
    }
  }

  /** Whoever waited for the values has gone: the handler's Observable is given up, and its work undone. */
  abandon(): void {
    this.#isAbandoned = true;
    this.#running?.subscription.unsubscribe();
    this.#running?.reject(new ClientLeftError('Nobody waits for the answer of this handler any more.'));
  }

  #untilNoConflict(): Promise<readonly unknown[]> {
    const { retry, request, onAbort } = this.#parts;
    if (retry === false) return this.#attempt();
    const signal = onAbort === 'rollback' ? request.signal : undefined;
    return retryOnConflict(() => this.#attempt(), { within: retry.within ?? RETRY_WITHIN_MS, signal });
  }

  async #attempt(): Promise<readonly unknown[]> {
    const { request } = this.#parts;
    const { unit } = request;
    this.#attempts++;
    this.#input ??= new RequestInput(this.#parts.input);
    if (this.#attempts > 1) {
      this.#input.restore();
      unit.restart();
    }
    try {
      const values = await unit.enter(() => this.#collect());
      if (this.#isAbandoned) throw new ClientLeftError('Nobody waits for the answer of this handler any more.');
      if (this.#parts.onAbort === 'rollback') request.signal.throwIfAborted();
      const [answer] = values;
      if (values.length === 1 && isLive(answer)) return values;
      this.#hasMadeStream = values.some(isStream);
      await request.commit();
      return values;
    } catch (error) {
      // Before any waiting: a unit that will be tried again holds no connection meanwhile.
      await unit.giveUpAttempt();
      throw isRetryable(error) && !this.#mayRepeat() ? conflictAtOnce(error, this.#attempts) : error;
    }
  }

  #mayRepeat(): boolean {
    const { traits, request, retry } = this.#parts;
    if (retry === false || !traits.isRepeatable || this.#hasMadeStream || this.#isAbandoned) return false;
    return !request.hasAnswered && this.#input?.isRepeatable === true;
  }

  /** All values of the handler, which is called here: subscribed inside the unit, as what it calls must find it. */
  #collect(): Promise<unknown[]> {
    const source = this.#parts.next.handle() as Observable<unknown>;
    return new Promise((resolve, reject) => {
      const values: unknown[] = [];
      const subscription = source.subscribe({
        next: (value) => values.push(value),
        error: reject,
        complete: () => resolve(values),
      });
      this.#running = { subscription, reject };
    });
  }
}

/** A conflict that cannot be tried again is told as what it is. */
function conflictAtOnce(cause: unknown, attempts: number): unknown {
  if (cause instanceof PoolConnectionLostError) return cause;
  return new ConflictError('The work conflicted with that of others and cannot be run again.', {
    attempts,
    cause,
    hint: 'Handlers that answer by themselves, take uploads or give streams run once, as do all with `retry: false`.',
  });
}

function isStream(value: unknown): boolean {
  if (typeof value !== 'object' || value === null) return false;
  return 'getStream' in value || 'pipe' in value || 'getReader' in value;
}
