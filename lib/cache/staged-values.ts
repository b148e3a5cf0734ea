import type { OutsideChanges } from './outside-changes.js';
import type { Row } from './row.js';
import { noEntries, ownEntries } from '../util/no-entries.js';

/** Where an assignment was written; its stack is formatted only when an error needs it. */
export interface AssignmentSite {
  readonly stack: string;
}

/** One assignment that has not gone through `write` yet. */
export interface StagedValue {
  /** What the slot held before the first assignment; `undefined`: it was not loaded. */
  readonly before: unknown;
  readonly value: unknown;
  /** null: not noted. */
  readonly at: AssignmentSite | null;
}

/** The assignments to one record. `O` is the environment that made them. */
export interface StagedRow<O> {
  readonly owner: O;
  readonly values: ReadonlyMap<number, StagedValue>;
}

/** Assignments waiting for the next flush, in the order of their records. */
export class StagedValues<O> {
  #rows = noEntries<Row, StagedRow<O>>();
  readonly #outside: OutsideChanges;

  constructor(outside: OutsideChanges) {
    this.#outside = outside;
  }

  get isEmpty(): boolean {
    return this.#rows.size === 0;
  }

  /** Several assignments to one field are one value: the first `before` and the last `value`. */
  add(row: Row, slot: number, staged: StagedValue & { readonly owner: O }): void {
    if (this.#outside.isWatching) this.#outside.note(() => this.add(row, slot, staged));
    const known = this.#rows.get(row);
    const { owner, value, at } = staged;
    const earlier = known?.values.get(slot);
    const before = earlier === undefined ? staged.before : earlier.before;
    const values = new Map(known?.values).set(slot, { before, value, at });
    (this.#rows = ownEntries(this.#rows)).set(row, { owner, values });
  }

  /** What the slot goes back to at the flush has changed meanwhile. */
  rebase(row: Row, slot: number, change: (before: unknown) => unknown): void {
    const known = this.#rows.get(row);
    const staged = known?.values.get(slot);
    if (known === undefined || staged === undefined) return;
    const values = new Map(known.values).set(slot, { ...staged, before: change(staged.before) });
    this.#rows.set(row, { owner: known.owner, values });
  }

  get(row: Row): StagedRow<O> | undefined {
    return this.#rows.get(row);
  }

  entries(): IterableIterator<[Row, StagedRow<O>]> {
    return this.#rows.entries();
  }

  /** Takes everything out, or what is staged on the given rows. */
  take(rows?: readonly Row[]): [Row, StagedRow<O>][] {
    const taken = rows === undefined ? [...this.#rows] : this.#of(rows);
    for (const [row] of taken) this.drop(row);
    return taken;
  }

  #of(rows: readonly Row[]): [Row, StagedRow<O>][] {
    return rows.flatMap((row) => {
      const staged = this.#rows.get(row);
      return staged === undefined ? [] : [[row, staged] as [Row, StagedRow<O>]];
    });
  }

  drop(row: Row): void {
    if (this.#outside.isWatching) this.#outside.note(() => this.drop(row));
    this.#rows.delete(row);
  }

  clear(): void {
    this.#rows.clear();
  }

  snapshot(): ReadonlyMap<Row, StagedRow<O>> {
    return new Map(this.#rows);
  }

  restore(snapshot: ReadonlyMap<Row, StagedRow<O>>): void {
    this.#rows = new Map(snapshot);
  }
}
