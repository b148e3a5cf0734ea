import { Inject, Injectable, Logger, type ExecutionContext } from '@nestjs/common';
import { PoolClosedError } from '../errors/pool-errors.js';
import { PartyResolver, type UnitKind } from './acting-party.js';
import { Registries } from './registries.js';
import type { ResolvedRegistryOptions } from './registry-options.js';
import { REGISTRY_OPTIONS } from './registry.tokens.js';
import { RequestUnit, type RawResponse } from './request-unit.js';

/** A request or response of a framework that wraps the one of Node. */
interface Wrapped {
  readonly raw?: object;
}

/** Opens the units of work of requests and messages, one each, and finds them again. */
@Injectable()
export class RequestUnits {
  readonly #registries: Registries;
  readonly #parties: PartyResolver;
  // Joined by the request itself, which everything that belongs to it can reach: no second store, nothing to clean up.
  readonly #units = new WeakMap<object, RequestUnit>();
  readonly #logger = new Logger('Registry');
  #isRefusing = false;

  constructor(@Inject(Registries) registries: Registries, @Inject(REGISTRY_OPTIONS) options: ResolvedRegistryOptions) {
    this.#registries = registries;
    this.#parties = new PartyResolver(options);
  }

  /** From here on no request gets a unit; those that have one go on. */
  refuse(): void {
    this.#isRefusing = true;
  }

  /** By the request, the message's context, or the unit itself. */
  find(key: object): RequestUnit | undefined {
    return this.#units.get(rawOf(key));
  }

  /** The unit of an HTTP request; opened if it has none. */
  ofHttp(request: object, response: object): RequestUnit {
    const found = this.find(request);
    if (found !== undefined) return found;
    const opened = this.#open('http', request);
    this.#units.set(rawOf(request), opened);
    opened.watch(rawOf(response) as RawResponse);
    return opened;
  }

  /** The unit of a message, joined by its context object. */
  ofMessage(key: object): RequestUnit {
    const found = this.find(key);
    if (found !== undefined) return found;
    const opened = this.#open('rpc', key);
    this.#units.set(key, opened);
    return opened;
  }

  /** The unit in which a handler is to run. */
  ofContext(context: ExecutionContext): RequestUnit {
    const kind: string = context.getType();
    if (kind === 'http') {
      const http = context.switchToHttp();
      return this.ofHttp(http.getRequest<object>(), http.getResponse<object>());
    }
    if (kind === 'rpc') {
      const key: unknown = context.switchToRpc().getContext();
      return isObject(key) ? this.ofMessage(key) : this.#open('rpc', key);
    }
    // One a message and one a resolver: a socket or an operation has many.
    if (kind === 'ws') return this.#open('ws', context.switchToWs().getClient());
    return this.#open('graphql', context.getArgByIndex(2));
  }

  #open(kind: UnitKind, request: unknown): RequestUnit {
    if (this.#isRefusing) {
      throw new PoolClosedError('The application is shutting down: it begins nothing new.');
    }
    const opened = new RequestUnit({
      registry: this.#registries.get(),
      parties: this.#parties,
      kind,
      request,
      report: (error) => this.#logger.error('The unit of work of an answered request could not be rolled back', error),
    });
    this.#units.set(opened.unit, opened);
    return opened;
  }
}

function rawOf(wrapped: object): object {
  return (wrapped as Wrapped).raw ?? wrapped;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
