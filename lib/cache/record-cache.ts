import { FIRST_FIELD_SLOT, FLAGS_SLOT, ID_SLOT, RowFlag, emptyRow, type Row, type RowShape } from './row.js';
import { SavepointJournal } from './savepoint-journal.js';

/**
 * The rows of one transaction, by model and id. There is one row for a record however many environments read it, and
 * it stays the same array for as long as the transaction lives, so whoever holds it sees every change.
 *
 * While a savepoint is open the first change of each slot is journaled: undoing it costs by the changes, not by what is
 * loaded.
 */
export class RecordCache {
  readonly #tables: (Map<number, Row> | undefined)[] = [];
  readonly #versions: number[] = [];
  readonly #slotVersions: (number[] | undefined)[] = [];
  /** Of the running savepoints, outermost first. */
  readonly #journals: SavepointJournal[] = [];

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

  /** Grows whenever this slot changes in any row of the model, other than by being loaded. */
  changesOf(shape: RowShape, slot: number): number {
    return this.#slotVersions[shape.index]?.[slot] ?? 0;
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
    this.#note(row, slot, value);
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
      for (const journal of this.#journals) journal.noteFresh(incoming, undefined);
      return incoming;
    }
    const flags = known[FLAGS_SLOT] as number | undefined;
    if (flags !== undefined && (flags & RowFlag.missing) !== 0) return known;
    for (const slot of slots) {
      if (known[slot] === undefined && (isStale === null || !isStale(known, slot))) {
        this.#note(known, slot, incoming[slot]);
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
    for (const journal of this.#journals) journal.noteFresh(row, RowFlag.missing);
  }

  /** Forgets all of a record that does not exist (any more). */
  markMissing(shape: RowShape, row: Row, flags: number = RowFlag.missing): void {
    for (let slot = FIRST_FIELD_SLOT; slot < row.length; slot++) {
      if (row[slot] !== undefined) this.set(shape, row, slot, undefined);
    }
    this.set(shape, row, FLAGS_SLOT, flags);
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

  /** Whether values may be undone that the running code did not make: a savepoint of another async chain is open. */
  get isUnsettled(): boolean {
    return this.#journals.some((journal) => !journal.isHere);
  }

  /** Starts journaling; `isInside` tells the changes of this savepoint from those made around it. */
  beginSavepoint(isInside: () => boolean): void {
    this.#journals.push(new SavepointJournal(isInside));
  }

  /** Ends the innermost savepoint well: the one around it has noted its changes too. */
  releaseSavepoint(): void {
    this.#journals.pop();
  }

  /** Ends the innermost savepoint badly: what code inside it changed holds again what it held when it began. */
  undoSavepoint(): void {
    this.#journals.pop()?.undo();
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

  #note(row: Row, slot: number, value: unknown): void {
    for (const journal of this.#journals) journal.note(row, slot, value);
  }
}
