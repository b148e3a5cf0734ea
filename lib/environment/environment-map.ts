/**
 * The environments of one transaction by their parts. Held weakly but for the first: a hundred thousand contexts in one
 * transaction leave nothing behind. Most transactions have one environment, and cost no map.
 */
export class EnvironmentMap<T extends object> {
  #firstKey: string | null = null;
  #first: T | undefined;
  #others: Map<string, WeakRef<T>> | null = null;
  #sweepAt = 1_000;

  find(key: string): T | undefined {
    return key === this.#firstKey ? this.#first : this.#others?.get(key)?.deref();
  }

  keep(key: string, environment: T): void {
    if (this.#firstKey === null) {
      this.#firstKey = key;
      this.#first = environment;
      return;
    }
    this.#others ??= new Map<string, WeakRef<T>>();
    if (this.#others.size >= this.#sweepAt) this.#sweep(this.#others);
    this.#others.set(key, new WeakRef(environment));
  }

  #sweep(others: Map<string, WeakRef<T>>): void {
    for (const [key, reference] of others) if (reference.deref() === undefined) others.delete(key);
    this.#sweepAt = Math.max(1_000, others.size * 2);
  }
}
