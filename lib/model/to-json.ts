import { UnknownFieldError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from './composed-model.js';
import { loadPaths } from './load.js';
import { MODEL, ROW, idsOf, isRecordState, type RecordState } from './record-state.js';
import { targetOf } from './relations.js';
import { iterate } from './iterate.js';
import { mapRecords } from './set-operations.js';

/** Own stored fields as plain data, relations as ids; `lazy` and `private` ones are left out, whatever else is loaded. */
export function toJson(records: RecordState): unknown {
  if (records[ROW] !== undefined) return recordToJson(records);
  return [...iterate(records)].map(recordToJson);
}

function recordToJson(record: RecordState): Record<string, unknown> {
  const model = record[MODEL];
  const json: Record<string, unknown> = { id: (record as unknown as { id: number }).id };
  for (const field of model.stored) {
    if (field.lazy || field.private) continue;
    json[field.name] = valueToJson(field, (record as unknown as Record<string, unknown>)[field.name]);
  }
  return json;
}

function valueToJson(field: Field, value: unknown): unknown {
  if (value === null || value === undefined) return null;
  return isRecordState(value) ? idsOf(value)[0] : field.toJson(value);
}

/** Loads paths and gives one plain object a record; a relation is its ids, or objects where a path goes on behind it. */
export async function readRecords(records: RecordState, paths: readonly string[]): Promise<Record<string, unknown>[]> {
  const shape = shapeOf(records[MODEL], paths);
  await loadPaths(records, withoutIds(paths));
  return mapRecords(records, (record) => shaped(record, shape));
}

/** A relation read for its ids alone needs no records behind it. */
function withoutIds(paths: readonly string[]): string[] {
  return paths.map((path) => path.replace(/(^|\.)id$/, '')).filter((path) => path !== '');
}

type Shape = Map<Field, Shape | null>;

function shapeOf(model: ComposedModel, paths: readonly string[]): Shape {
  const shape: Shape = new Map();
  for (const path of paths) {
    const [head = '', ...tail] = path.split('.');
    if (head === 'id') continue;
    const field = model.fields.get(head);
    if (field === undefined)
      throw new UnknownFieldError({ model: model.name, field: head, known: model.fields.keys() });
    const known = shape.get(field) ?? null;
    if (tail.length === 0 || field.relation === null) shape.set(field, known);
    else shape.set(field, new Map([...(known ?? []), ...shapeOf(targetOf(field), [tail.join('.')])]));
  }
  return shape;
}

function shaped(record: RecordState, shape: Shape): Record<string, unknown> {
  const plain: Record<string, unknown> = { id: (record as unknown as { id: number }).id };
  for (const [field, below] of shape) {
    const value = (record as unknown as Record<string, unknown>)[field.name];
    plain[field.name] = isRecordState(value) ? related(field, value, below) : (value ?? null);
  }
  return plain;
}

function related(field: Field, value: RecordState, below: Shape | null): unknown {
  if (field.kind === 'many2one') return below === null ? idsOf(value)[0] : shaped(value, below);
  return below === null ? idsOf(value) : mapRecords(value, (record) => shaped(record, below));
}
