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

/** Something that carries its unit. */
type Carrier = Record<symbol, RequestUnit | undefined>;

/** Opens the units of work of requests and messages, one each, and finds them again. */
@Injectable()
export class RequestUnits {
  readonly #registries: Registries;
  readonly #parties: PartyResolver;
  /**
   * Under which requests and units carry what belongs to them, which everybody can reach who has them: no store to clean
   * up, and no map of weak keys, which each small garbage collection would have to look through.
   */
  readonly #carried = Symbol('nest-registry:unit');
  /** Contexts of messages may be anything, so they carry nothing. */
  readonly #ofMessages = new WeakMap<object, RequestUnit>();
  readonly #logger = new Logger('Registry');
  readonly #report = (error: unknown): void =>
    this.#logger.error('The unit of work of an answered request could not be rolled back', error);
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
    const raw = rawOf(key);
    return (raw as Carrier)[this.#carried] ?? this.#ofMessages.get(raw);
  }

  /** The unit of an HTTP request; opened if it has none. */
  ofHttp(request: object, response: object): RequestUnit {
    const carrier = rawOf(request) as Carrier;
    const found = carrier[this.#carried];
    if (found !== undefined) return found;
    const opened = (carrier[this.#carried] = this.#open('http', request));
    opened.watch(rawOf(response) as RawResponse);
    return opened;
  }

  /** The unit of a message, joined by its context object. */
  ofMessage(key: object): RequestUnit {
    const found = this.find(key);
    if (found !== undefined) return found;
    const opened = this.#open('rpc', key);
    this.#ofMessages.set(key, opened);
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
      report: this.#report,
    });
    (opened.unit as unknown as Carrier)[this.#carried] = opened;
    return opened;
  }
}

function rawOf(wrapped: object): object {
  return (wrapped as Wrapped).raw ?? wrapped;
}

function isObject(value: unknown): value is object {
  return typeof value === 'object' && value !== null;
}
