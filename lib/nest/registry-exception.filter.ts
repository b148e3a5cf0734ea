import { Catch, Inject, Injectable, Logger, type ArgumentsHost, type ExceptionFilter } from '@nestjs/common';
import { HttpAdapterHost } from '@nestjs/core';
import { throwError } from 'rxjs';
import { AccessError } from '../errors/business-errors.js';
import { PoolClosedError, PoolError } from '../errors/pool-errors.js';
import { RegistryError } from '../errors/registry-error.js';
import { ClientLeftError } from './client-left.error.js';
import { answerOf, type ErrorAnswer } from './http-answer.js';
import { RequestUnits } from './request-units.js';

/** Seconds after which a client may try again what the pool could not serve. */
const RETRY_AFTER_S = '1';

/**
 * Turns errors of this package into answers. It is asked after the application's own filters, and leaves every other
 * error to Nest.
 */
@Injectable()
@Catch(RegistryError)
export class RegistryExceptionFilter implements ExceptionFilter<RegistryError> {
  readonly #adapter: HttpAdapterHost;
  readonly #units: RequestUnits;
  readonly #logger = new Logger('Registry');
  #toldEnd = false;

  constructor(@Inject(HttpAdapterHost) adapter: HttpAdapterHost, @Inject(RequestUnits) units: RequestUnits) {
    this.#adapter = adapter;
    this.#units = units;
  }

  catch(error: RegistryError, host: ArgumentsHost): unknown {
    const kind: string = host.getType();
    const isAnonymous = error instanceof AccessError && this.#isAnonymous(host);
    const answer = answerOf(error, { isAnonymous });
    if (answer.statusCode >= 500 && !(error instanceof ClientLeftError)) this.#report(error, requestOf(host));
    if (kind === 'http') return this.#reply(host, answer, error);
    if (kind === 'rpc') return throwError(() => answer);
    if (kind === 'ws') return emit(host.switchToWs().getClient(), answer);
    // GraphQL takes what a filter returns for the error, and shows its extensions.
    const { message, ...extensions } = answer;
    return Object.assign(new Error(message), { extensions });
  }

  #reply(host: ArgumentsHost, answer: ErrorAnswer, error: RegistryError): void {
    const { httpAdapter } = this.#adapter;
    const response = host.switchToHttp().getResponse<object>();
    if (httpAdapter.isHeadersSent(response)) {
      httpAdapter.end(response);
      return;
    }
    if (answer.statusCode === 503) httpAdapter.setHeader(response, 'Retry-After', RETRY_AFTER_S);
    // A server that ends waits for its connections: those that are kept alive must not be used again.
    if (error instanceof PoolClosedError) httpAdapter.setHeader(response, 'Connection', 'close');
    httpAdapter.reply(response, answer, answer.statusCode);
  }

  #isAnonymous(host: ArgumentsHost): boolean {
    if (host.getType() !== 'http') return false;
    return this.#units.find(host.switchToHttp().getRequest<object>())?.isAnonymous ?? false;
  }

  /** Where the database is away, each request says so in one line: the stack would name the pool alone. */
  #report(error: RegistryError, request: string): void {
    if (error instanceof PoolClosedError) {
      if (!this.#toldEnd) this.#logger.warn(`${error.code}: ${error.message}${request} What follows is refused, too.`);
      this.#toldEnd = true;
      return;
    }
    const hint = error.hint === undefined ? '' : `\n  What to do: ${error.hint}`;
    const text = `${error.code}: ${error.message}${request}${hint}`;
    if (error instanceof PoolError) this.#logger.error(text);
    else this.#logger.error(text, error.stack);
  }
}

/** Which request it was, for the log: ` (POST /transfers)`, without what it asked for; nothing where there is none. */
function requestOf(host: ArgumentsHost): string {
  if (host.getType() !== 'http') return '';
  const { method, originalUrl, url } = host.switchToHttp().getRequest<Partial<Record<string, unknown>>>();
  const path = typeof originalUrl === 'string' ? originalUrl : url;
  return typeof method === 'string' && typeof path === 'string' ? ` (${method} ${path.split('?')[0] ?? ''})` : '';
}

function emit(client: unknown, answer: ErrorAnswer): void {
  const socket = client as { readonly emit?: (event: string, data: unknown) => void } | null;
  socket?.emit?.('exception', answer);
}
