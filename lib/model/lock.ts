import { RowFlag, hasFlag, rowId, type Row } from '../cache/row.js';
import { MissingError } from '../errors/business-errors.js';
import { UsageError } from '../errors/use-errors.js';
import { identifier } from '../sql/sql.js';
import { FETCH_ALIAS } from './fetch-plan.js';
import { MODEL, RUNTIME, rowsOf, setFor, type RecordState } from './record-state.js';
import { takeInRows } from './take-in.js';

export interface LockSettings {
  readonly mode?: LockMode | undefined;
  readonly skipLocked?: boolean | undefined;
  readonly noWait?: boolean | undefined;
}

type LockMode = 'update' | 'share';

/**
 * Locks the rows of records, in the order of their ids, so that no two who lock several wait for each other. What is
 * cached of them is replaced by what the locked rows hold, but for values that wait to be written.
 */
export async function lockRecords(records: RecordState, settings: LockSettings = {}): Promise<RecordState> {
  const model = records[MODEL];
  const runtime = records[RUNTIME];
  const { work } = runtime;
  work.check();
  const suffix = suffixOf(model.name, settings);
  const rows = rowsOf(records).filter((row) => !hasFlag(row, RowFlag.missing));
  if (rows.length === 0) return setFor(model, [], { runtime });
  const alias = identifier(FETCH_ALIAS).text;
  const result = await work.send({
    text:
      `SELECT ${model.fetch.columns} FROM ${identifier(model.table).text} AS ${alias} ` +
      `WHERE ${alias}.id = ANY($1::int8[]) ORDER BY ${alias}.id ${suffix}`,
    values: [rows.map(rowId)],
    columns: model.fetch.parsers,
    // A lock is a change to those who look for what must be committed, or is refused to who may not write.
    origin: 'write',
  });
  const found = new Set((result.rows as Row[]).map(rowId));
  const missing = settings.skipLocked === true ? [] : rows.map(rowId).filter((id) => !found.has(id));
  if (missing.length > 0) throw gone(model.name, missing);
  // In one go with what replaces it: nobody reads "not loaded" in between.
  runtime.env.cache.invalidate(model.stored.filter(({ lazy }) => !lazy).map((field) => [field, [...found]] as const));
  takeInRows(work, model, { plan: model.fetch, rows: result.rows as Row[] });
  return setFor(
    model,
    rows.filter((row) => found.has(rowId(row))),
    { runtime },
  );
}

function suffixOf(model: string, { mode = 'update', skipLocked, noWait }: LockSettings): string {
  if ((mode !== 'update' && mode !== 'share') || (skipLocked === true && noWait === true)) {
    throw new UsageError(`lock() of ${model} was given options that do not fit.`, {
      model,
      hint: "`mode` is 'update' or 'share'; either `skipLocked` or `noWait`, not both.",
    });
  }
  const others = skipLocked === true ? ' SKIP LOCKED' : noWait === true ? ' NOWAIT' : '';
  return `FOR ${mode === 'update' ? 'UPDATE' : 'SHARE'}${others}`;
}

function gone(model: string, ids: readonly number[]): MissingError {
  return new MissingError(`${ids.length === 1 ? 'A record' : `${ids.length} records`} of ${model} no longer exist.`, {
    model,
    ids,
    hint: 'Somebody deleted them; lock with `skipLocked` to get those that are there.',
  });
}
