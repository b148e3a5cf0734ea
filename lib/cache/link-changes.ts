import type { OutsideChanges } from './outside-changes.js';
import { noEntries, ownEntries } from '../util/no-entries.js';

/** A relation table, its columns in one fixed order whichever side a change comes from. */
export interface LinkTable {
  readonly table: string;
  readonly columns: readonly [string, string];
}

/** What a flush has to do to one relation table. */
export interface LinkChangeSet extends LinkTable {
  readonly added: readonly (readonly [number, number])[];
  readonly removed: readonly (readonly [number, number])[];
}

type Pairs = Map<string, { readonly pair: readonly [number, number]; readonly added: boolean }>;

/** Pairs to add to and to remove from relation tables: at most one DELETE and one INSERT a table and flush. */
export class LinkChanges {
  #changes = 0;
  #tables = noEntries<string, { readonly link: LinkTable; readonly pairs: Pairs }>();
  readonly #outside: OutsideChanges;

  constructor(outside: OutsideChanges) {
    this.#outside = outside;
  }

  get isEmpty(): boolean {
    return this.#tables.size === 0;
  }

  /** Grows with each change. */
  get changes(): number {
    return this.#changes;
  }

  has(table: string): boolean {
    return this.#tables.has(table);
  }

  /** The last word about a pair counts. */
  change(link: LinkTable, pair: readonly [number, number], change: 'add' | 'remove'): void {
    if (this.#outside.isWatching) this.#outside.note(() => this.change(link, pair, change));
    this.#changes++;
    let known = this.#tables.get(link.table);
    if (known === undefined) {
      known = { link, pairs: new Map() };
      (this.#tables = ownEntries(this.#tables)).set(link.table, known);
    }
    known.pairs.set(pair.join(), { pair, added: change === 'add' });
  }

  take(): LinkChangeSet[] {
    const all = [...this.#tables.values()].map(({ link, pairs }) => {
      const changes = [...pairs.values()];
      return {
        ...link,
        added: changes.filter(({ added }) => added).map(({ pair }) => pair),
        removed: changes.filter(({ added }) => !added).map(({ pair }) => pair),
      };
    });
    this.#tables.clear();
    return all;
  }

  clear(): void {
    this.#tables.clear();
  }

  snapshot(): ReadonlyMap<string, { readonly link: LinkTable; readonly pairs: Pairs }> {
    return new Map([...this.#tables].map(([table, { link, pairs }]) => [table, { link, pairs: new Map(pairs) }]));
  }

  restore(snapshot: ReturnType<LinkChanges['snapshot']>): void {
    this.#tables = new Map([...snapshot].map(([table, { link, pairs }]) => [table, { link, pairs: new Map(pairs) }]));
  }
}
