import { rowId, type Row } from '../cache/row.js';
import { readCell } from '../cache/view.js';
import { ExpectedOneError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import { readUnloaded } from './compute.js';
import { targetOf } from './relations.js';
import { GROUP, MODEL, ROW, RUNTIME, idsOf, recordFor, setFor, type RecordState } from './record-state.js';
import { stageValue } from './stage.js';

/**
 * The property of one field, made once a registry. The getter of a loaded value is one array read; everything else is
 * in functions it does not inline. One closure a kind of field keeps each call site's type feedback narrow.
 */
export function fieldAccessor(field: Field): PropertyDescriptor {
  return { configurable: true, enumerable: true, get: getterOf(field), set: setterOf(field) };
}

function getterOf(field: Field): (this: RecordState) => unknown {
  if (field.kind === 'one2many' || field.kind === 'many2many') return x2manyGetter(field);
  if (field.kind === 'many2one') return many2oneGetter(field);
  const { slot } = field;
  if (field.dependsOnView) {
    return function (this: RecordState): unknown {
      const row = oneRow(this, field);
      const value = readCell(row[slot], this[RUNTIME].view);
      return value !== undefined ? value : readUnloaded(this, row, field);
    };
  }
  if (field.kind === 'boolean') {
    return function (this: RecordState): unknown {
      const row = this[ROW];
      const value = row !== undefined ? row[slot] : undefined;
      return value === undefined ? readSlowly(this, field) === true : value === true;
    };
  }
  return function (this: RecordState): unknown {
    const row = this[ROW];
    const value = row !== undefined ? row[slot] : undefined;
    return value !== undefined ? value : readSlowly(this, field);
  };
}

function many2oneGetter(field: Field): (this: RecordState) => unknown {
  const { slot } = field;
  return function (this: RecordState): unknown {
    const row = this[ROW];
    let id: unknown;
    if (field.dependsOnView) id = row === undefined ? undefined : readCell(row[slot], this[RUNTIME].view);
    else id = row !== undefined ? row[slot] : undefined;
    if (id === undefined) id = readSlowly(this, field);
    return id === null ? null : relatedRecord(this, field, id as number);
  };
}

function x2manyGetter(field: Field): (this: RecordState) => unknown {
  const { slot } = field;
  return function (this: RecordState): unknown {
    const row = oneRow(this, field);
    const value = readCell(row[slot], this[RUNTIME].view) ?? readUnloaded(this, row, field);
    return relatedSet(this, field, value as readonly Row[]);
  };
}

function setterOf(field: Field): (this: RecordState, value: unknown) => void {
  return function (this: RecordState, value: unknown): void {
    stageValue(this, oneRow(this, field), field, value);
  };
}

function readSlowly(record: RecordState, field: Field): unknown {
  const row = oneRow(record, field);
  if (field.dependsOnView) {
    const known = readCell(row[field.slot], record[RUNTIME].view);
    if (known !== undefined) return known;
  }
  return readUnloaded(record, row, field);
}

/** The record's row. @throws ExpectedOneError on a set that has not exactly one */
export function oneRow(record: RecordState, field?: Field): Row {
  const row = record[ROW];
  if (row !== undefined) return row;
  throw expectedOne(record, field);
}

/** The error of a set that is used like a record; `field`: the one that was read or assigned. */
export function expectedOne(records: RecordState, field?: Field): ExpectedOneError {
  return new ExpectedOneError({
    model: records[MODEL].name,
    ...(field !== undefined && { field: field.name }),
    ids: idsOf(records),
  });
}

function relatedRecord(record: RecordState, field: Field, id: number): RecordState {
  const target = targetOf(field);
  const runtime = record[RUNTIME];
  const source = record[GROUP];
  const group = source.related(field, () => many2oneRows(field, source.rows, runtime));
  return recordFor(target, runtime.work.cache.row(target, id), { runtime, group });
}

function relatedSet(record: RecordState, field: Field, rows: readonly Row[]): RecordState {
  const runtime = record[RUNTIME];
  const source = record[GROUP];
  const group = source.related(field, () => x2manyRows(field, source.rows, runtime));
  return setFor(targetOf(field), rows, { runtime, group });
}

/** Distinct rows that a many2one leads to from those of `rows` where it is loaded. */
export function many2oneRows(field: Field, rows: readonly Row[], runtime: RecordState[typeof RUNTIME]): Row[] {
  const target = targetOf(field);
  const { cache } = runtime.work;
  const found = new Map<number, Row>();
  for (const row of rows) {
    const id = field.dependsOnView ? readCell(row[field.slot], runtime.view) : row[field.slot];
    if (typeof id === 'number' && !found.has(id)) found.set(id, cache.row(target, id));
  }
  return [...found.values()];
}

/** Distinct rows of the loaded lists of an x2many. */
export function x2manyRows(field: Field, rows: readonly Row[], runtime: RecordState[typeof RUNTIME]): Row[] {
  const found = new Map<number, Row>();
  for (const row of rows) {
    const list = readCell(row[field.slot], runtime.view) as readonly Row[] | undefined;
    if (list !== undefined) for (const member of list) found.set(rowId(member), member);
  }
  return [...found.values()];
}
