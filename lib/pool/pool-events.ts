import { channel, type Channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';
import type { PoolFigures } from '../errors/pool-errors.js';

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

export interface PoolEvents {
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

/** What the channels carry besides: `pool` is its `applicationName`. */
export interface BorrowMessage extends ConnectionReport {
  readonly pool: string;
  /** How long the borrower waited, in ms. */
  readonly waitedMs: number;
}

export interface GiveBackMessage {
  readonly pool: string;
  readonly target: string;
  /** How long the connection was out, in ms. */
  readonly heldMs: number;
  /** Given when the borrower had it destroyed. */
  readonly error: unknown;
}

export interface TimeoutMessage {
  readonly pool: string;
  readonly target: string;
  /** The time that was allowed, in ms. */
  readonly timeoutMs: number;
  readonly figures: PoolFigures;
}

/** Tells listeners of one pool, and subscribers of all, what happens. */
export class PoolAnnouncer {
  readonly #pool: string;
  readonly #emitter = new EventEmitter<PoolEvents>();

  /** `pool`: its name in what the channels carry. */
  constructor(pool: string) {
    this.#pool = pool;
  }

  on<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): void {
    // The overloads of the emitter do not see through the generic event name.
    this.#emitter.on(event, listener as never);
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

  borrow(
    connection: { readonly target: { readonly label: string }; readonly processId: number | null },
    waitedMs: number,
  ): void {
    if (!poolChannels.borrow.hasSubscribers) return;
    const { processId, target } = connection;
    const message: BorrowMessage = { pool: this.#pool, target: target.label, processId, waitedMs };
    poolChannels.borrow.publish(message);
  }

  giveBack(target: { readonly label: string }, { heldMs, error }: Pick<GiveBackMessage, 'heldMs' | 'error'>): void {
    if (!poolChannels.giveBack.hasSubscribers) return;
    const message: GiveBackMessage = { pool: this.#pool, target: target.label, heldMs, error };
    poolChannels.giveBack.publish(message);
  }

  timeout(report: Omit<TimeoutMessage, 'pool'>): void {
    const message: TimeoutMessage = { pool: this.#pool, ...report };
    poolChannels.timeout.publish(message);
  }
}
