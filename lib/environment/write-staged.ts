import { RowFlag, hasFlag, type Row } from '../cache/row.js';
import type { StagedRow, StagedValue } from '../cache/staged-values.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from '../model/composed-model.js';
import { writeLists } from '../model/list-changes.js';
import { mirror } from '../model/mirror.js';
import type { ModelRuntime, StagedOwner } from '../model/model-runtime.js';
import { loadStoredFields } from '../model/prepared-override.js';
import { setFor } from '../model/record-state.js';
import { showStaged } from '../model/stage.js';
import { touch } from '../model/touch.js';
import { applyValues, type FieldChanges } from '../model/write.js';
import type { TransactionState } from './transaction-state.js';

type Staged = [Row, StagedRow<StagedOwner>];

/** The slots that are not written yet. */
type Left = Map<Row, { readonly owner: StagedOwner; readonly values: Map<number, StagedValue> }>;

/**
 * Puts staged values through `write`: the rows hold their old values again, so that overrides see old and new as for a
 * direct `write`; equal values of several records are one call. What was not written when an error comes stays staged.
 */
export async function writeStaged(transaction: TransactionState, rows?: readonly Row[]): Promise<void> {
  const { attempt } = transaction;
  const entries = await transaction.atTurn(async () => takeStaged(transaction, rows));
  const left: Left = new Map(entries.map(([row, { owner, values }]) => [row, { owner, values: new Map(values) }]));
  try {
    for (const [owner, group] of byOwner(entries)) {
      if (owner.model.overrides.write) await writeThroughOverrides(owner, { group, left });
      else await writeDirectly(owner, { group, left });
    }
  } catch (error) {
    // Of an attempt that is over, and whose values must not come into the next one.
    if (transaction.attempt === attempt) restage(transaction, left);
    throw error;
  }
}

async function takeStaged(transaction: TransactionState, rows: readonly Row[] | undefined): Promise<Staged[]> {
  const entries = transaction.staged.take(rows);
  for (const entry of entries) putBack(transaction, entry);
  return entries;
}

/** A slot that holds something else by now was written after the assignment: that is the old value. */
function putBack(transaction: TransactionState, [row, { owner, values }]: Staged): void {
  const { model, runtime } = owner;
  for (const [slot, { before, value }] of values) {
    const field = model.fieldBySlot[slot]!;
    if (isList(field)) {
      transaction.cache.set(model, row, slot, before);
      if (model.overrides.write) touch(transaction, field, [row]);
    } else if (row[slot] !== value) continue;
    // Without overrides nobody looks before the value is written, which tells its dependents.
    else if (model.overrides.write) showStaged(runtime, model, { field, row, value: before });
    else {
      if (field.kind === 'many2one') mirror(runtime, model, field, [{ row, before: value, value: before }]);
      transaction.cache.set(model, row, slot, before);
    }
  }
}

/** What is assigned meanwhile is newer and stays. */
function restage(transaction: TransactionState, left: Left): void {
  for (const [row, { owner, values }] of left) {
    if (hasFlag(row, RowFlag.deleted)) continue;
    const newer = transaction.staged.get(row)?.values;
    for (const [slot, staged] of values) {
      if (newer?.has(slot) === true) continue;
      const field = owner.model.fieldBySlot[slot]!;
      transaction.staged.add(row, slot, { ...staged, owner });
      if (!isList(field)) showStaged(owner.runtime, owner.model, { field, row, value: staged.value });
    }
  }
}

function isList(field: Field): boolean {
  return field.kind === 'one2many' || field.kind === 'many2many';
}

function byOwner(entries: readonly Staged[]): [StagedOwner, Staged[]][] {
  const groups = new Map<ComposedModel, Map<ModelRuntime, [StagedOwner, Staged[]]>>();
  for (const entry of entries) {
    const { owner } = entry[1];
    let runtimes = groups.get(owner.model);
    if (runtimes === undefined) groups.set(owner.model, (runtimes = new Map()));
    const group = runtimes.get(owner.runtime);
    if (group === undefined) runtimes.set(owner.runtime, [owner, [entry]]);
    else group[1].push(entry);
  }
  return [...groups.values()].flatMap((runtimes) => [...runtimes.values()]);
}

