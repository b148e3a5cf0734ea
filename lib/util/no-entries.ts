class NoEntries extends Map<never, never> {
  /** A shared map that took an entry would show it to everybody. */
  override set(): never {
    throw new Error('The shared empty map takes no entries.');
  }
}

const shared = new NoEntries();

/**
 * An empty map to begin with, which costs nothing: replace it by one of your own before setting the first entry. Most
 * transactions never have one.
 */
export function noEntries<K, V>(): Map<K, V> {
  return shared as unknown as Map<K, V>;
}

/** The map if it can take entries, else a new one. */
export function ownEntries<K, V>(map: Map<K, V>): Map<K, V> {
  return map instanceof NoEntries ? new Map<K, V>() : map;
}
