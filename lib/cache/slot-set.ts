/**
 * An immutable set of slots. Equal sets made from one root are one object, so rows that changed in the same fields are
 * grouped by identity, and marking a row dirty allocates nothing once its combination of fields has been seen.
 */
export class SlotSet {
  readonly slots: readonly number[];
  readonly #known: Map<string, SlotSet>;

  private constructor(slots: readonly number[], known: Map<string, SlotSet>) {
    this.slots = slots;
    this.#known = known;
  }

  /** An empty set, the root of a family whose equal members are one object. */
  static root(): SlotSet {
    return new SlotSet([], new Map());
  }

  has(slot: number): boolean {
    return this.slots.includes(slot);
  }

  with(slot: number): SlotSet {
    if (this.slots.includes(slot)) return this;
    return this.#intern([...this.slots, slot].sort((a, b) => a - b));
  }

  without(slot: number): SlotSet {
    return this.slots.includes(slot) ? this.#intern(this.slots.filter((other) => other !== slot)) : this;
  }

  #intern(slots: readonly number[]): SlotSet {
    const key = slots.join();
    const known = this.#known.get(key);
    if (known !== undefined) return known;
    const made = new SlotSet(slots, this.#known);
    this.#known.set(key, made);
    return made;
  }
}
