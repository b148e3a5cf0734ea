interface Scope {
  readonly isInside: () => boolean;
  readonly again: (() => void)[];
}

/**
 * Changes of pending work that are made while a savepoint is open, by code outside it. Undoing the savepoint puts the
 * pending work back to what it was; these are no part of it and are made again.
 */
export class OutsideChanges {
  readonly #scopes: Scope[] = [];

  get isWatching(): boolean {
    return this.#scopes.length > 0;
  }

  /** @param again makes the change once more */
  note(again: () => void): void {
    for (const scope of this.#scopes) if (!scope.isInside()) scope.again.push(again);
  }

  begin(isInside: () => boolean): void {
    this.#scopes.push({ isInside, again: [] });
  }

  /** Ends the innermost savepoint; gives what was changed outside it. */
  end(): readonly (() => void)[] {
    return this.#scopes.pop()?.again ?? [];
  }

  clear(): void {
    this.#scopes.length = 0;
  }
}
