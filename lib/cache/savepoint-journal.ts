import { FIRST_FIELD_SLOT, FLAGS_SLOT, RowFlag, hasFlag, type Row } from './row.js';
import { isChain } from './view.js';

/**
 * What the slots held when a savepoint began: the first value of each slot that code inside it changed. What code outside
 * changes meanwhile is noted as well, since it must outlive the undoing of the same slot.
 */
export class SavepointJournal {
  readonly #isInside: () => boolean;
  readonly #first = new Map<Row, Map<number, unknown>>();
  /** Rows that came inside, with the flags they have once it is undone. */
  readonly #fresh = new Map<Row, number | undefined>();
  readonly #outside = new Map<Row, Map<number, unknown>>();

  constructor(isInside: () => boolean) {
    this.#isInside = isInside;
  }

  /** Whether the running code belongs to the savepoint. */
  get isHere(): boolean {
    return this.#isInside();
  }

  /** A slot is about to change. */
  note(row: Row, slot: number, value: unknown): void {
    if (!this.#isInside()) {
      keep(this.#outside, row).set(slot, value);
      return;
    }
    if (this.#fresh.has(row)) return;
    const slots = keep(this.#first, row);
    if (!slots.has(slot)) slots.set(slot, row[slot]);
  }

  /** A row is about to be taken in; `flags` are those it gets when the savepoint is undone. */
  noteFresh(row: Row, flags: number | undefined): void {
    if (this.#isInside()) this.#fresh.set(row, flags);
  }

  undo(): void {
    for (const [row, flags] of this.#fresh) {
      for (let slot = FIRST_FIELD_SLOT; slot < row.length; slot++) row[slot] = undefined;
      row[FLAGS_SLOT] = flags;
    }
    for (const [row, slots] of this.#first) for (const [slot, value] of slots) row[slot] = value;
    for (const [row, slots] of this.#outside) {
      if (hasFlag(row, RowFlag.missing)) continue;
      // A chain of views may hold values made inside: what was in both hands is not known any more.
      for (const [slot, value] of slots) if (row[slot] !== value) row[slot] = isChain(value) ? undefined : value;
    }
  }
}

function keep(rows: Map<Row, Map<number, unknown>>, row: Row): Map<number, unknown> {
  let slots = rows.get(row);
  if (slots === undefined) rows.set(row, (slots = new Map<number, unknown>()));
  return slots;
}
