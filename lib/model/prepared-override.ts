import type { Row } from '../cache/row.js';
import { RowFlag, hasFlag } from '../cache/row.js';
import { loadRows } from './load.js';
import { treeOfColumns } from './load-tree.js';
import type { ComposedModel } from './composed-model.js';
import type { ModelRuntime } from './model-runtime.js';
import { MODEL, RUNTIME, rowsOf, type RecordState } from './record-state.js';

/** A method of a model, whatever it takes and gives. */
export type Method = (this: unknown, ...given: unknown[]) => unknown;

/**
 * The entry to a line that overrides `write` or `unlink`: whoever calls it, the overrides may read the stored fields of
 * `this`, which are loaded first where they are not.
 */
export function preparedOverride(override: Method): Method {
  return async function (this: unknown, ...given: unknown[]): Promise<unknown> {
    const records = this as RecordState;
    await loadStoredFields(records[RUNTIME], records[MODEL], rowsOf(records));
    return override.apply(this, given);
  };
}

/** Loads the columns of rows that lack any: one query for all of them, none if nothing lacks. */
export async function loadStoredFields(
  runtime: ModelRuntime,
  model: ComposedModel,
  rows: readonly Row[],
): Promise<void> {
  const fields = model.stored.filter((field) => !field.lazy);
  const lacking = rows.filter(
    (row) => !hasFlag(row, RowFlag.missing) && fields.some((field) => row[field.slot] === undefined),
  );
  if (lacking.length === 0) return;
  runtime.work.check();
  await loadRows(runtime, treeOfColumns(model, fields), lacking);
}
