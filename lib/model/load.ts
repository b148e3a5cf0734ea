import { RowFlag, hasFlag, type Row } from '../cache/row.js';
import { readCell, withCell } from '../cache/view.js';
import type { Field } from '../fields/field.js';
import { many2oneRows } from './accessors.js';
import type { Computation } from './composed-model.js';
import { loadTree, type LoadTree } from './load-tree.js';
import type { ModelRuntime } from './model-runtime.js';
import {
  MODEL,
  RUNTIME,
  isRecordState,
  loadingRows,
  rowsOf,
  setFor,
  singleFor,
  type RecordState,
} from './record-state.js';
import { targetOf } from './relations.js';

const done = Promise.resolve();

/** The most rows that a load on one record asks for besides it. */
const GROUP_LIMIT = 1_000;

/** Loads paths for a set, or for the prefetch group of one record: at most one query a hop. */
export function loadPaths(records: RecordState, paths: readonly string[]): Promise<void> {
  const runtime = records[RUNTIME];
  runtime.work.check();
  return loadRows(runtime, loadTree(records[MODEL], paths), loadingRows(records, GROUP_LIMIT));
}

/** Loads a tree for rows. Relations that do not wait for each other travel in one round trip. */
export function loadRows(runtime: ModelRuntime, tree: LoadTree, given: readonly Row[]): Promise<void> {
  const rows = given.some(isMissing) ? given.filter((row) => !isMissing(row)) : given;
  if (rows.length === 0) return done;
  const isFlat = tree.relations.size === 0 && tree.batches.size === 0;
  return isFlat ? loadColumns(runtime, tree, rows) : loadGraph(runtime, tree, rows);
}

async function loadGraph(runtime: ModelRuntime, tree: LoadTree, rows: readonly Row[]): Promise<void> {
  const lists: Promise<void>[] = [];
  for (const [field, next] of tree.relations) {
    if (field.store || tree.model.computationOf.has(field)) continue;
    lists.push(loadList(runtime, { field, rows, next }));
  }
  const columns = loadColumns(runtime, tree, rows).then(() => followMany2ones(runtime, tree, rows));
  await Promise.all([columns, ...lists]);
  for (const computation of tree.batches) await runtime.work.atTurn(() => runBatch(runtime, computation, rows));
  await followComputed(runtime, tree, rows);
}

function loadColumns(runtime: ModelRuntime, tree: LoadTree, rows: readonly Row[]): Promise<void> {
  if (tree.columns.size === 0) return done;
  const { work } = runtime;
  if (work.touched.isEmpty && work.queue.isEmpty) return fetchColumns(runtime, tree, rows);
  return computeFirst(runtime, tree, rows);
}

async function computeFirst(runtime: ModelRuntime, tree: LoadTree, rows: readonly Row[]): Promise<void> {
  const { work } = runtime;
  const { model, columns } = tree;
  if (!work.touched.isEmpty) await work.settleTouched();
  if (!work.queue.isEmpty) await computeWaiting(runtime, model.computationOf, { columns, rows });
  await fetchColumns(runtime, tree, rows);
}

/** What lacks any eager column is fetched with all of them; each lazy one is fetched for itself. */
function fetchColumns(runtime: ModelRuntime, { model, columns }: LoadTree, rows: readonly Row[]): Promise<void> {
  const { loads } = runtime.work;
  const eager: number[] = [];
  const fetches: Promise<void>[] = [];
  for (const field of columns) {
    if (!field.lazy) {
      eager.push(field.slot);
      continue;
    }
    const lacking = rows.filter((row) => row[field.slot] === undefined);
    if (lacking.length > 0) fetches.push(loads.columns(runtime, model, { rows: lacking, lazy: field }));
  }
  const lacking = rows.filter((row) => lacksAny(row, eager));
  if (lacking.length > 0) fetches.push(loads.columns(runtime, model, { rows: lacking, lazy: null }));
  return allOf(fetches);
}

function lacksAny(row: Row, slots: readonly number[]): boolean {
  for (let index = 0; index < slots.length; index++) if (row[slots[index]!] === undefined) return true;
  return false;
}

function isMissing(row: Row): boolean {
  return hasFlag(row, RowFlag.missing);
}

/** Waits for all of them; mostly there is one. */
function allOf(works: readonly Promise<void>[]): Promise<void> {
  if (works.length === 0) return done;
  return works.length === 1 ? works[0]! : Promise.all(works).then(() => undefined);
}

/** Stored fields that wait are computed rather than loaded: the database has the old value. */
async function computeWaiting(
  runtime: ModelRuntime,
  computationOf: ReadonlyMap<Field, Computation>,
  wanted: { readonly columns: ReadonlySet<Field>; readonly rows: readonly Row[] },
): Promise<void> {
  const { work } = runtime;
  for (const field of wanted.columns) {
    const computation = computationOf.get(field);
    if (computation === undefined) continue;
    const waiting = wanted.rows.filter((row) => work.queue.has(computation, row));
    if (waiting.length > 0) await work.recompute(computation, waiting);
  }
}

function followMany2ones(runtime: ModelRuntime, tree: LoadTree, rows: readonly Row[]): Promise<void> {
  const loads: Promise<void>[] = [];
  for (const [field, next] of tree.relations) {
    if (field.kind !== 'many2one' || !field.store) continue;
    const targets = many2oneRows(field, rows, runtime);
    if (targets.length > 0) loads.push(loadRows(runtime, next, targets));
  }
  return allOf(loads);
}

interface ListLoad {
  readonly field: Field;
  readonly rows: readonly Row[];
  readonly next: LoadTree;
}

async function loadList(runtime: ModelRuntime, { field, rows, next }: ListLoad): Promise<void> {
  const lacking = rows.filter((row) => readCell(row[field.slot], runtime.view) === undefined);
  if (lacking.length > 0) await runtime.work.loads.list(runtime, field, lacking);
  const members = new Set<Row>();
  for (const row of rows) {
    const list = readCell(row[field.slot], runtime.view) as readonly Row[] | undefined;
    if (list !== undefined) for (const member of list) members.add(member);
  }
  if (members.size > 0) await loadRows(runtime, next, [...members]);
}

/** Runs a batch method for those rows that have no value yet in the reader's view. */
async function runBatch(runtime: ModelRuntime, computation: Computation, rows: readonly Row[]): Promise<void> {
  const { model, fields } = computation;
  const { work, view } = runtime;
  const lacking = rows.filter((row) => fields.some((field) => readCell(row[field.slot], view) === undefined));
  if (lacking.length === 0) return;
  const records = setFor(model, lacking, { runtime }) as unknown as Record<string, () => unknown>;
  await work.computing.runBatch(computation, async () => {
    await records[computation.method!]!();
  });
  for (const row of lacking) {
    for (const field of fields) {
      if (readCell(row[field.slot], view) === undefined)
        work.cache.set(model, row, field.slot, withCell(row[field.slot], view, null));
    }
  }
}

/** Goes on behind computed relations, whose records are known only now. */
async function followComputed(runtime: ModelRuntime, tree: LoadTree, rows: readonly Row[]): Promise<void> {
  for (const [field, next] of tree.relations) {
    if (field.store || !tree.model.computationOf.has(field)) continue;
    const targets = new Set<Row>();
    for (const row of rows) {
      const record = singleFor(tree.model, row, runtime) as RecordState & Readonly<Record<string, unknown>>;
      const value = record[field.name];
      if (isRecordState(value)) for (const target of rowsOf(value)) targets.add(target);
    }
    if (targets.size > 0 && targetOf(field) === next.model) await loadRows(runtime, next, [...targets]);
  }
}
