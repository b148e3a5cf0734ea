import { Field } from './field.js';
import { RECORD_MODEL, isRecordId, isRecordLike } from './record-values.js';

/** What all relations share: their values are ids, given as ids or as records of the target. */
export abstract class RelationalField extends Field {
  /** One id. Also what a condition on an x2many is compared with. */
  protected override convertValue(value: unknown): number {
    return this.convertId(value);
  }

  /** The id that an id or a single record of the target names. @throws FieldValueError */
  convertId(value: unknown): number {
    if (isRecordId(value)) return value;
    if (typeof value === 'bigint' && isRecordId(Number(value))) return Number(value);
    if (!isRecordLike(value)) throw this.refuse(`an id or a record${this.#ofTarget()}`, value);
    const ids = this.convertRecords(value);
    if (ids.length === 1) return ids[0]!;
    throw this.refuseWhat('one record', `a set of ${ids.length}`, 'Give one record, its id, or null.');
  }

  /** The ids of a record or recordset of the target. @throws FieldValueError for records of another model */
  convertRecords(value: unknown): readonly number[] {
    const target = this.relation?.target.name;
    if (!isRecordLike(value)) throw this.refuse(`records${this.#ofTarget()}`, value);
    const model = value[RECORD_MODEL];
    if (target !== undefined && model !== target) {
      throw this.refuseWhat(`records${this.#ofTarget()}`, `records of ${model}`);
    }
    return value.ids;
  }

  #ofTarget(): string {
    const target = this.relation?.target.name;
    return target === undefined ? '' : ` of ${target}`;
  }
}
