import type { Spread } from './statistics.js';

export type Row = readonly string[];

/** The first row is the header; columns as wide as their widest cell, as the formatter has them. */
export function markdown(rows: readonly Row[]): string {
  const widths = rows[0]!.map((_, column) => Math.max(3, ...rows.map((row) => row[column]!.length)));
  const lines = rows.map((row) => `| ${row.map((text, column) => text.padEnd(widths[column]!)).join(' | ')} |`);
  const rule = `| ${widths.map((width) => '-'.repeat(width)).join(' | ')} |`;
  return [lines[0], rule, ...lines.slice(1)].join('\n');
}

export function spread({ median, low, high }: Spread): string {
  return `${median.toFixed(2)} (${low.toFixed(2)}–${high.toFixed(2)})`;
}

export function time(microseconds: number): string {
  if (microseconds < 1_000) return `${microseconds.toFixed(microseconds < 10 ? 2 : 0)} µs`;
  return `${(microseconds / 1_000).toFixed(microseconds < 10_000 ? 2 : 1)} ms`;
}
