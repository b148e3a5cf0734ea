/**
 * On the prototype of every composed model: the model's name. By `Symbol.for`, so that records of two copies of the
 * package know each other.
 */
export const RECORD_MODEL = Symbol.for('nest-registry:record-model');

/** What values need to know of a recordset. */
export interface RecordLike {
  readonly [RECORD_MODEL]: string;
  readonly ids: readonly number[];
}

/** Whether a value is a record or a set of records. Never true of what came as JSON. */
export function isRecordLike(value: unknown): value is RecordLike {
  return (
    typeof value === 'object' && value !== null && typeof (value as Partial<RecordLike>)[RECORD_MODEL] === 'string'
  );
}

/** Whether a value can be the id of a record: a safe whole number above 0. */
export function isRecordId(value: unknown): value is number {
  return typeof value === 'number' && Number.isSafeInteger(value) && value > 0;
}
