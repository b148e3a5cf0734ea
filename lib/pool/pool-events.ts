import { channel, type Channel } from 'node:diagnostics_channel';
import { EventEmitter } from 'node:events';

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

export interface PoolEvents {
  leak: [report: LeakReport];
  connect: [report: ConnectionReport];
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

/** Tells listeners of one pool, and subscribers of all, what happens. */
export class PoolAnnouncer {
  readonly #emitter = new EventEmitter<PoolEvents>();

  on<E extends keyof PoolEvents>(event: E, listener: (...args: PoolEvents[E]) => void): void {
    // The overloads of the emitter do not see through the generic event name.
    this.#emitter.on(event, listener as never);
  }

  leak(report: LeakReport): void {
    poolChannels.leak.publish(report);
    this.#emitter.emit('leak', report);
  }

  connect(report: ConnectionReport): void {
    poolChannels.connect.publish(report);
    this.#emitter.emit('connect', report);
  }

  close(report: ConnectionReport): void {
    poolChannels.close.publish(report);
    this.#emitter.emit('close', report);
  }
}
