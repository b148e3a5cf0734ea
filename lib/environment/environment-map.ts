/**
 * The environments of one transaction by their parts. Held weakly but for the first: a hundred thousand contexts in one
 * transaction leave nothing behind.
 */
export class EnvironmentMap<T extends object> {
  readonly #references = new Map<string, WeakRef<T>>();
  #first: T | null = null;
  #sweepAt = 1_000;

  find(key: string): T | undefined {
    return this.#references.get(key)?.deref();
  }

  keep(key: string, environment: T): void {
    this.#first ??= environment;
    if (this.#references.size >= this.#sweepAt) this.#sweep();
    this.#references.set(key, new WeakRef(environment));
  }

  #sweep(): void {
    for (const [key, reference] of this.#references) if (reference.deref() === undefined) this.#references.delete(key);
    this.#sweepAt = Math.max(1_000, this.#references.size * 2);
  }
}
