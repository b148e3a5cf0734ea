import type { RecordCache } from './record-cache.js';
import { rowId, type Row, type RowShape } from './row.js';
import { noEntries, ownEntries } from '../util/no-entries.js';

interface Index {
  readonly version: number;
  readonly rows: Map<number, Row[]>;
}

/**
 * Finds the cached rows whose slot holds an id: who points here? An index is built when it is first asked for and
 * again only after the slot changed in some row, so a loop of changes elsewhere costs one look-up each.
 */
export class ReverseIndex {
  readonly #cache: RecordCache;
  #indexes = noEntries<RowShape, Map<number, Index>>();

  constructor(cache: RecordCache) {
    this.#cache = cache;
  }

  find(shape: RowShape, slot: number, rows: readonly Row[]): Row[] {
    if (this.#cache.sizeOf(shape) === 0) return [];
    const index = this.#index(shape, slot);
    return rows.flatMap((row) => index.get(rowId(row)) ?? []);
  }

  #index(shape: RowShape, slot: number): Map<number, Row[]> {
    const version = this.#cache.versionOf(shape, slot);
    let slots = this.#indexes.get(shape);
    if (slots === undefined) {
      slots = new Map<number, Index>();
      (this.#indexes = ownEntries(this.#indexes)).set(shape, slots);
    }
    const known = slots.get(slot);
    if (known?.version === version) return known.rows;
    const rows = new Map<number, Row[]>();
    for (const row of this.#cache.rowsOf(shape)) {
      const id = row[slot];
      if (typeof id !== 'number') continue;
      const group = rows.get(id);
      if (group === undefined) rows.set(id, [row]);
      else group.push(row);
    }
    slots.set(slot, { version, rows });
    return rows;
  }
}
