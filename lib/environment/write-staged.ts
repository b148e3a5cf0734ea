import type { Row } from '../cache/row.js';
import type { StagedRow } from '../cache/staged-values.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from '../model/composed-model.js';
import { writeLists } from '../model/list-changes.js';
import { loadRows } from '../model/load.js';
import { emptyTree } from '../model/load-tree.js';
import type { ModelRuntime, StagedOwner } from '../model/model-runtime.js';
import { setFor } from '../model/record-state.js';
import { applyValues, type FieldChanges } from '../model/write.js';
import type { TransactionState } from './transaction-state.js';

type Staged = [Row, StagedRow<StagedOwner>];

/**
 * Puts staged values through `write`: the rows hold their old values again, so that overrides see old and new as for a
 * direct `write`; equal values of several records are one call. What was not written when an error comes stays staged.
 */
export async function writeStaged(transaction: TransactionState, rows?: readonly Row[]): Promise<void> {
  const { attempt } = transaction;
  const entries = transaction.staged.take(rows);
  for (const entry of entries) putBack(transaction, entry, 'before');
  const left = new Set(entries);
  try {
    for (const [owner, group] of byOwner(entries)) {
      if (owner.model.overrides.write) await writeThroughOverrides(owner, { group, left });
      else await writeDirectly(owner, { group, left });
    }
  } catch (error) {
    // Of an attempt that is over, and whose values must not come into the next one.
    if (transaction.attempt === attempt) for (const entry of left) restage(transaction, entry);
    throw error;
  }
}

function putBack(transaction: TransactionState, [row, { owner, values }]: Staged, which: 'before' | 'value'): void {
  for (const [slot, staged] of values) transaction.cache.set(owner.model, row, slot, staged[which]);
}

function restage(transaction: TransactionState, [row, { owner, values }]: Staged): void {
  for (const [slot, staged] of values) {
    const field = owner.model.fieldBySlot[slot]!;
    transaction.staged.add(row, slot, { ...staged, owner });
    if (field.store) transaction.cache.set(owner.model, row, slot, staged.value);
  }
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
  /** What is not written yet. */
  readonly left: Set<Staged>;
}

/** Without an override of `write` all records of a model are written at once, whatever values each has. */
async function writeDirectly({ model, runtime }: StagedOwner, { group, left }: Batch): Promise<void> {
  const scalars = new Map<Field, [Row, unknown][]>();
  const lists = new Map<Field, [Row, unknown][]>();
  for (const [row, { values }] of group) {
    for (const [slot, { value }] of values) {
      const field = model.fieldBySlot[slot]!;
      const changes = field.kind === 'one2many' || field.kind === 'many2many' ? lists : scalars;
      const known = changes.get(field);
      if (known === undefined) changes.set(field, [[row, value]]);
      else known.push([row, value]);
    }
  }
  try {
    await applyValues(runtime, model, [...scalars] as FieldChanges[]);
    for (const [field, entries] of lists) await writeLists(runtime, field, entries);
  } catch (error) {
    throw withAssignment(error, group);
  }
  for (const entry of group) left.delete(entry);
}

async function writeThroughOverrides({ model, runtime }: StagedOwner, { group, left }: Batch): Promise<void> {
  await loadStoredFields(runtime, model, group);
  for (const equal of equalValues(group)) {
    const rows = equal.map(([row]) => row);
    const values = Object.fromEntries(
      [...equal[0]![1].values].map(([slot, { value }]) => [model.fieldBySlot[slot]!.name, value]),
    );
    const records = setFor(model, rows, { runtime }) as unknown as { write(values: object): Promise<void> };
    try {
      await records.write(values);
    } catch (error) {
      throw withAssignment(error, equal);
    }
    for (const entry of equal) left.delete(entry);
  }
}

/** An override may read `this`: its records' columns are loaded first, one query for all of them. */
async function loadStoredFields(runtime: ModelRuntime, model: ComposedModel, group: readonly Staged[]): Promise<void> {
  const tree = emptyTree(model);
  for (const field of model.stored) if (!field.lazy) tree.columns.add(field);
  await loadRows(
    runtime,
    tree,
    group.map(([row]) => row),
  );
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
