import type { OutsideChanges } from './outside-changes.js';
import type { Row } from './row.js';
import { noEntries, ownEntries } from '../util/no-entries.js';

interface Waiting {
  /** What the computed slots held. */
  readonly before: readonly unknown[];
  readonly mark: number;
}

/**
 * Which rows wait for which computation. A waiting row holds nothing in the slots of the computed fields, so that no
 * reader gets the old value; the queue keeps it, to find out whether the new one differs.
 *
 * `K` is the computation: one getter, or one method that fills several fields together.
 */
export class ComputeQueue<K> {
  #waiting = noEntries<K, Map<Row, Waiting>>();
  #marks = 0;
  /** Computations under way: how often at once, and the marks of rows that were done meanwhile. */
  #running = noEntries<K, { count: number; readonly done: Map<Row, number> }>();
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
    // The first value stays: a second change before the computation ran says nothing new about it.
    const waiting = { before: known === undefined ? before : known.before, mark: ++this.#marks };
    if (rows !== undefined) rows.set(row, waiting);
    else (this.#waiting = ownEntries(this.#waiting)).set(computation, new Map([[row, waiting]]));
  }

  /**
   * Another one each time that the row is marked: who computes sees by it whether an input changed meanwhile. Of rows
   * that ceased to wait it is known while somebody computes them, see `begin`.
   */
  markOf(computation: K, row: Row): number {
    return this.#waiting.get(computation)?.get(row)?.mark ?? this.#running.get(computation)?.done.get(row) ?? 0;
  }

  /** Somebody begins to compute; to be followed by `end`. */
  begin(computation: K): void {
    const known = this.#running.get(computation);
    if (known !== undefined) known.count++;
    else (this.#running = ownEntries(this.#running)).set(computation, { count: 1, done: new Map() });
  }

  end(computation: K): void {
    const known = this.#running.get(computation);
    if (known !== undefined && --known.count === 0) this.#running.delete(computation);
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
      const unknown = before?.map(() => undefined);
      if (unknown !== undefined) this.#outside.note(() => this.add(computation, row, unknown));
    }
    const mark = rows?.get(row)?.mark;
    if (mark !== undefined) this.#running.get(computation)?.done.set(row, mark);
    if (rows?.delete(row) === true && rows.size === 0) this.#waiting.delete(computation);
  }

  clear(): void {
    this.#waiting.clear();
  }

  snapshot(): ReadonlyMap<K, ReadonlyMap<Row, Waiting>> {
    return new Map([...this.#waiting].map(([computation, rows]) => [computation, new Map(rows)]));
  }

  /** What is being computed meanwhile may come from what is undone here: everything counts as marked anew. */
  restore(snapshot: ReadonlyMap<K, ReadonlyMap<Row, Waiting>>): void {
    this.#waiting = new Map(
      [...snapshot].map(([computation, rows]) => [
        computation,
        new Map([...rows].map(([row, { before }]) => [row, { before, mark: ++this.#marks }])),
      ]),
    );
  }
}
