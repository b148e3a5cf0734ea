import type { OutsideChanges } from './outside-changes.js';
import type { Row, RowShape } from './row.js';
import { SlotSet } from './slot-set.js';
import { noEntries, ownEntries } from '../util/no-entries.js';

/** Changed slots of one row, and who changed it last. */
export interface DirtyMark {
  readonly slots: SlotSet;
  /** The user whom `updatedBy` will name. */
  readonly uid: number;
}

/** Rows that changed in the same slots, by the same user. */
export interface DirtyGroup {
  readonly slots: SlotSet;
  readonly uid: number;
  readonly rows: readonly Row[];
}

/** A copy of the marks, to go back to. */
export type DirtySnapshot = ReadonlyMap<RowShape, ReadonlyMap<Row, DirtyMark>>;

/** Rows whose values differ from what the database holds, and in which slots. */
export class DirtyRows {
  #marks = noEntries<RowShape, Map<Row, DirtyMark>>();
  #roots = noEntries<RowShape, SlotSet>();
  readonly #outside: OutsideChanges;

  constructor(outside: OutsideChanges) {
    this.#outside = outside;
  }

  get isEmpty(): boolean {
    return this.#marks.size === 0;
  }

  mark(shape: RowShape, row: Row, slot: number, uid: number): void {
    if (this.#outside.isWatching) this.#outside.note(() => this.mark(shape, row, slot, uid));
    let rows = this.#marks.get(shape);
    if (rows === undefined) {
      rows = new Map<Row, DirtyMark>();
      (this.#marks = ownEntries(this.#marks)).set(shape, rows);
    }
    const known = rows.get(row);
    const before = known?.slots ?? this.#root(shape);
    const slots = before.with(slot);
    if (known === undefined || slots !== before || known.uid !== uid) rows.set(row, { slots, uid });
  }

  /** The slot holds nothing that could be written any more. */
  unmark(shape: RowShape, row: Row, slot: number): void {
    if (this.#outside.isWatching) this.#outside.note(() => this.unmark(shape, row, slot));
    const known = this.#marks.get(shape)?.get(row);
    if (known === undefined) return;
    const slots = known.slots.without(slot);
    if (slots.slots.length === 0) this.drop(shape, row);
    else this.#marks.get(shape)!.set(row, { ...known, slots });
  }

  has(shape: RowShape, row: Row, slot: number): boolean {
    return this.#marks.get(shape)?.get(row)?.slots.has(slot) ?? false;
  }

  /** Whether any row of the model is dirty in one of the slots. */
  touches(shape: RowShape, slots: ReadonlySet<number>): boolean {
    const rows = this.#marks.get(shape);
    if (rows === undefined) return false;
    for (const { slots: dirty } of rows.values()) if (dirty.slots.some((slot) => slots.has(slot))) return true;
    return false;
  }

  shapes(): RowShape[] {
    return [...this.#marks.keys()];
  }

  /** The marks of a model, grouped by equal slots and user: each group is one UPDATE. */
  groupsOf(shape: RowShape): DirtyGroup[] {
    const rows = this.#marks.get(shape);
    if (rows === undefined) return [];
    const groups = new Map<SlotSet, Map<number, Row[]>>();
    for (const [row, { slots, uid }] of rows) {
      let byUser = groups.get(slots);
      if (byUser === undefined) groups.set(slots, (byUser = new Map<number, Row[]>()));
      const group = byUser.get(uid);
      if (group === undefined) byUser.set(uid, [row]);
      else group.push(row);
    }
    return [...groups].flatMap(([slots, byUser]) => [...byUser].map(([uid, group]) => ({ slots, uid, rows: group })));
  }

  /** The row is on its way to the database, or its record is gone. */
  drop(shape: RowShape, row: Row): void {
    const rows = this.#marks.get(shape);
    if (rows?.delete(row) === true && rows.size === 0) this.#marks.delete(shape);
  }

  clear(): void {
    this.#marks.clear();
  }

  snapshot(): DirtySnapshot {
    return new Map([...this.#marks].map(([shape, rows]) => [shape, new Map(rows)]));
  }

  restore(snapshot: DirtySnapshot): void {
    this.#marks = new Map([...snapshot].map(([shape, rows]) => [shape, new Map(rows)]));
  }

  #root(shape: RowShape): SlotSet {
    let root = this.#roots.get(shape);
    if (root === undefined) (this.#roots = ownEntries(this.#roots)).set(shape, (root = SlotSet.root()));
    return root;
  }
}
