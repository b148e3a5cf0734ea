import {
  FIRST_FIELD_SLOT,
  FLAGS_SLOT,
  ID_SLOT,
  RECORD_SLOT,
  RowFlag,
  emptyRow,
  type Row,
  type RowShape,
} from './row.js';

/** Changes since a savepoint began: what each slot held before its changes, oldest first. */
interface Journal {
  readonly rows: Row[];
  readonly slots: number[];
  readonly values: unknown[];
}

/**
 * The rows of one transaction, by model and id. There is one row for a record however many environments read it, and
 * it stays the same array for as long as the transaction lives, so whoever holds it sees every change.
 *
 * While a savepoint is open every change of a slot is journaled, and undoing it walks the journal backwards: the cost
 * is that of the changes, not that of what is loaded.
 */
export class RecordCache {
  readonly #tables: (Map<number, Row> | undefined)[] = [];
  readonly #versions: number[] = [];
  readonly #slotVersions: (number[] | undefined)[] = [];
  readonly #journals: Journal[] = [];
  /** Answers whether the running change belongs to the innermost savepoint; changes from outside are not undone. */
  #insideSavepoint: () => boolean = () => true;

  /** Every cached row of a model. */
  rowsOf(shape: RowShape): IterableIterator<Row> {
    return this.#table(shape).values();
  }

  sizeOf(shape: RowShape): number {
    return this.#tables[shape.index]?.size ?? 0;
  }

  /** Grows whenever a row of the model is added or this slot changes: an index over the slot is then stale. */
  versionOf(shape: RowShape, slot: number): number {
    return (this.#versions[shape.index] ?? 0) + (this.#slotVersions[shape.index]?.[slot] ?? 0);
  }

  find(shape: RowShape, id: number): Row | undefined {
    return this.#tables[shape.index]?.get(id);
  }

  /** The row of an id; one of which only the id is known if there is none yet. */
  row(shape: RowShape, id: number): Row {
    const table = this.#table(shape);
    const known = table.get(id);
    if (known !== undefined) return known;
    const row = emptyRow(shape.width, id);
    table.set(id, row);
    this.#touchVersion(shape);
    return row;
  }

  /** Changes one slot. */
  set(shape: RowShape, row: Row, slot: number, value: unknown): void {
    this.#note(row, slot);
    row[slot] = value;
    const versions = (this.#slotVersions[shape.index] ??= []);
    versions[slot] = (versions[slot] ?? 0) + 1;
  }

  /**
   * Takes in a row that came from the database, full width, its bookkeeping slots clear. If the record is cached
   * already only its unloaded slots among `slots` are filled, so a load never overwrites a staged or newer value, and
   * a slot of which `isStale` says that it waits for recomputation stays empty. Gives the cached row.
   */
  takeIn(
    shape: RowShape,
    incoming: Row,
    slots: readonly number[],
    isStale: ((row: Row, slot: number) => boolean) | null,
  ): Row {
    const table = this.#table(shape);
    const id = incoming[ID_SLOT] as number;
    const known = table.get(id);
    if (known === undefined) {
      table.set(id, incoming);
      this.#touchVersion(shape);
      if (this.#journals.length > 0) for (const slot of slots) this.#noteAs(incoming, slot, undefined);
      return incoming;
    }
    const flags = known[FLAGS_SLOT] as number | undefined;
    if (flags !== undefined && (flags & RowFlag.missing) !== 0) return known;
    for (const slot of slots) {
      if (known[slot] === undefined && (isStale === null || !isStale(known, slot))) {
        this.#note(known, slot);
        known[slot] = incoming[slot];
      }
    }
    this.#touchVersion(shape);
    return known;
  }

  /** Adds the row of a record that was just created. */
  add(shape: RowShape, row: Row): void {
    row[FLAGS_SLOT] = RowFlag.created;
    this.#table(shape).set(row[ID_SLOT] as number, row);
    this.#touchVersion(shape);
    // When a savepoint is undone the record never was: whoever holds it then reads `MissingError`.
    for (let slot = FIRST_FIELD_SLOT; slot < row.length; slot++) this.#noteAs(row, slot, undefined);
    this.#noteAs(row, FLAGS_SLOT, RowFlag.missing);
  }

  /** Forgets all of a record that does not exist (any more). */
  markMissing(shape: RowShape, row: Row): void {
    for (let slot = FIRST_FIELD_SLOT; slot < row.length; slot++) {
      if (row[slot] !== undefined) this.set(shape, row, slot, undefined);
    }
    this.set(shape, row, FLAGS_SLOT, RowFlag.missing);
  }

  /**
   * Drops every row's values, in place: whoever holds a record then reads "not loaded" and never a stale value, and a
   * later load fills the row it holds.
   */
  wipe(): void {
    for (const table of this.#tables) {
      if (table === undefined) continue;
      for (const row of table.values()) for (let slot = FLAGS_SLOT; slot < row.length; slot++) row[slot] = undefined;
    }
    this.#touchAllVersions();
    this.#journals.length = 0;
  }

  /** Starts journaling; `inside` tells the changes of this savepoint from those made around it. */
  beginSavepoint(inside: () => boolean): void {
    this.#journals.push({ rows: [], slots: [], values: [] });
    this.#insideSavepoint = inside;
  }

  /** Ends the innermost savepoint well: its changes belong to the one around it. */
  releaseSavepoint(outer: () => boolean): void {
    const ended = this.#journals.pop();
    const around = this.#journals.at(-1);
    this.#insideSavepoint = outer;
    if (ended === undefined || around === undefined) return;
    for (let index = 0; index < ended.rows.length; index++) {
      around.rows.push(ended.rows[index]!);
      around.slots.push(ended.slots[index]!);
      around.values.push(ended.values[index]);
    }
  }

  /** Ends the innermost savepoint badly: every slot holds again what it held when the savepoint began. */
  undoSavepoint(outer: () => boolean): void {
    const ended = this.#journals.pop();
    this.#insideSavepoint = outer;
    if (ended === undefined) return;
    for (let index = ended.rows.length - 1; index >= 0; index--) {
      ended.rows[index]![ended.slots[index]!] = ended.values[index];
    }
    this.#touchAllVersions();
  }

  #table(shape: RowShape): Map<number, Row> {
    const known = this.#tables[shape.index];
    if (known !== undefined) return known;
    const table = new Map<number, Row>();
    this.#tables[shape.index] = table;
    this.#versions[shape.index] = this.#versions[shape.index] ?? 0;
    return table;
  }

  #touchVersion(shape: RowShape): void {
    this.#versions[shape.index] = (this.#versions[shape.index] ?? 0) + 1;
  }

  #touchAllVersions(): void {
    for (let index = 0; index < this.#versions.length; index++)
      this.#versions[index] = (this.#versions[index] ?? 0) + 1;
  }

  #journal(): Journal | undefined {
    const journal = this.#journals.at(-1);
    return journal !== undefined && this.#insideSavepoint() ? journal : undefined;
  }

  #note(row: Row, slot: number): void {
    if (this.#journals.length > 0) this.#noteAs(row, slot, row[slot]);
  }

  #noteAs(row: Row, slot: number, value: unknown): void {
    const journal = this.#journal();
    if (journal === undefined || slot === RECORD_SLOT) return;
    journal.rows.push(row);
    journal.slots.push(slot);
    journal.values.push(value);
  }
}
