/**
 * One cached record: an array with one slot a field. It is the very array the driver made of a result row, so its
 * first slots are bookkeeping that every SELECT of ours fills with placeholders. `undefined` in a slot means "not
 * loaded", `null` means unset.
 *
 * A row is made at its full width: writing past the end of an array later nearly doubles its memory.
 */
export type Row = unknown[];

/** Slot of the record's id. */
export const ID_SLOT = 0;
/** Slot of the record object of the environment that asked first; other environments keep theirs in a map. */
export const RECORD_SLOT = 1;
/** Slot of the row's flags, see `RowFlag`. */
export const FLAGS_SLOT = 2;
/** The first slot that belongs to a field. */
export const FIRST_FIELD_SLOT = 3;

/** Bits of `FLAGS_SLOT`; a row without flags has `undefined` there. */
export const RowFlag = {
  /** The record was deleted in this transaction, or a load did not find it. */
  missing: 1,
  /** Created in this transaction: a reader never has to load its own columns. */
  created: 2,
  /** With `missing`: the record was deleted in this transaction, so what is staged on it need not be written. */
  deleted: 4,
} as const;

/** What the cache must know of a model. */
export interface RowShape {
  /** Such as `res.partner`. */
  readonly name: string;
  /** Position of the model among the registry's models. */
  readonly index: number;
  /** Slots of a row, bookkeeping included. */
  readonly width: number;
}

export function rowId(row: Row): number {
  return row[ID_SLOT] as number;
}

export function hasFlag(row: Row, flag: number): boolean {
  const flags = row[FLAGS_SLOT] as number | undefined;
  return flags !== undefined && (flags & flag) !== 0;
}

/** A row of which nothing but the id is known. */
export function emptyRow(width: number, id: number): Row {
  const row: Row = new Array<unknown>(width);
  row[ID_SLOT] = id;
  for (let slot = 1; slot < width; slot++) row[slot] = undefined;
  return row;
}
