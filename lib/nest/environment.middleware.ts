import { Inject, Injectable, type NestMiddleware } from '@nestjs/common';
import { RequestUnits } from './request-units.js';

/**
 * Opens the unit of work of each HTTP request and runs everything after it inside: later middleware, guards, pipes, the
 * handler. It borrows nothing: that is left to the first query.
 */
@Injectable()
export class EnvironmentMiddleware implements NestMiddleware {
  readonly #units: RequestUnits;

  constructor(@Inject(RequestUnits) units: RequestUnits) {
    this.#units = units;
  }

  use(request: object, response: object, next: () => void): void {
    this.#units.ofHttp(request, response).unit.enter(next);
  }
}
