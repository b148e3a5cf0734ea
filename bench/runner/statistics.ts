import type { Sample } from './messages.js';

/** Ratios of times in the same round: a median and the two quartiles around it. */
export interface Ratio {
  readonly median: number;
  readonly low: number;
  readonly high: number;
}

/** The value below which a share of `values` lies, between neighbours where it falls between two. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  const place = (sorted.length - 1) * share;
  const below = sorted[Math.floor(place)]!;
  const above = sorted[Math.ceil(place)]!;
  return below + (above - below) * (place - Math.floor(place));
}

/** Compares round by round, what the machine was doing at that time being the same for both. */
export function ratioOf(
  samples: readonly Sample[],
  yardstick: readonly Sample[],
  figure: 'microseconds' | 'cpuMicroseconds' = 'microseconds',
): Ratio {
  const ratios = samples.map((sample, round) => sample[figure] / yardstick[round]![figure]);
  return { median: quantile(ratios, 0.5), low: quantile(ratios, 0.25), high: quantile(ratios, 0.75) };
}

export function medianMicroseconds(samples: readonly Sample[]): number {
  return quantile(
    samples.map(({ microseconds }) => microseconds),
    0.5,
  );
}
