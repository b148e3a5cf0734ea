/** What can stand in a chain, in one at a time. The members are the chain's alone to change. */
export interface ChainLink {
  chain: object | null;
  previous: this | null;
  next: this | null;
}

/**
 * Items in order of arrival, each knowing its neighbours: joining and leaving cost the same wherever an item stands, and
 * leave nothing behind for the garbage collector. A Set used as a queue is made anew every few hundred members, and what
 * has left it lives on with the old ones.
 */
export class Chain<T extends ChainLink> {
  #first: T | null = null;
  #last: T | null = null;
  #size = 0;

  get first(): T | null {
    return this.#first;
  }

  get size(): number {
    return this.#size;
  }

  /** Puts an item that stands in no chain at the end. */
  append(item: T): void {
    item.chain = this;
    item.previous = this.#last;
    if (this.#last === null) this.#first = item;
    else this.#last.next = item;
    this.#last = item;
    this.#size++;
  }

  /** Gives whether it stood in this chain. */
  remove(item: T): boolean {
    if (item.chain !== this) return false;
    const { previous, next } = item;
    if (previous === null) this.#first = next;
    else previous.next = next;
    if (next === null) this.#last = previous;
    else next.previous = previous;
    item.chain = item.previous = item.next = null;
    this.#size--;
    return true;
  }

  /** First to last. The item it gave last may leave meanwhile, no other. */
  *[Symbol.iterator](): IterableIterator<T> {
    for (let item = this.#first, next: T | null; item !== null; item = next) {
      next = item.next;
      yield item;
    }
  }
}
