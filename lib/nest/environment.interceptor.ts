import { Inject, Injectable, type CallHandler, type ExecutionContext, type NestInterceptor } from '@nestjs/common';
import { Observable } from 'rxjs';
import { runningUnit } from '../cursor/running-unit.js';
import { HandlerCall } from './handler-call.js';
import { traitsOf } from './handler-traits.js';
import type { ResolvedRegistryOptions } from './registry-options.js';
import { REGISTRY_OPTIONS } from './registry.tokens.js';
import { RequestUnits } from './request-units.js';

/**
 * Runs each handler in its unit of work: tried again after a conflict, committed before a value leaves here, rolled back
 * on any error. A singleton: what belongs to a request is found by the request.
 */
@Injectable()
export class EnvironmentInterceptor implements NestInterceptor {
  readonly #units: RequestUnits;
  readonly #options: ResolvedRegistryOptions;

  constructor(@Inject(RequestUnits) units: RequestUnits, @Inject(REGISTRY_OPTIONS) options: ResolvedRegistryOptions) {
    this.#units = units;
    this.#options = options;
  }

  intercept(context: ExecutionContext, next: CallHandler): Observable<unknown> {
    const traits = traitsOf(context);
    const { transaction = {} } = this.#options;
    const request = this.#units.ofContext(context);
    if (traits.sendsEvents) return outsideUnit(() => request.rollBack(), next);
    return new Observable((subscriber) => {
      const call = new HandlerCall({
        request,
        traits,
        input: context.getArgByIndex(0),
        next,
        retry: traits.options.retry ?? transaction.retry ?? {},
        onAbort: traits.options.onAbort ?? transaction.onAbort ?? 'finish',
      });
      let isOver = false;
      call.run().then(
        (values) => {
          isOver = true;
          for (const value of values) subscriber.next(value);
          subscriber.complete();
        },
        (error: unknown) => {
          isOver = true;
          subscriber.error(error);
        },
      );
      return () => {
        if (!isOver) call.abandon();
      };
    });
  }
}

/**
 * An `@Sse()` handler has no unit of its own: one that stays open as long as its client would hold a connection and an
 * ageing snapshot. Each event opens one, by `registry.run` or a transactional method; what guards did has ended.
 */
function outsideUnit(end: () => Promise<void>, next: CallHandler): Observable<unknown> {
  return new Observable((subscriber) => {
    let stop: (() => void) | undefined;
    let isStopped = false;
    const start = (): void => {
      if (isStopped) return;
      const subscription = runningUnit.exit(() => (next.handle() as Observable<unknown>).subscribe(subscriber));
      stop = () => subscription.unsubscribe();
    };
    end().then(start, (error: unknown) => subscriber.error(error));
    return () => {
      isStopped = true;
      stop?.();
    };
  });
}
