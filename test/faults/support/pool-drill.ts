import { setImmediate as turn, setTimeout as sleep } from 'node:timers/promises';
import { PoolExhaustedError, PoolTimeoutError } from '../../../lib/errors/pool-errors.js';
import type { ConnectionLease } from '../../../lib/pool/connection-lease.js';
import { ConnectionPool } from '../../../lib/pool/connection-pool.js';
import { SeededRandom } from '../../support/seeded-random.js';
import { Visitor, type Refusal } from './drill-visitor.js';
import { FakeClock } from './fake-clock.js';
import type { FaultServer } from './fault-server.js';
import { PoolModel, type ModelLimits } from './pool-model.js';
import { SessionBook, type SessionLimits } from './session-book.js';
import { lookRound } from './session-traces.js';

/** All times are in ms, multiples of 5, and shorter than what the pool itself allows for answers of the server. */
export interface DrillOptions extends ModelLimits, SessionLimits {
  readonly connectTimeout: number;
  readonly checkAfter: number;
  readonly leakThreshold: number;
}

/** From this length on a timer of the pool watches over an answer of the server, in ms: a check's, a rollback's. */
export const watchMs = 5_000;
/** How long the real sockets may take to come to rest, in ms. */
const restLimitMs = 4_000;
/** How much of its time may pass without an answer of the server, in ms: less than any limit for one. */
const longestSilenceMs = 500;
/** Whoever has given back a connection may try it again: so many leases are kept for that. */
const keptLeases = 10;
/** How many lines the story of a fault tells. */
const storyLength = 60;

const refusalOf = {
  exhausted: { what: 'PoolExhaustedError', fits: (error) => error instanceof PoolExhaustedError },
  'timed out': { what: 'PoolTimeoutError', fits: (error) => error instanceof PoolTimeoutError },
} satisfies Record<string, Refusal>;

/** A pool on a real server in a fake time, and beside it the model that says what it owes. */
export class PoolDrill {
  readonly options: DrillOptions;
  readonly random: SeededRandom;
  readonly clock: FakeClock;
  readonly pool: ConnectionPool;
  readonly server: FaultServer;
  /** URL by name of the database. */
  readonly urls: ReadonlyMap<string, string>;
  readonly model: PoolModel<Visitor>;
  readonly sessions: SessionBook;
  /** Leases that were given back. */
  readonly returned: ConnectionLease[] = [];
  /** How many steps were taken since the last rest; 0: the server has answered everything. */
  haste = 0;
  /** In order of arrival: who waits, or has a lease. */
  readonly #visitors = new Set<Visitor>();
  /** What must come true before the drill goes on. */
  readonly #owed = new Set<string>();
  readonly #faults: string[] = [];
  readonly #story: string[] = [];
  #arrivals = 0;

  constructor(
    options: DrillOptions,
    surroundings: {
      readonly random: SeededRandom;
      readonly server: FaultServer;
      readonly urls: ReadonlyMap<string, string>;
    },
  ) {
    this.options = options;
    this.random = surroundings.random;
    this.server = surroundings.server;
    this.urls = surroundings.urls;
    // One of its own: how often the pool asks for a number depends on when answers arrive.
    this.clock = new FakeClock(new SeededRandom(this.random.seed + 1));
    this.pool = new ConnectionPool({ ...options, applicationName: 'drill' }, this.clock);
    this.model = new PoolModel(options);
    this.sessions = new SessionBook(options, (what) => this.fault(what));
    this.pool.on('connect', (report) => {
      this.tell(`+${report.processId}`);
      this.sessions.connected(report, this.clock.now());
    });
    this.pool.on('close', (report) => {
      this.tell(`-${report.processId}`);
      this.sessions.closed(report);
    });
  }

