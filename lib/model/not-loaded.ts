import { RowFlag, hasFlag, rowId, type Row } from '../cache/row.js';
import { MissingError } from '../errors/business-errors.js';
import { FieldNotLoadedError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import type { RecordState } from './record-state.js';
import { GROUP, MODEL } from './record-state.js';

/** The error for a field that is not loaded: its hint is the call that loads it, written from where the record came. */
export function notLoaded(record: RecordState, row: Row, field: Field): FieldNotLoadedError {
  const model = record[MODEL];
  const path = [...record[GROUP].path, field.name].join('.');
  return new FieldNotLoadedError(`${model.name}(${rowId(row)}).${field.name} is not loaded.`, {
    model: model.name,
    field: field.name,
    ids: [rowId(row)],
    hint: `Load it first: await records.load('${path}'), or search with { load: ['${path}'] }.`,
  });
}

/** @throws MissingError when the record is known not to exist */
export function assertPresent(model: string, row: Row): void {
  if (hasFlag(row, RowFlag.missing)) throw missing(model, [rowId(row)]);
}

export function missing(model: string, ids: readonly number[]): MissingError {
  const shown = ids.slice(0, 10).join(', ') + (ids.length > 10 ? ', …' : '');
  return new MissingError(`${model}(${shown}) does not exist${ids.length > 1 ? ' (any more)' : ', or not any more'}.`, {
    model,
    ids: ids.slice(0, 100),
  });
}
