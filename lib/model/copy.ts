import { RowFlag, hasFlag, rowId, type Row } from '../cache/row.js';
import { readCell } from '../cache/view.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from './composed-model.js';
import { loadPaths } from './load.js';
import type { ModelRuntime } from './model-runtime.js';
import { missing } from './not-loaded.js';
import { MODEL, ROW, RUNTIME, rowsOf, setFor, type RecordState } from './record-state.js';
import { inverseOf, targetOf } from './relations.js';
import { onlyRecord } from './set-operations.js';

type GivenValues = Readonly<Record<string, unknown>>;

/** What one call copies: nothing twice, so that lines that lead back end it. */
interface Copying {
  readonly runtime: ModelRuntime;
  /** Sees archived records too: they belong to what is copied. */
  readonly all: ModelRuntime;
  readonly seen: Set<Row>;
}

/**
 * Makes a copy of each record, with one INSERT a model and depth, through `create` and its overrides. Fields take part as
 * their option `copy` says; lines that do are copied along and point to the copy.
 */
export async function copyRecords(records: RecordState, given: GivenValues = {}): Promise<RecordState> {
  const runtime = records[RUNTIME];
  runtime.work.check();
  const copying = { runtime, all: runtime.withContext({ activeTest: false }), seen: new Set<Row>() };
  const made = await copyRows(
    copying,
    records[MODEL],
    rowsOf(records).map((row) => [row, given]),
  );
  return records[ROW] === undefined ? made : onlyRecord(made);
}

async function copyRows(
  copying: Copying,
  model: ComposedModel,
  entries: readonly (readonly [Row, GivenValues])[],
): Promise<RecordState> {
  const { runtime, all, seen } = copying;
  const rows = entries.map(([row]) => row);
  if (rows.length === 0) return setFor(model, [], { runtime });
  for (const row of rows) seen.add(row);
  const fields = [...model.fields.values()].filter(isCopied);
  await loadPaths(
    setFor(model, rows, { runtime: all }),
    fields.map(({ name }) => name),
  );
  const gone = rows.filter((row) => hasFlag(row, RowFlag.missing));
  if (gone.length > 0) throw missing(model.name, gone.map(rowId));
  const values = entries.map(([row, given]) => valuesOf(copying, fields, { row, given }));
  const empty = setFor(model, [], { runtime }) as unknown as { create(values: object[]): Promise<RecordState> };
  const made = await empty.create(values);
  // A copy may have become a line of what is still to be copied.
  for (const row of rowsOf(made)) seen.add(row);
  for (const field of fields) if (field.kind === 'one2many') await copyLines(copying, field, { entries, made });
  return made;
}

/** Values come from whoever writes them; those that are computed or implicit, which are readonly, come anew. */
function isCopied(field: Field): boolean {
  return field.copy && !field.isComputed && !field.readonly;
}

interface Original {
  readonly row: Row;
  readonly given: GivenValues;
}

/** A key that is given, though not as undefined, is taken as it is. */
function valuesOf({ all }: Copying, fields: readonly Field[], { row, given }: Original): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const field of fields) {
    if (field.kind === 'one2many') continue;
    values[field.name] = field.kind === 'many2many' ? membersOf(field, row, all).map(rowId) : row[field.slot];
  }
  for (const [name, value] of Object.entries(given)) if (value !== undefined) values[name] = value;
  return values;
}

function membersOf(field: Field, row: Row, { view }: ModelRuntime): readonly Row[] {
  return (readCell(row[field.slot], view) ?? []) as readonly Row[];
}

interface Copied {
  readonly entries: readonly (readonly [Row, GivenValues])[];
  readonly made: RecordState;
}

async function copyLines(copying: Copying, field: Field, { entries, made }: Copied): Promise<void> {
  const copies = rowsOf(made).map(rowId);
  const inverse = inverseOf(field).name;
  const lines = entries.flatMap(([row, given], index) => {
    if (given[field.name] !== undefined) return [];
    const own = membersOf(field, row, copying.all).filter((line) => !copying.seen.has(line));
    return own.map((line) => [line, { [inverse]: copies[index] }] as const);
  });
  await copyRows(copying, targetOf(field), lines);
}