  /** Those who have a lease and may use it. */
  get holders(): readonly Visitor[] {
    return [...this.#visitors].filter(({ isReady, isLost }) => isReady && !isLost);
  }

  /** Those who have a lease of a session that is gone. */
  get losers(): readonly Visitor[] {
    return [...this.#visitors].filter(({ isLost }) => isLost);
  }

  /** Those who have not been told anything yet. */
  get pending(): readonly Visitor[] {
    return [...this.#visitors].filter(({ isSettled }) => !isSettled);
  }

  /** Begins a new line of the story. */
  begin(line: string): void {
    this.#story.push(line);
    if (this.#story.length > storyLength) this.#story.shift();
  }

  /** Adds to the last line of the story. */
  tell(event: string): void {
    this.#story.push(`${this.#story.pop() ?? ''} ${event}`);
  }

  fault(what: string): void {
    this.#faults.push(what);
  }

  borrow({ timeoutMs, isAborted = false }: { readonly timeoutMs: number; readonly isAborted?: boolean }): string {
    const database = this.#pickDatabase();
    const visitor = new Visitor(`v${++this.#arrivals}`, { database, timeoutMs, nowMs: this.clock.now() });
    const { leaving } = visitor;
    if (isAborted) this.#leave(visitor, leaving);
    this.#visitors.add(visitor);
    this.pool.borrow({ url: this.urls.get(database)! }, { timeout: timeoutMs, signal: leaving.signal }).then(
      (lease) => this.#granted(visitor, lease),
      (error: unknown) => this.#refused(visitor, error),
    );
    const reception = isAborted ? 'left' : this.model.arrive(visitor);
    if (reception === 'exhausted' || reception === 'timed out') visitor.refusal = refusalOf[reception];
    return `${visitor.name} borrows ${database} for ${timeoutMs} ms: ${reception}`;
  }

  /** The first is wanted most: it comes to its own limit, and the others have to make room. */
  #pickDatabase(): string {
    const names = [...this.urls.keys()];
    return this.random.chance(0.5) ? names[0]! : this.random.pick(names);
  }

  /** A waiter gives up; one who has its connection already keeps it. */
  abort(visitor: Visitor): void {
    this.#leave(visitor, visitor.leaving);
    this.model.leave(visitor);
  }

  #leave(visitor: Visitor, leaving: AbortController): void {
    const reason = new Error(`${visitor.name} left`);
    visitor.refusal = { what: reason.message, fits: (error) => error === reason };
    leaving.abort(reason);
  }

  #granted(visitor: Visitor, lease: ConnectionLease): void {
    const nowMs = this.clock.now();
    const { name, database } = visitor;
    visitor.isSettled = true;
    this.tell(`${name}=${lease.processId}`);
    if (!this.model.isServed(visitor)) this.fault(`${name} got a connection and should have got none`);
    for (const earlier of this.pending) {
      if (earlier.database === database && this.#isBefore(earlier, visitor)) {
        this.fault(`${name} overtook ${earlier.name}`);
      }
    }
    visitor.lease = lease;
    visitor.sinceMs = nowMs;
    visitor.session = this.sessions.lent(lease.processId ?? 0, { holder: name, nowMs });
    void this.#lookRound(visitor, lease);
  }

  #isBefore(one: Visitor, other: Visitor): boolean {
    const order = [...this.#visitors];
    return order.indexOf(one) < order.indexOf(other);
  }

  async #lookRound(visitor: Visitor, lease: ConnectionLease): Promise<void> {
    const { name, database, session } = visitor;
    try {
      const { pid, databaseName, left } = await lookRound(lease, session?.isUsed === true ? 'used' : 'fresh');
      if (left !== '') this.fault(`${name} found in its session: ${left}`);
      if (pid !== session?.pid) this.fault(`${name} is in session ${pid} instead of ${session?.pid}`);
      if (databaseName !== database) this.fault(`${name} is in ${databaseName} instead of ${database}`);
      if (session !== undefined) session.isUsed = true;
      visitor.isReady = true;
    } catch (error) {
      this.fault(`${name} cannot use its session: ${String(error)}`);
    }
  }

