import { RowFlag, hasFlag, rowId, type Row } from '../cache/row.js';
import { UsageError } from '../errors/use-errors.js';
import { computeStored, setComputed } from '../model/compute.js';
import type { Computation } from '../model/composed-model.js';
import { loadRows } from '../model/load.js';
import { loadTree } from '../model/load-tree.js';
import { setFor } from '../model/record-state.js';
import type { TransactionState } from './transaction-state.js';

/** Runs what waits, in dependency order, until nothing does. */
export async function recomputeAll(transaction: TransactionState): Promise<void> {
  while (!transaction.queue.isEmpty) {
    const [next] = [...transaction.queue.computations()].sort((a, b) => a.rank - b.rank);
    if (next === undefined) return;
    await recompute(transaction, next, transaction.queue.rowsOf(next));
  }
}

/** Computes stored fields of rows as the superuser with an empty context; their inputs are loaded first. */
export async function recompute(
  transaction: TransactionState,
  computation: Computation,
  given: readonly Row[],
): Promise<void> {
  const system = transaction.root!.asSystem();
  await loadRows(system, loadTree(computation.model, computation.paths), given);
  await transaction.atTurn(() => computeRows(transaction, computation, given));
}

async function computeRows(
  transaction: TransactionState,
  computation: Computation,
  given: readonly Row[],
): Promise<void> {
  const { queue } = transaction;
  const rows = given.filter((row) => {
    if (!queue.has(computation, row)) return false;
    // Deleted meanwhile: there is nothing to compute, and waiting for it would never end.
    if (hasFlag(row, RowFlag.missing)) queue.done(computation, row);
    return queue.has(computation, row);
  });
  if (rows.length === 0) return;
  if (computation.getter === null) await runBatch(transaction, computation, rows);
  else {
    const system = transaction.root!.asSystem();
    for (const row of rows) computeStored(system, computation, row);
  }
}

async function runBatch(transaction: TransactionState, computation: Computation, rows: readonly Row[]): Promise<void> {
  const { model, method } = computation;
  const { queue } = transaction;
  const records = setFor(model, rows, { runtime: transaction.root!.asSystem() }) as unknown as Record<
    string,
    () => unknown
  >;
  const marks = new Map(rows.map((row) => [row, queue.markOf(computation, row)]));
  queue.begin(computation);
  try {
    await transaction.computing.runBatch(computation, async () => {
      await records[method!]!();
    });
    takeComputed(transaction, computation, marks);
  } finally {
    queue.end(computation);
  }
}

/** Values that were computed from what is not true any more do not count. */
function takeComputed(transaction: TransactionState, computation: Computation, marks: ReadonlyMap<Row, number>): void {
  const { queue } = transaction;
  const computed: Row[] = [];
  for (const [row, mark] of marks) {
    if (queue.markOf(computation, row) === mark) computed.push(row);
    else forgetComputed(transaction, computation, row);
  }
  fillUnassigned(transaction, computation, computed);
  for (const row of computed) queue.done(computation, row);
}

/**
 * An input changed while the method ran, or the method ran twice at once and the older run ended last: what it
 * gave is of no use, and the row goes on waiting.
 */
function forgetComputed(transaction: TransactionState, computation: Computation, row: Row): void {
  const { model, fields } = computation;
  for (const field of fields) {
    transaction.dirty.unmark(model, row, field.slot);
    transaction.cache.set(model, row, field.slot, undefined);
  }
  if (hasFlag(row, RowFlag.missing) || transaction.queue.has(computation, row)) return;
  const unknown = fields.map(() => undefined);
  transaction.queue.add(computation, row, unknown);
}

/** What the method left out is null. @throws UsageError where the method alone gives the value */
function fillUnassigned(transaction: TransactionState, computation: Computation, rows: readonly Row[]): void {
  const { model, fields } = computation;
  const system = transaction.root!.asSystem();
  const forgotten: number[] = [];
  for (const row of rows) {
    for (const [index, field] of fields.entries()) {
      if (row[field.slot] !== undefined) continue;
      const before = transaction.queue.before(computation, row)?.[index];
      if (field.readonly) forgotten.push(rowId(row));
      else setComputed(system, { model, field, row, value: null, before });
    }
  }
  if (forgotten.length > 0) throw unassigned(computation, forgotten);
}

function unassigned({ model, fields, method }: Computation, ids: readonly number[]): UsageError {
  return new UsageError(`${model.name}.${method!}() gave no value to some of its records.`, {
    model: model.name,
    field: fields[0]?.name,
    ids: [...new Set(ids)].slice(0, 20),
    hint: 'A batch computation assigns each of its fields on every record, null if there is no value.',
  });
}
