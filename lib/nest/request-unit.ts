import { UsageError } from '../errors/use-errors.js';
import type { Environment } from '../environment/environment.js';
import type { Registry } from '../registry/registry.js';
import type { RunOptions } from '../registry/registry-settings.js';
import type { Unit, UnitParty } from '../registry/unit.js';
import { ANONYMOUS, type PartyResolver, type UnitKind } from './acting-party.js';
import { ClientLeftError } from './client-left.error.js';

/** The part of a raw HTTP response that a unit watches; Express and Fastify both have one. */
export interface RawResponse {
  readonly headersSent: boolean;
  readonly writableFinished: boolean;
  on(event: 'close', listener: () => void): unknown;
}

export interface RequestUnitParts {
  readonly registry: Registry;
  readonly parties: PartyResolver;
  readonly kind: UnitKind;
  readonly request: unknown;
  /** Told of a rollback that failed after everybody had been answered. */
  readonly report: (error: unknown) => void;
}

/** How a handler uses the database, as far as it says. */
export type UnitSettings = Pick<RunOptions, 'readOnly' | 'isolation'>;

/**
 * waiting: opened, middleware and guards may run. handling: the handler's call decides how it ends. streaming: the answer
 * is being produced inside it. ended: committed or rolled back.
 */
type Stage = 'waiting' | 'handling' | 'streaming' | 'ended';

/**
 * The unit of work of one request or message: who acts in it, and how it ends whoever answers. Opening it borrows nothing.
 */
export class RequestUnit {
  readonly unit: Unit;
  readonly #parts: RequestUnitParts;
  /** Made when somebody wants to know of the client's leaving. */
  #abort: AbortController | undefined;
  #hasLeft = false;
  #stage: Stage = 'waiting';
  #request: unknown;
  #handler: string | undefined;
  #party: UnitParty | undefined;
  #asking: Promise<UnitParty> | 'now' | undefined;
  #response: RawResponse | undefined;

  constructor(parts: RequestUnitParts) {
    this.#parts = parts;
    this.#request = parts.request;
    this.unit = parts.registry.openUnit({}, () => this.signal);
    if (parts.parties.asksSomebody) this.unit.deferEnvironment(() => this.#ask());
  }

  /** The environment of the unit; made when it is first wanted. */
  get environment(): Environment {
    return this.unit.ownEnvironment ?? this.unit.environment();
  }

  /** Whether nobody has signed in, as far as that can be told without waiting. */
  get isAnonymous(): boolean {
    try {
      return this.environment.uid === ANONYMOUS;
    } catch {
      // Asked for the sake of an error that is already on its way to the client: that one is told.
      return false;
    }
  }

  /** Aborted when the client has left. */
  get signal(): AbortSignal {
    if (this.#abort === undefined) {
      this.#abort = new AbortController();
      if (this.#hasLeft) this.#abort.abort(clientLeft());
    }
    return this.#abort.signal;
  }

  /** Whether something was sent to the client already. */
  get hasAnswered(): boolean {
    return this.#response?.headersSent ?? false;
  }

  /** Ends the unit, if nothing else has, when the response is over: whoever answered, or when the client has left. */
  watch(response: RawResponse): void {
    if (this.#response !== undefined) return;
    this.#response = response;
    response.on('close', () => {
      if (!response.writableFinished) {
        this.#hasLeft = true;
        this.#abort?.abort(clientLeft());
      }
      // A handler that runs has the say over its unit: by default it finishes and commits.
      if (this.#stage !== 'handling') void this.rollBack().catch(this.#parts.report);
    });
  }

  /** A handler takes over. @throws ClientLeftError when the unit has ended before */
  begin(handler: string, request: unknown): void {
    if (this.#stage === 'ended') throw new ClientLeftError('The client left before its request was handled.');
    this.#stage = 'handling';
    this.#handler = handler;
    this.#request = request;
  }

  /** Uses the database as a handler says. @throws UsageError when guards have begun a unit that is not strict enough */
  configure(settings: UnitSettings, onAbort: 'finish' | 'rollback'): void {
    const { unit } = this;
    const { registry } = this.#parts;
    const readOnly = settings.readOnly ?? unit.readOnly;
    const isolation = settings.isolation ?? (unit.isolation as NonNullable<RunOptions['isolation']>);
    const cancels = onAbort === 'rollback';
    if (readOnly === unit.readOnly && isolation === unit.isolation && !cancels) return;
    if (unit.hasBegun) {
      if (isolation === unit.isolation) return;
      throw new UsageError(
        `${this.#handler ?? 'The handler'} wants a unit of work under ${isolation}, but one under ${unit.isolation} has begun.`,
        {
          hint: "A guard or middleware has queried: let it do so in registry.run({ propagation: 'new' }, …), or make the isolation the default.",
        },
      );
    }
    const signal = cancels ? { signal: this.signal } : {};
    unit.reconfigure({ readOnly, isolation, openCursor: () => registry.cursor({ readOnly, isolation, ...signal }) });
  }

  /** Whether it has to be awaited who acts. */
  get isUnsettled(): boolean {
    if (this.#party !== undefined) return false;
    return this.#parts.parties.mustBeAwaited || this.#asking instanceof Promise;
  }

  /** Awaits who acts, if that has to be awaited. */
  async settle(): Promise<void> {
    if (!this.isUnsettled) return;
    const answer = this.#asking instanceof Promise ? this.#asking : this.#askNow();
    this.#party = await answer;
  }

  /** The answer is produced inside the unit from now on. */
  stream(): void {
    if (this.#stage === 'handling') this.#stage = 'streaming';
  }

  async commit(): Promise<void> {
    await this.unit.commit();
    this.#stage = 'ended';
  }

  async rollBack(): Promise<void> {
    this.#stage = 'ended';
    await this.unit.rollback();
  }

  #ask(): UnitParty {
    if (this.#party !== undefined) return this.#party;
    if (this.#asking === undefined) {
      const answer = this.#askNow();
      if (!(answer instanceof Promise)) return answer;
    }
    const isOwn = this.#asking === 'now';
    throw new UsageError(
      isOwn
        ? 'The options `user` and `context` cannot use the environment that they are asked for.'
        : 'Who acts in this unit of work is not known yet: the answer of `user` or `context` is still awaited.',
      {
        hint: isOwn
          ? "Query in registry.run({ propagation: 'new' }, …), which acts as superuser."
          : 'It is awaited before pipes and handlers run; a guard awaits it with `await currentEnvironment.ready()`.',
      },
    );
  }

  #askNow(): UnitParty | Promise<UnitParty> {
    this.#asking = 'now';
    try {
      const answer = this.#parts.parties.ask({
        kind: this.#parts.kind,
        request: this.#request,
        handler: this.#handler,
      });
      if (!(answer instanceof Promise)) return (this.#party = answer);
      this.#asking = answer.then((party) => (this.#party = party));
      // Whoever needs the answer awaits it; nobody may.
      this.#asking.catch(() => undefined);
      return this.#asking;
    } finally {
      if (this.#asking === 'now') this.#asking = undefined;
    }
  }
}

function clientLeft(): ClientLeftError {
  return new ClientLeftError('The client left before it was answered.');
}
