import type { Row } from '../cache/row.js';
import { cellsOf, mapCells } from '../cache/view.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from './composed-model.js';
import { changeCells } from './list-changes.js';
import type { ModelRuntime, Work } from './model-runtime.js';
import { targetOf } from './relations.js';

/** A many2one that goes from one id to another; null: none, undefined: not known. */
export interface Move {
  readonly row: Row;
  readonly before: unknown;
  readonly value: unknown;
}

/** Keeps the loaded lists of the other side in step with a many2one that changes. */
export function mirror({ work }: ModelRuntime, model: ComposedModel, field: Field, moves: readonly Move[]): void {
  const lists = model.mirrors.get(field);
  if (lists === undefined) return;
  const left = membersByOwner(moves, 'before');
  const joined = membersByOwner(moves, 'value');
  const target = targetOf(field);
  for (const [owners, change] of [
    [left, 'remove'],
    [joined, 'add'],
  ] as const) {
    for (const [id, members] of owners) {
      const owner = work.cache.find(target, id);
      if (owner === undefined) continue;
      for (const list of lists) changeCells(work, target, { row: owner, field: list, members, change });
    }
  }
  // Where they go is not known, so that they leave these lists is not certain either.
  for (const id of membersByOwner(
    moves.filter(({ value }) => value === undefined),
    'before',
  ).keys()) {
    const owner = work.cache.find(target, id);
    if (owner !== undefined) for (const list of lists) forgetLists(work, target, { row: owner, field: list });
  }
}

/** Forgets a list in the views that skip archived records, or in all. */
function forgetLists(
  work: Work,
  model: ComposedModel,
  { row, field, activeOnly = false }: { readonly row: Row; readonly field: Field; readonly activeOnly?: boolean },
): void {
  const cell = row[field.slot];
  if (cell === undefined) return;
  const kept = mapCells(cell, (list, view) => (activeOnly && !view.activeTest ? list : undefined));
  if (kept !== cell) work.cache.set(model, row, field.slot, kept);
}

function membersByOwner(moves: readonly Move[], side: 'before' | 'value'): Map<number, Row[]> {
  const owners = new Map<number, Row[]>();
  for (const move of moves) {
    const id = move[side];
    if (typeof id !== 'number') continue;
    const members = owners.get(id);
    if (members === undefined) owners.set(id, [move.row]);
    else members.push(move.row);
  }
  return owners;
}

/** An archived record leaves the loaded lists that skip archived ones; one that comes back joins them. */
export function followActive({ work }: ModelRuntime, model: ComposedModel, row: Row): void {
  const active = row[model.fields.get(model.activeField!)!.slot];
  for (const [field, lists] of model.mirrors) {
    const id = row[field.slot];
    const target = targetOf(field);
    const owner = typeof id === 'number' ? work.cache.find(target, id) : undefined;
    if (owner === undefined) continue;
    for (const list of lists) followInList(work, target, { row: owner, field: list, member: row, active });
  }
  for (const field of model.referrers) {
    if (field.kind !== 'many2many') continue;
    const source = work.models.get(field.model);
    for (const holder of work.cache.rowsOf(source)) {
      // Which lists a record that comes back belongs in only the database knows.
      const isKnown = active !== true || holdsEverywhere(holder[field.slot], row);
      followInList(work, source, { row: holder, field, member: row, active: isKnown ? active : undefined });
    }
  }
}

interface ActiveChange {
  readonly row: Row;
  readonly field: Field;
  readonly member: Row;
  /** undefined: not known. */
  readonly active: unknown;
}

function followInList(work: Work, model: ComposedModel, { row, field, member, active }: ActiveChange): void {
  if (active === undefined) forgetLists(work, model, { row, field, activeOnly: true });
  else {
    const change = active === true ? 'add' : 'remove';
    changeCells(work, model, { row, field, members: [member], change, activeOnly: true });
  }
}

/** Whether all views' lists have the record, those aside that show archived ones. */
function holdsEverywhere(cell: unknown, member: Row): boolean {
  for (const { view, value } of cellsOf(cell)) {
    if (view.activeTest && !(value as readonly Row[]).includes(member)) return false;
  }
  return true;
}