interface Batch {
  readonly group: readonly Staged[];
  readonly left: Left;
}

/** Without an override of `write` all records of a model are written at once, whatever values each has. */
async function writeDirectly({ model, runtime }: StagedOwner, { group, left }: Batch): Promise<void> {
  const scalars = new Map<Field, [Row, unknown][]>();
  const lists = new Map<Field, [Row, unknown][]>();
  for (const [row, { values }] of group) {
    if (hasFlag(row, RowFlag.deleted)) continue;
    for (const [slot, { value }] of values) {
      const field = model.fieldBySlot[slot]!;
      const changes = isList(field) ? lists : scalars;
      const known = changes.get(field);
      if (known === undefined) changes.set(field, [[row, value]]);
      else known.push([row, value]);
    }
  }
  try {
    await applyValues(runtime, model, [...scalars] as FieldChanges[]);
    for (const change of scalars) written(left, change);
    for (const change of lists) {
      await writeLists(runtime, ...change);
      written(left, change);
    }
  } catch (error) {
    throw withAssignment(error, group);
  }
}

function written(left: Left, [field, entries]: readonly [Field, readonly (readonly [Row, unknown])[]]): void {
  for (const [row] of entries) left.get(row)?.values.delete(field.slot);
}

async function writeThroughOverrides({ model, runtime }: StagedOwner, { group, left }: Batch): Promise<void> {
  // One query for all of them, not one for each call.
  await loadStoredFields(
    runtime,
    model,
    group.map(([row]) => row),
  );
  for (const equal of equalValues(group)) {
    // Another call may have deleted some.
    const rows = equal.map(([row]) => row).filter((row) => !hasFlag(row, RowFlag.deleted));
    if (rows.length === 0) continue;
    const values = Object.fromEntries(
      [...equal[0]![1].values].map(([slot, { value }]) => [model.fieldBySlot[slot]!.name, value]),
    );
    const records = setFor(model, rows, { runtime }) as unknown as { write(values: object): Promise<void> };
    try {
      await records.write(values);
    } catch (error) {
      throw withAssignment(error, equal);
    }
    for (const row of rows) left.delete(row);
  }
}

/** Records with equal values, in the order of their first assignments. */
function equalValues(group: readonly Staged[]): Staged[][] {
  const identities = new Map<unknown, number>();
  const sets = new Map<string, Staged[]>();
  for (const entry of group) {
    const key = [...entry[1].values]
      .map(([slot, { value }]) => `${slot}=${keyOf(value, identities)}`)
      .sort()
      .join('\u0000');
    const known = sets.get(key);
    if (known === undefined) sets.set(key, [entry]);
    else known.push(entry);
  }
  return [...sets.values()];
}

function keyOf(value: unknown, identities: Map<unknown, number>): string {
  if (value === null || typeof value !== 'object') return `${typeof value} ${String(value)}`;
  if (value instanceof Date) return `date ${value.getTime()}`;
  let identity = identities.get(value);
  if (identity === undefined) identities.set(value, (identity = identities.size));
  return `object ${identity}`;
}

/** The error of a flush is far from its cause: its stack ends with the line of the assignment. */
function withAssignment(error: unknown, entries: readonly Staged[]): unknown {
  const [first] = entries;
  const frame = first === undefined ? undefined : [...first[1].values.values()][0]?.at?.stack.split('\n').at(-1);
  if (error instanceof Error && frame !== undefined && !(error.stack ?? '').includes(frame)) {
    error.stack = `${error.stack ?? error.message}\n  assigned${frame.replace(/^\s*/, ' ')}`;
  }
  return error;
}
