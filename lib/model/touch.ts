import { RowFlag, hasFlag, rowId, type Row } from '../cache/row.js';
import { cellsOf } from '../cache/view.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from './composed-model.js';
import { isComputation, type Computation, type Trigger } from './composed-model.js';
import type { SuspendedTrigger, Work } from './model-runtime.js';
import { inverseOf } from './relations.js';

/** Computations already marked for a row by one change, so that a recursive dependency ends. */
type Seen = Map<Computation, Set<Row>>;

/**
 * Marks all that depends on a field of some rows. It is called before a relation changes and again after, so that the
 * dependents of the old and of the new side are marked.
 *
 * What is cached is marked at once, and no reader gets a stale value. Dependents that only the database can name are
 * noted in `work.touched` and found at the next flush, if a stored field is among them.
 */
export function touch(work: Work, field: Field, rows: readonly Row[], seen: Seen = new Map()): void {
  const triggers = work.models.get(field.model).triggers.get(field);
  if (triggers === undefined) return;
  for (const trigger of triggers) {
    walkBack(work, trigger.places[trigger.back.length]!, { rows, isUncertain: false, seen });
  }
}

interface Walk {
  readonly rows: readonly Row[];
  /** Whether it is not known if these rows depend on the change: their values are forgotten, not computed anew. */
  readonly isUncertain: boolean;
  readonly seen: Seen;
}

/** Walks from changed rows back to the computed ones as far as the cache knows the way. */
export function walkBack(
  work: Work,
  { trigger, remaining }: SuspendedTrigger,
  { rows, isUncertain, seen }: Walk,
): void {
  if (rows.length === 0) return;
  if (remaining === 0) {
    reach(work, trigger, { rows, isUncertain, seen });
    return;
  }
  const relation = trigger.back[remaining - 1]!;
  const step = predecessors(work, relation, { rows, complete: trigger.reachesStored });
  const next = trigger.places[remaining - 1]!;
  if (step.askDatabase && trigger.reachesStored && !isUncertain) work.touched.add(trigger.places[remaining]!, rows);
  walkBack(work, next, { rows: step.known, isUncertain, seen });
  walkBack(work, next, { rows: step.unknown, isUncertain: true, seen });
}

function reach(work: Work, { effect }: Trigger, { rows, isUncertain, seen }: Walk): void {
  if (!isComputation(effect)) {
    if (!isUncertain) work.checks.add(effect, rows);
  } else if (isUncertain) forget(work, effect, rows);
  else markStale(work, effect, rows, seen);
}

interface Step {
  readonly known: Row[];
  /** Cached rows of which the cache does not know whether the relation leads to a changed row. */
  readonly unknown: Row[];
  /** Whether rows outside the cache may be concerned. */
  readonly askDatabase: boolean;
}

/** Rows whose relation leads to one of `rows`. */
function predecessors(
  work: Work,
  relation: Field,
  { rows, complete }: { readonly rows: readonly Row[]; readonly complete: boolean },
): Step {
  const model = work.models.get(relation.model);
  if (relation.kind === 'one2many') return ownersOfLines(work, relation, { rows, complete });
  if (relation.kind === 'many2one') {
    return { known: work.reverse.find(model, relation.slot, rows), unknown: [], askDatabase: true };
  }
  return { ...holdersOf(work, relation, rows), askDatabase: true };
}

/** A line names its owner itself, so the database is asked only where a line's own column is not loaded. */
function ownersOfLines(
  work: Work,
  relation: Field,
  { rows, complete }: { readonly rows: readonly Row[]; readonly complete: boolean },
): Step {
  const model = work.models.get(relation.model);
  const inverse = inverseOf(relation);
  const owners = new Set<Row>();
  let unloaded = false;
  for (const line of rows) {
    const id = line[inverse.slot];
    if (id === undefined) unloaded = unloaded || !hasFlag(line, RowFlag.missing);
    else if (id !== null) {
      const owner = complete ? work.cache.row(model, id as number) : work.cache.find(model, id as number);
      if (owner !== undefined) owners.add(owner);
    }
  }
  return { known: [...owners], unknown: unloaded ? [...work.cache.rowsOf(model)] : [], askDatabase: unloaded };
}

/** Rows of which a loaded list has one of the changed rows. */
function holdersOf(work: Work, relation: Field, rows: readonly Row[]): Pick<Step, 'known' | 'unknown'> {
  const model = work.models.get(relation.model);
  const ids = new Set(rows.map(rowId));
  const known: Row[] = [];
  const unknown: Row[] = [];
  for (const row of work.cache.rowsOf(model)) {
    const lists = listsOf(row[relation.slot]);
    if (lists.length === 0) unknown.push(row);
    else if (lists.some((list) => list.some((member) => ids.has(rowId(member))))) known.push(row);
  }
  return { known, unknown };
}

function listsOf(cell: unknown): (readonly Row[])[] {
  const lists: (readonly Row[])[] = [];
  for (const { value } of cellsOf(cell)) if (Array.isArray(value)) lists.push(value as readonly Row[]);
  return lists;
}

/** Marks rows for a computation, and all that depends on its fields in turn, whether they were stale before or not. */
export function markStale(work: Work, computation: Computation, rows: readonly Row[], seen: Seen = new Map()): void {
  let done = seen.get(computation);
  if (done === undefined) seen.set(computation, (done = new Set<Row>()));
  const fresh: Row[] = [];
  for (const row of rows) {
    if (done.has(row) || hasFlag(row, RowFlag.missing)) continue;
    done.add(row);
    fresh.push(row);
    if (computation.stored) markWaiting(work, computation, row);
    else for (const field of computation.fields) forgetSlot(work, computation.model, row, field);
  }
  if (fresh.length === 0) return;
  for (const field of computation.fields) touch(work, field, fresh, seen);
}

function markWaiting(work: Work, computation: Computation, row: Row): void {
  const { model, fields } = computation;
  const before = fields.map((field) => {
    if (!work.dirty.has(model, row, field.slot)) return row[field.slot];
    // Computed, not written, and wrong again: there is nothing to write, and what the database holds is not known.
    work.dirty.unmark(model, row, field.slot);
    return undefined;
  });
  work.queue.add(computation, row, before);
  for (const field of fields) forgetSlot(work, model, row, field);
}

/** Forgets what may have become wrong, without knowing that it did: a stored value is loaded anew, another computed. */
function forget(work: Work, computation: Computation, rows: readonly Row[]): void {
  for (const row of rows) {
    for (const field of computation.fields) {
      if (!work.dirty.has(computation.model, row, field.slot)) forgetSlot(work, computation.model, row, field);
    }
  }
}

function forgetSlot(work: Work, model: ComposedModel, row: Row, field: Field): void {
  if (row[field.slot] !== undefined) work.cache.set(model, row, field.slot, undefined);
}
