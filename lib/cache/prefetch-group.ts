import type { Row } from './row.js';

/**
 * The records that load together: those of one search, or those that one relation leads to from such a group. A load
 * on any of them is a load on all.
 */
export class PrefetchGroup {
  readonly #source: () => readonly Row[];
  #rows: readonly Row[] | null = null;
  #related: Map<unknown, PrefetchGroup> | null = null;

  constructor(rows: readonly Row[] | (() => readonly Row[])) {
    this.#source = typeof rows === 'function' ? rows : () => rows;
  }

  get rows(): readonly Row[] {
    return (this.#rows ??= this.#source());
  }

  /**
   * The group of what a relation leads to from this group. It is made once for each `key`; its rows are looked up at
   * each use until they are first loaded, since assignments may lead elsewhere.
   */
  related(key: unknown, rows: () => readonly Row[]): PrefetchGroup {
    this.#related ??= new Map<unknown, PrefetchGroup>();
    let group = this.#related.get(key);
    if (group === undefined) this.#related.set(key, (group = new LiveGroup(rows)));
    return group;
  }

  /**
   * At most `limit` rows of the group, nearest to `row` first: one pathological group must not fetch a table.
   */
  around(row: Row, limit: number): readonly Row[] {
    const { rows } = this;
    if (rows.length <= limit) return rows.includes(row) ? rows : [row, ...rows];
    const at = Math.max(0, rows.indexOf(row));
    const start = Math.max(0, Math.min(at - Math.floor(limit / 2), rows.length - limit));
    return rows.slice(start, start + limit);
  }
}

/** A group whose members follow the relation as it changes. */
class LiveGroup extends PrefetchGroup {
  readonly #find: () => readonly Row[];

  constructor(find: () => readonly Row[]) {
    super(find);
    this.#find = find;
  }

  override get rows(): readonly Row[] {
    return this.#find();
  }
}
