import { channel, type Channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { PoolConnectError, PoolFigures } from '../errors/pool-errors.js';

/** A connection was out for longer than `leakThreshold`, or was never given back. */
export interface LeakReport {
  /** Database, host and port. */
  readonly target: string;
  /** Where it was borrowed. */
  readonly stack: string;
  /** How long it has been out, in ms. */
  readonly heldMs: number;
}

/** Which session an event is about. */
export interface ConnectionReport {
  /** Database, host and port. */
  readonly target: string;
  /** The server's process id, when it was reached. */
  readonly processId: number | null;
}

export interface ConnectReport extends ConnectionReport {
  /** How long it took to make the connection, in ms. */
  readonly createMs: number;
}

/** A target cannot be reached: those who want it wait. */
export interface OutageReport {
  /** Database, host and port. */
  readonly target: string;
  /** Why the first attempt failed. */
  readonly error: PoolConnectError;
}

/** A target can be reached again. */
export interface RecoveryReport {
  readonly target: string;
  /** How long it could not, as far as the pool noticed, in ms. */
  readonly downMs: number;
}

/** Somebody got a connection. */
export interface BorrowReport extends ConnectionReport {
  /** How long the borrower waited, in ms. */
  readonly waitedMs: number;
}

/** Somebody gave a connection back. */
export interface GiveBackReport {
  readonly target: string;
  /** How long the connection was out, in ms. */
  readonly heldMs: number;
  /** Given when the borrower had it destroyed. */
  readonly error: unknown;
}

export interface PoolEvents {
  borrow: [report: BorrowReport];
  giveBack: [report: GiveBackReport];
  outage: [report: OutageReport];
  recovery: [report: RecoveryReport];
  leak: [report: LeakReport];
  connect: [report: ConnectReport];
  close: [report: ConnectionReport];
}

/** Channels of `node:diagnostics_channel`, shared by all pools of the process as their names are. */
export const poolChannels = {
  borrow: channel('nest-registry:pool.borrow'),
  giveBack: channel('nest-registry:pool.give-back'),
  connect: channel('nest-registry:pool.connect'),
  close: channel('nest-registry:pool.close'),
  timeout: channel('nest-registry:pool.timeout'),
  leak: channel('nest-registry:pool.leak'),
} as const satisfies Readonly<Record<string, Channel>>;

/** What the channel of time-outs carries; that of the others is the event's report, and `pool`, its `applicationName`. */
export interface TimeoutMessage {
  readonly pool: string;
  readonly target: string;
  /** The time that was allowed, in ms. */
  readonly timeoutMs: number;
  readonly figures: PoolFigures;
}

interface AnnouncedConnection {
  readonly target: { readonly label: string };
  readonly processId: number | null;
}

/** Tells listeners of one pool, and subscribers of all, what happens. */
export class PoolAnnouncer {
  readonly #pool: string;
  readonly #emitter = new EventEmitter<PoolEvents>();
  readonly #heard = new Set<keyof PoolEvents>();

  /** `pool`: its name in what the channels carry. */
  constructor(pool: string) {
    this.#pool = pool;
  }

  on<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): void {
    // The overloads of the emitter do not see through the generic event name.
    this.#emitter.on(event, listener as never);
    this.#heard.add(event);
  }

  off<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): void {
    this.#emitter.off(event, listener as never);
    if (this.#emitter.listenerCount(event) === 0) this.#heard.delete(event);
  }

  /** A listener that fails must not stop the pool in the middle of its work: its error is an uncaught one. */
  #emit(tell: () => void): void {
    try {
      tell();
    } catch (error) {
      process.nextTick(() => {
        throw error;
      });
    }
  }

  leak(report: LeakReport): void {
    poolChannels.leak.publish({ pool: this.#pool, ...report });
    this.#emit(() => this.#emitter.emit('leak', report));
  }

  connect(report: ConnectReport): void {
    poolChannels.connect.publish({ pool: this.#pool, ...report });
    this.#emit(() => this.#emitter.emit('connect', report));
  }

  close(report: ConnectionReport): void {
    poolChannels.close.publish({ pool: this.#pool, ...report });
    this.#emit(() => this.#emitter.emit('close', report));
  }

  outage(report: OutageReport): void {
    this.#emit(() => this.#emitter.emit('outage', report));
  }

  recovery(report: RecoveryReport): void {
    this.#emit(() => this.#emitter.emit('recovery', report));
  }

  /** Borrowing and giving back are told only when somebody listens: it is the hottest path there is. */
  borrow({ target, processId }: AnnouncedConnection, waitedMs: number): void {
    if (!poolChannels.borrow.hasSubscribers && !this.#isHeard('borrow')) return;
    const report: BorrowReport = { target: target.label, processId, waitedMs };
    poolChannels.borrow.publish({ pool: this.#pool, ...report });
    this.#emit(() => this.#emitter.emit('borrow', report));
  }

  giveBack({ target }: AnnouncedConnection, { heldMs, error }: Pick<GiveBackReport, 'heldMs' | 'error'>): void {
    if (!poolChannels.giveBack.hasSubscribers && !this.#isHeard('giveBack')) return;
    const report: GiveBackReport = { target: target.label, heldMs, error };
    poolChannels.giveBack.publish({ pool: this.#pool, ...report });
    this.#emit(() => this.#emitter.emit('giveBack', report));
  }

  #isHeard(event: keyof PoolEvents): boolean {
    return this.#heard.has(event);
  }

  timeout(report: Omit<TimeoutMessage, 'pool'>): void {
    const message: TimeoutMessage = { pool: this.#pool, ...report };
    poolChannels.timeout.publish(message);
  }
}
