import type { PoolFigures } from '../errors/pool-errors.js';
import type { ConnectionPool } from './connection-pool.js';

/** Where a pool's journal is written. */
export interface PoolLog {
  info(message: string): void;
  warn(message: string): void;
}

/** How often the pool is looked at, in ms: as often a line about strain may come. */
const lookEveryMs = 10_000;
/** An outage is told at its start; another of the same target that follows sooner is not, in ms. */
const outageQuietMs = 10_000;
/** Waiting up to here is no strain, in s; one of the bounds of the histogram of waiting. */
const calmWait = 0.5;

/**
 * Writes to a log what an operator has to know about a pool: that a target cannot be reached and that it is back, leaks
 * with the place where the connection was borrowed, and one line of figures, at most every 10 s, while borrowers wait for
 * long or in vain. A pool that is well writes nothing.
 */
export class PoolJournal {
  readonly #pool: ConnectionPool;
  readonly #log: PoolLog;
  readonly #timer: NodeJS.Timeout;
  /** By target, when its outage or recovery was told last; an outage that was not told has no recovery to tell. */
  readonly #toldOutages = new Map<string, { readonly atMs: number; readonly isOver: boolean }>();
  #seen: Readonly<{ timeouts: number; longWaits: number }>;

  constructor(pool: ConnectionPool, log: PoolLog) {
    this.#pool = pool;
    this.#log = log;
    this.#seen = this.#count();
    pool
      .on('leak', ({ target, stack, heldMs }) => {
        const where = stack.replace(/^.*\n/, '');
        log.warn(`A connection to ${target} has been out for ${seconds(heldMs)}. It was borrowed here:\n${where}`);
      })
      .on('outage', ({ target, error }) => this.#tellOutage(target, error.message))
      .on('recovery', ({ target, downMs }) => this.#tellRecovery(target, downMs));
    this.#timer = setInterval(() => this.#look(), lookEveryMs);
    this.#timer.unref();
  }

  /** Writes no more about waiting. */
  stop(): void {
    clearInterval(this.#timer);
  }

  #tellOutage(target: string, message: string): void {
    const told = this.#toldOutages.get(target);
    const nowMs = performance.now();
    if (told !== undefined && nowMs - told.atMs < outageQuietMs) return;
    for (const [other, { atMs, isOver }] of this.#toldOutages) {
      if (isOver && nowMs - atMs > outageQuietMs) this.#toldOutages.delete(other);
    }
    this.#toldOutages.set(target, { atMs: nowMs, isOver: false });
    this.#log.warn(`${message} Whoever wants it waits while it is tried again. ${line(this.#pool.figures())}`);
  }

  #tellRecovery(target: string, downMs: number): void {
    const told = this.#toldOutages.get(target);
    if (told === undefined || told.isOver) return;
    this.#toldOutages.set(target, { atMs: performance.now(), isOver: true });
    this.#log.info(`${target} can be reached again, after ${seconds(downMs)}.`);
  }

  #count(): { readonly timeouts: number; readonly longWaits: number } {
    const metrics = this.#pool.metrics();
    const { bounds, buckets, count } = metrics['db.client.connection.wait_time'];
    const calm = buckets.slice(0, bounds.indexOf(calmWait) + 1).reduce((sum, one) => sum + one, 0);
    return { timeouts: metrics['db.client.connection.timeouts'], longWaits: count - calm };
  }

  #look(): void {
    const now = this.#count();
    const timeouts = now.timeouts - this.#seen.timeouts;
    const longWaits = now.longWaits - this.#seen.longWaits;
    this.#seen = now;
    if (timeouts === 0 && longWaits === 0) return;
    const said = [
      ...(longWaits > 0 ? [`${longWaits} waited for more than ${calmWait} s`] : []),
      ...(timeouts > 0 ? [`${timeouts} got no connection in time`] : []),
    ];
    this.#log.warn(`In the last ${seconds(lookEveryMs)} ${said.join(' and ')}. ${line(this.#pool.figures())}`);
  }
}

function line({ borrowed, idle, connecting, waiting, max, oldestBorrowedMs }: PoolFigures): string {
  const oldest = borrowed === 0 ? '' : `, the oldest for ${seconds(oldestBorrowedMs)}`;
  return `Pool of ${max}: ${borrowed} borrowed${oldest}; ${idle} idle; ${connecting} connecting; ${waiting} waiting.`;
}

function seconds(milliseconds: number): string {
  return `${(milliseconds / 1_000).toFixed(milliseconds < 10_000 ? 1 : 0)} s`;
}
