import type { PoolFigures } from '../errors/pool-errors.js';
import type { PoolSettings } from './pool-options.js';

/** Upper bounds of the buckets, in s, as OpenTelemetry advises for connections; a last bucket takes what is above. */
const bucketBounds: readonly number[] = [0.001, 0.005, 0.01, 0.05, 0.1, 0.5, 1, 5, 10];

/** How long something took, over the life of a pool. */
export interface DurationHistogram {
  readonly count: number;
  /** Seconds. */
  readonly sum: number;
  /** Upper bounds of the buckets, in seconds, each inclusive; one bucket more than bounds. */
  readonly bounds: readonly number[];
  /** How many fell into each bucket. */
  readonly buckets: readonly number[];
}

/**
 * What the pool counted, under the names of OpenTelemetry's semantic conventions for database clients. Counts are
 * connections or borrowers, durations seconds.
 */
export interface PoolMetrics {
  /** Connections that exist, by state. */
  readonly 'db.client.connection.count': { readonly idle: number; readonly used: number };
  readonly 'db.client.connection.idle.max': number;
  readonly 'db.client.connection.idle.min': number;
  readonly 'db.client.connection.max': number;
  /** Borrowers that wait now. */
  readonly 'db.client.connection.pending_requests': number;
  /** Borrowers whose time ran out. */
  readonly 'db.client.connection.timeouts': number;
  /** How long it took to make a connection. */
  readonly 'db.client.connection.create_time': DurationHistogram;
  /** How long borrowers waited for their connection. */
  readonly 'db.client.connection.wait_time': DurationHistogram;
  /** How long connections were borrowed. */
  readonly 'db.client.connection.use_time': DurationHistogram;
}

class DurationLog {
  readonly #buckets = new Array<number>(bucketBounds.length + 1).fill(0);
  #count = 0;
  #sumMs = 0;

  note(milliseconds: number): void {
    const seconds = milliseconds / 1_000;
    let index = 0;
    while (index < bucketBounds.length && seconds > bucketBounds[index]!) index++;
    this.#buckets[index]! += 1;
    this.#count++;
    this.#sumMs += milliseconds;
  }

  read(): DurationHistogram {
    return { count: this.#count, sum: this.#sumMs / 1_000, bounds: bucketBounds, buckets: [...this.#buckets] };
  }
}

/** Counts what happens in a pool. */
export class MetricsLog {
  readonly created = new DurationLog();
  readonly waited = new DurationLog();
  readonly used = new DurationLog();
  timeouts = 0;

  read(settings: PoolSettings, { idle, borrowed, waiting }: PoolFigures): PoolMetrics {
    return {
      'db.client.connection.count': { idle, used: borrowed },
      'db.client.connection.idle.max': settings.max,
      'db.client.connection.idle.min': settings.minIdle,
      'db.client.connection.max': settings.max,
      'db.client.connection.pending_requests': waiting,
      'db.client.connection.timeouts': this.timeouts,
      'db.client.connection.create_time': this.created.read(),
      'db.client.connection.wait_time': this.waited.read(),
      'db.client.connection.use_time': this.used.read(),
    };
  }
}