  #refused(visitor: Visitor, error: unknown): void {
    visitor.isSettled = true;
    this.#visitors.delete(visitor);
    const isOver = error instanceof PoolTimeoutError && visitor.deadlineMs <= this.clock.now();
    this.tell(`${visitor.name}!${(error as Error).constructor.name}`);
    if (visitor.refusal === undefined && isOver) this.model.leave(visitor);
    else if (visitor.refusal?.fits(error) !== true) {
      this.fault(`${visitor.name} was told "${String(error)}" instead of ${visitor.refusal?.what ?? 'anything'}`);
    }
    if (error instanceof PoolTimeoutError && error.timeoutMs !== visitor.timeoutMs) {
      this.fault(`${visitor.name} was told a time of ${error.timeoutMs} ms`);
    }
  }

  /** Gives back by `way`, which is told the lease. `doom`: why its session may not be lent again. */
  giveBack(visitor: Visitor, way: (lease: ConnectionLease) => void, doom = visitor.doom): void {
    const { lease, session } = visitor;
    this.#visitors.delete(visitor);
    if (!visitor.isLost) this.model.leave(visitor);
    if (session !== undefined) this.sessions.returned(session, { doom, nowMs: this.clock.now() });
    if (lease === undefined) return;
    way(lease);
    this.returned.push(lease);
    if (this.returned.length > keptLeases) this.returned.shift();
  }

  /** The sessions end by what is done now: they may not be lent again, and their holders have lost them. */
  condemn(pids: ReadonlySet<number>, doom: string): void {
    for (const session of this.sessions.open) if (pids.has(session.pid)) session.doom ??= doom;
    for (const visitor of this.#visitors) {
      if (visitor.isLost || visitor.session === undefined || !pids.has(visitor.session.pid)) continue;
      visitor.isLost = true;
      this.model.leave(visitor);
    }
  }

  /** `promise` must end before the sockets are at rest, and so that `isRight` says yes of its value or error. */
  owe(what: string, promise: Promise<unknown>, isRight: (outcome: unknown) => boolean): void {
    this.#owed.add(what);
    const judge = (outcome: unknown): void => {
      this.#owed.delete(what);
      if (!isRight(outcome)) this.fault(`${what} gave ${String(outcome)}`);
    };
    promise.then(judge, judge);
  }

  /** Moves the time; in longer spans the server answers now and then, as it would. */
  async advance(ms: number): Promise<void> {
    for (let leftMs = ms; leftMs > 0; leftMs -= longestSilenceMs) {
      this.clock.advance(Math.min(leftMs, longestSilenceMs));
      await turn();
      if (leftMs > longestSilenceMs) await this.rest();
    }
  }

  /** Cuts whatever a failed drill has left. */
  async abandon(): Promise<void> {
    const ended = this.pool.end({ timeout: 0 });
    for (const limitMs = performance.now() + 1_000; performance.now() < limitMs && this.sessions.open.length > 0;) {
      this.clock.advance(1_000);
      await turn();
    }
    await ended;
  }

  /** @throws Error with the first rule that was broken */
  checkFaults(): void {
    const { total, borrowed, idle, connecting, max, targets } = this.pool.stats();
    if (total > max || total !== borrowed + idle + connecting) this.fault(`stats: ${total} connections`);
    for (const target of targets) {
      const size = target.borrowed + target.idle + target.connecting;
      if (size > this.options.maxPerDatabase) this.fault(`stats: ${size} connections of ${target.target}`);
    }
    const [first] = this.#faults;
    if (first === undefined) return;
    const step = this.#story.at(-1)?.split(':')[0];
    const figures = JSON.stringify(this.pool.stats());
    const lines = [JSON.stringify(this.options), figures, 'Last steps:', ...this.#story];
    throw new Error(`Seed ${this.random.seed}, step ${step}: ${first}\n  ${lines.join('\n  ')}`);
  }

  /** Lets those hear it whose fate is decided by now. */
  async hear(): Promise<void> {
    await turn();
    // For one who is about to be served any idle session may be checked, which is as good as a use.
    for (const visitor of this.pending) if (this.model.isServed(visitor)) this.sessions.stir(visitor.database);
    this.checkFaults();
  }

  /** Waits until the server has answered everything, then compares what the pool did with what the model says. */
  async rest(): Promise<void> {
    const startMs = performance.now();
    let turns = 0;
    for (let open = this.#findUnrest(); open !== undefined; open = this.#findUnrest()) {
      this.checkFaults();
      if (performance.now() - startMs > restLimitMs) this.fault(open);
      // What takes longer than a few turns is work of the server, which is to have the processor.
      await (turns++ < 10 ? turn() : sleep(1));
    }
    this.sessions.look(this.clock.now());
    this.#compareFigures();
    this.checkFaults();
  }

  /** What is still to happen. */
  #findUnrest(): string | undefined {
    const { connecting, borrowed, idle } = this.pool.stats();
    const nowMs = this.clock.now();
    const { open } = this.sessions;
    for (const visitor of this.#visitors) {
      if (visitor.isSettled && visitor.isReady) continue;
      if (this.model.isServed(visitor)) return `${visitor.name} has no connection`;
      if (visitor.refusal !== undefined) return `${visitor.name} was not told ${visitor.refusal.what}`;
      if (visitor.deadlineMs <= nowMs) return `${visitor.name} was not told that its time is over`;
    }
    for (const what of this.#owed) return `${what} did not end`;
    for (const { doom, pid } of open) {
      if (doom !== undefined) return `session ${pid} is still there, which ${doom}`;
    }
    if (connecting > 0) return 'connecting does not end';
    if (this.clock.hasTimerOf(watchMs)) return 'a check or rollback does not end';
    if (open.length !== borrowed + idle) return `${open.length} sessions are open, ${borrowed + idle} are counted`;
    return undefined;
  }

  #compareFigures(): void {
    const { served, waiting } = this.model;
    const stats = this.pool.stats();
    if (stats.borrowed !== served.length) this.fault(`stats: ${stats.borrowed} are borrowed, not ${served.length}`);
    if (stats.waiting !== waiting.length) this.fault(`stats: ${stats.waiting} wait, not ${waiting.length}`);
    const oldestMs = Math.max(0, ...served.map(({ sinceMs }) => this.clock.now() - sinceMs));
    if (stats.oldestBorrowedMs !== oldestMs) this.fault(`stats: the oldest is out for ${stats.oldestBorrowedMs} ms`);
    for (const database of this.urls.keys()) {
      const target = stats.targets.find((figures) => figures.target.startsWith(`${database} `));
      const isOfIt = (guest: { readonly database: string }): boolean => guest.database === database;
      const expected = [served.filter(isOfIt), this.sessions.open.filter(isOfIt), waiting.filter(isOfIt)];
      const { borrowed = 0, idle = 0, waiting: waits = 0 } = target ?? {};
      const told = [borrowed, borrowed + idle, waits];
      if (expected.some(({ length }, index) => length !== told[index])) {
        this.fault(
          `stats of ${database}: ${told.join(', ')} instead of ${expected.map(({ length }) => length).join(', ')}`,
        );
      }
    }
  }
}
