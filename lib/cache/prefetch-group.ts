import type { Row } from './row.js';

const noPath: readonly string[] = [];

/**
 * The records that load together: those of one search, or those that one relation leads to from such a group. A load
 * on any of them is a load on all.
 */
export class PrefetchGroup {
  /** The relations that lead from the searched records to this group: `['country']`; empty for the records themselves. */
  readonly path: readonly string[];
  readonly #rows: readonly Row[] | (() => readonly Row[]);
  #related: Map<unknown, PrefetchGroup> | null = null;

  constructor(rows: readonly Row[] | (() => readonly Row[]), path: readonly string[] = noPath) {
    this.#rows = rows;
    this.path = path;
  }

  get rows(): readonly Row[] {
    return typeof this.#rows === 'function' ? this.#rows() : this.#rows;
  }

  /**
   * The group of what a relation leads to from this group, made once for each relation. `find` is asked at each use,
   * since an assignment may make the relation lead elsewhere.
   */
  related(relation: { readonly name: string }, find: () => readonly Row[]): PrefetchGroup {
    this.#related ??= new Map<unknown, PrefetchGroup>();
    let group = this.#related.get(relation);
    if (group === undefined) {
      this.#related.set(relation, (group = new PrefetchGroup(find, [...this.path, relation.name])));
    }
    return group;
  }

  /**
   * Those that load with `row`, at most `limit`: one pathological group must not fetch a table. A large group is cut in
   * fixed portions, so a loop over it loads each of them once.
   */
  around(row: Row, limit: number): readonly Row[] {
    const { rows } = this;
    const at = rows.indexOf(row);
    if (at < 0) return [row];
    if (rows.length <= limit) return rows;
    const start = at - (at % limit);
    return rows.slice(start, start + limit);
  }
}
