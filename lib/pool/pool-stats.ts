import type { PoolFigures } from '../errors/pool-errors.js';

/** A snapshot of the pool. `total = borrowed + idle + connecting`; connections being checked or reset count as idle. */
export interface PoolStats extends PoolFigures {
  /** The same counts for each target, by database, host and port. */
  readonly targets: readonly TargetStats[];
}

export interface TargetStats {
  /** Database, host and port; never user or password. */
  readonly target: string;
  readonly borrowed: number;
  readonly idle: number;
  readonly connecting: number;
  readonly waiting: number;
}
