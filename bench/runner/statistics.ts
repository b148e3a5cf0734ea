import type { Sample } from './messages.js';

/** A median and the two quartiles around it. */
export interface Spread {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The value below which a share of `values` lies, between neighbours where it falls between two. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = Float64Array.from(values).sort();
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}

export function spreadOf(values: readonly number[]): Spread {
  return { median: quantile(values, 0.5), low: quantile(values, 0.25), high: quantile(values, 0.75) };
}

/** Compares round by round, what the machine was doing at that time being the same for both. */
export function ratioOf(samples: readonly Sample[], yardstick: readonly Sample[]): Spread {
  return spreadOf(samples.map(({ microseconds }, round) => microseconds / yardstick[round]!.microseconds));
}

export function medianOf(samples: readonly Sample[], figure: 'microseconds' | 'cpuMicroseconds'): number {
  return quantile(
    samples.map((sample) => sample[figure]),
    0.5,
  );
}
