import type { OutsideChanges } from './outside-changes.js';
import type { Row } from './row.js';
import { noEntries, ownEntries } from '../util/no-entries.js';

/** Rows that wait for something, by what they wait for, in the order they were added. */
export class RowQueue<K> {
  #waiting = noEntries<K, Set<Row>>();
  readonly #outside: OutsideChanges;

  constructor(outside: OutsideChanges) {
    this.#outside = outside;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  add(key: K, rows: readonly Row[]): void {
    if (this.#outside.isWatching) this.#outside.note(() => this.add(key, rows));
    const known = this.#waiting.get(key);
    if (known === undefined) {
      const added = new Set(rows);
      if (added.size > 0) (this.#waiting = ownEntries(this.#waiting)).set(key, added);
    } else for (const row of rows) known.add(row);
  }

  /** Takes everything out. */
  take(): [K, Row[]][] {
    const all = [...this.#waiting].map(([key, rows]) => [key, [...rows]] as [K, Row[]]);
    this.#waiting.clear();
    return all;
  }

  drop(row: Row): void {
    for (const [key, rows] of this.#waiting) if (rows.delete(row) && rows.size === 0) this.#waiting.delete(key);
  }

  clear(): void {
    this.#waiting.clear();
  }

  snapshot(): ReadonlyMap<K, ReadonlySet<Row>> {
    return new Map([...this.#waiting].map(([key, rows]) => [key, new Set(rows)]));
  }

  restore(snapshot: ReadonlyMap<K, ReadonlySet<Row>>): void {
    this.#waiting = new Map([...snapshot].map(([key, rows]) => [key, new Set(rows)]));
  }
}
