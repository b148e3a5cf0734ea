import { RECORD_SLOT, type Row } from '../cache/row.js';
import type { ComposedModel, FetchPlan } from './composed-model.js';
import { clearPlaceholders } from './fetch-plan.js';
import type { Work } from './model-runtime.js';

/** Takes fetched rows into the cache; gives the cached rows, in the same order. */
export function takeInRows(
  work: Work,
  model: ComposedModel,
  fetched: { readonly plan: FetchPlan; readonly rows: Row[] },
): Row[] {
  const { plan, rows } = fetched;
  const isStale = staleTest(work, model);
  // In place: the result's own array becomes the list of cached rows.
  for (let index = 0; index < rows.length; index++) {
    const row = rows[index]!;
    clearPlaceholders(plan, row);
    rows[index] = work.cache.takeIn(model, row, plan.filled, isStale);
  }
  return rows;
}

/** Takes in the rows of x2many lists; gives each list by the id of its owner. */
export function takeInLists(
  work: Work,
  model: ComposedModel,
  fetched: { readonly plan: FetchPlan; readonly rows: Row[]; readonly ownerSlot: number },
): Map<number, Row[]> {
  const { plan, rows, ownerSlot } = fetched;
  const isStale = staleTest(work, model);
  const lists = new Map<number, Row[]>();
  for (const row of rows) {
    // Read before the row is taken in: the cached row may hold a newer owner already.
    const owner = row[ownerSlot] as number;
    row[RECORD_SLOT] = undefined;
    clearPlaceholders(plan, row);
    const cached = work.cache.takeIn(model, row, plan.filled, isStale);
    const list = lists.get(owner);
    if (list === undefined) lists.set(owner, [cached]);
    else list.push(cached);
  }
  return lists;
}

/** Slots that wait for recomputation stay empty: the database holds the old value. */
function staleTest(work: Work, model: ComposedModel): ((row: Row, slot: number) => boolean) | null {
  if (work.queue.isEmpty) return null;
  return (row, slot) => {
    const field = model.fieldBySlot[slot];
    const computation = field === undefined ? undefined : model.computationOf.get(field);
    return computation !== undefined && work.queue.has(computation, row);
  };
}
