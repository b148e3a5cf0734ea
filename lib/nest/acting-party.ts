import { UsageError } from '../errors/use-errors.js';
import type { Context } from '../types/augmentable.js';

/** How a unit of work came to be. */
export type UnitKind = 'http' | 'rpc' | 'ws' | 'graphql';

/** What `user` and `context` are asked with. */
export interface UnitFacts {
  readonly kind: UnitKind;
  /** The HTTP request; of a message its context, of a socket the client, of GraphQL the context object. */
  readonly request: unknown;
  /** The handler that is to run, as `ControllerClass.method`; undefined while middleware and guards run. */
  readonly handler: string | undefined;
}

/** The uid of who acts; null or undefined: anonymous, which is uid 0. */
export type UserAnswer = number | null | undefined;
export type UserResolver = (facts: UnitFacts) => UserAnswer | Promise<UserAnswer>;
export type ContextResolver = (facts: UnitFacts) => Context | Promise<Context>;

/** Who acts, and how. */
export interface Party {
  readonly uid?: number;
  readonly context?: Context;
}

/** Uid of who has not signed in. */
export const ANONYMOUS = 0;

/**
 * Asks the application who acts. Whether its answers are promises is learnt from the first one: then every unit awaits
 * it before its handler runs; otherwise it is asked when something first needs it.
 */
export class PartyResolver {
  readonly #user: UserResolver | undefined;
  readonly #context: ContextResolver | undefined;
  #answers: 'unknown' | 'at once' | 'later';

  constructor(options: { readonly user?: UserResolver | undefined; readonly context?: ContextResolver | undefined }) {
    this.#user = options.user;
    this.#context = options.context;
    const functions = [this.#user, this.#context].filter((one) => one !== undefined);
    this.#answers = functions.length === 0 ? 'at once' : functions.some(isAsync) ? 'later' : 'unknown';
  }

  /** Whether the application says who acts, or in which context. */
  get asksSomebody(): boolean {
    return this.#user !== undefined || this.#context !== undefined;
  }

  /** Whether it must be asked before the handler runs, as its answer may have to be awaited. */
  get mustBeAwaited(): boolean {
    return this.#answers !== 'at once';
  }

  ask(facts: UnitFacts): Party | Promise<Party> {
    const uid = this.#user?.(facts);
    const context = this.#context?.(facts);
    if (uid instanceof Promise || context instanceof Promise) {
      this.#answers = 'later';
      return Promise.all([uid, context]).then(([user, found]) => this.#party(user, found));
    }
    if (this.#answers === 'unknown') this.#answers = 'at once';
    return this.#party(uid, context);
  }

  #party(uid: UserAnswer, context: Context | undefined): Party {
    const of = context === undefined ? {} : { context };
    if (this.#user === undefined) return of;
    const given = uid ?? ANONYMOUS;
    if (!Number.isSafeInteger(given) || given < 0) {
      throw new UsageError(
        `The option \`user\` answered ${typeof given === 'number' ? given : `a ${typeof given}`}, which is no uid.`,
        {
          hint: 'Answer a whole number of at least 0, or null for the anonymous user.',
        },
      );
    }
    return { uid: given, ...of };
  }
}

function isAsync(resolver: UserResolver | ContextResolver): boolean {
  return Object.prototype.toString.call(resolver) === '[object AsyncFunction]';
}
