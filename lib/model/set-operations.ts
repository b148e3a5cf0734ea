import { rowId, type Row } from '../cache/row.js';
import { UsageError } from '../errors/use-errors.js';
import { expectedOne, many2oneRows, x2manyRows } from './accessors.js';
import { iterate } from './iterate.js';
import { memoryComparer, memoryPredicate } from './memory-filter.js';
import {
  GROUP,
  MODEL,
  ROW,
  ROWS,
  RUNTIME,
  isRecordState,
  recordFor,
  rowsOf,
  setFor,
  type RecordState,
} from './record-state.js';
import { targetOf } from './relations.js';

/*
 * Operations on loaded records: pure, without a query. Those that choose records make a new prefetch group; `at`,
 * `first` and iteration keep the group of the set.
 */

export function recordAt(records: RecordState, index: number): RecordState | undefined {
  const row = rowsOf(records).at(index);
  return row === undefined ? undefined : (records[ROW] ?? false) ? records : memberOf(records, row);
}

function memberOf(records: RecordState, row: Row): RecordState {
  return recordFor(records[MODEL], row, { runtime: records[RUNTIME], group: records[GROUP] });
}

export function mapRecords<T>(records: RecordState, project: (record: RecordState, index: number) => T): T[] {
  if (records[ROWS] === undefined) return [project(records, 0)];
  return records[ROWS].map((row, index) => project(memberOf(records, row), index));
}

/** The only record of a set. @throws ExpectedOneError */
export function onlyRecord(records: RecordState): RecordState {
  if (records[ROW] !== undefined) return records;
  const rows = records[ROWS]!;
  if (rows.length === 1) return memberOf(records, rows[0]!);
  throw expectedOne(records);
}

/** The union of what a relation of each record leads to. */
export function relatedRecords(records: RecordState, name: string): RecordState {
  const model = records[MODEL];
  const runtime = records[RUNTIME];
  const field = model.fields.get(name);
  if (field?.relation == null) {
    throw new UsageError(`${model.name}.${name} is no relation: mapped() follows relations.`, {
      model: model.name,
      field: name,
      hint: 'Use map((record) => …) for values.',
    });
  }
  const found = new Set<Row>();
  for (const record of iterate(records)) {
    const value = (record as unknown as Record<string, RecordState | null>)[name];
    if (value !== null && value !== undefined) for (const row of rowsOf(value)) found.add(row);
  }
  const source = records[GROUP];
  const rows = [...found];
  const group = source.related(field, () =>
    field.kind === 'many2one' ? many2oneRows(field, source.rows, runtime) : x2manyRows(field, source.rows, runtime),
  );
  return setFor(targetOf(field), rows, { runtime, group });
}

export function filterRecords(
  records: RecordState,
  keep: (record: RecordState, index: number) => boolean,
): RecordState {
  const rows: Row[] = [];
  let index = 0;
  for (const record of iterate(records)) if (keep(record, index++)) rows.push(record[ROW]!);
  return setFor(records[MODEL], rows, { runtime: records[RUNTIME] });
}

/** The records that a search with this domain would find among these. */
export function filterByDomain(records: RecordState, written: unknown): RecordState {
  const satisfies = memoryPredicate(records[RUNTIME], records[MODEL], written);
  return filterRecords(records, (record) => satisfies(record));
}

export function sortRecords(
  records: RecordState,
  by?: string | ((a: RecordState, b: RecordState) => number),
): RecordState {
  const members = [...iterate(records)];
  const compare = typeof by === 'function' ? by : memoryComparer(records[RUNTIME], records[MODEL], by);
  members.sort(compare);
  return setFor(
    records[MODEL],
    members.map((record) => record[ROW]!),
    { runtime: records[RUNTIME] },
  );
}

export function groupRecords(
  records: RecordState,
  by: string | ((record: RecordState) => unknown),
): Map<unknown, RecordState> {
  const valueOf =
    typeof by === 'function' ? by : (record: RecordState) => (record as unknown as Record<string, unknown>)[by];
  const groups = new Map<unknown, Row[]>();
  for (const record of iterate(records)) {
    const value = valueOf(record);
    const group = groups.get(value);
    if (group === undefined) groups.set(value, [record[ROW]!]);
    else group.push(record[ROW]!);
  }
  return new Map(
    [...groups].map(([value, rows]) => [value, setFor(records[MODEL], rows, { runtime: records[RUNTIME] })]),
  );
}

/** Set operations look at model and id, and the result is seen through the environment of the left side. */
export function combine(records: RecordState, other: unknown, operation: 'union' | 'intersect' | 'minus'): RecordState {
  const right = sameModel(records, other, operation);
  const cached = records[RUNTIME].work.cache;
  const model = records[MODEL];
  const ids = new Set(right.map(rowId));
  const left = rowsOf(records);
  if (operation === 'union') {
    const rows = new Map(left.map((row) => [rowId(row), row]));
    for (const id of ids) if (!rows.has(id)) rows.set(id, cached.row(model, id));
    return setFor(model, [...rows.values()], { runtime: records[RUNTIME] });
  }
  const kept = new Map(
    left.filter((row) => ids.has(rowId(row)) === (operation === 'intersect')).map((row) => [rowId(row), row]),
  );
  return setFor(model, [...kept.values()], { runtime: records[RUNTIME] });
}

export function includesAll(records: RecordState, other: unknown): boolean {
  const ids = new Set(rowsOf(records).map(rowId));
  return sameModel(records, other, 'includes').every((row) => ids.has(rowId(row)));
}

function sameModel(records: RecordState, other: unknown, operation: string): readonly Row[] {
  if (isRecordState(other) && other[MODEL].name === records[MODEL].name) return rowsOf(other);
  const given = isRecordState(other) ? `records of ${other[MODEL].name}` : typeof other;
  throw new UsageError(`${operation}() of ${records[MODEL].name} takes records of the same model, not ${given}.`, {
    model: records[MODEL].name,
  });
}
