import type { OutsideChanges } from './outside-changes.js';
import type { Row } from './row.js';

interface Waiting {
  /** What the computed slots held. */
  readonly before: readonly unknown[];
  marks: number;
}

/**
 * Which rows wait for which computation. A waiting row holds nothing in the slots of the computed fields, so that no
 * reader gets the old value; the queue keeps it, to find out whether the new one differs.
 *
 * `K` is the computation: one getter, or one method that fills several fields together.
 */
export class ComputeQueue<K> {
  #waiting = new Map<K, Map<Row, Waiting>>();
  readonly #outside: OutsideChanges;

  constructor(outside: OutsideChanges) {
    this.#outside = outside;
  }

  get isEmpty(): boolean {
    return this.#waiting.size === 0;
  }

  /** @param before what the computed slots held, in the computation's order; `undefined` where it was not loaded */
  add(computation: K, row: Row, before: readonly unknown[]): void {
    if (this.#outside.isWatching) this.#outside.note(() => this.add(computation, row, before));
    const rows = this.#waiting.get(computation);
    const known = rows?.get(row);
    if (rows === undefined) this.#waiting.set(computation, new Map([[row, { before, marks: 1 }]]));
    // The first value stays: a second change before the computation ran says nothing new about it.
    else if (known === undefined) rows.set(row, { before, marks: 1 });
    else known.marks++;
  }

  /** How often the row was marked since it began to wait: who computes sees by it whether an input changed meanwhile. */
  marksOf(computation: K, row: Row): number {
    return this.#waiting.get(computation)?.get(row)?.marks ?? 0;
  }

  has(computation: K, row: Row): boolean {
    return this.#waiting.get(computation)?.has(row) ?? false;
  }

  before(computation: K, row: Row): readonly unknown[] | undefined {
    return this.#waiting.get(computation)?.get(row)?.before;
  }

  computations(): IterableIterator<K> {
    return this.#waiting.keys();
  }

  rowsOf(computation: K): Row[] {
    return [...(this.#waiting.get(computation)?.keys() ?? [])];
  }

  done(computation: K, row: Row): void {
    const rows = this.#waiting.get(computation);
    if (this.#outside.isWatching && rows !== undefined) {
      const before = rows.get(row)?.before;
      // It may have been computed from what the savepoint did: once that is undone it waits again.
      if (before !== undefined) this.#outside.note(() => this.add(computation, row, before));
    }
    if (rows?.delete(row) === true && rows.size === 0) this.#waiting.delete(computation);
  }

  clear(): void {
    this.#waiting.clear();
  }

  snapshot(): ReadonlyMap<K, ReadonlyMap<Row, Waiting>> {
    return new Map([...this.#waiting].map(([computation, rows]) => [computation, new Map(rows)]));
  }

  restore(snapshot: ReadonlyMap<K, ReadonlyMap<Row, Waiting>>): void {
    this.#waiting = new Map([...snapshot].map(([computation, rows]) => [computation, new Map(rows)]));
  }
}
