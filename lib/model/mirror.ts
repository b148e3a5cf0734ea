import type { Row } from '../cache/row.js';
import { mapCells } from '../cache/view.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from './composed-model.js';
import { changeCells } from './list-changes.js';
import type { ModelRuntime, Work } from './model-runtime.js';
import { targetOf } from './relations.js';

/** A many2one that goes from one id to another; null or undefined: none. */
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
  const change = row[model.fields.get(model.activeField!)!.slot] === true ? 'add' : 'remove';
  for (const [field, lists] of model.mirrors) {
    const id = row[field.slot];
    const owner = typeof id === 'number' ? work.cache.find(targetOf(field), id) : undefined;
    if (owner === undefined) continue;
    for (const list of lists) {
      changeCells(work, targetOf(field), { row: owner, field: list, members: [row], change, activeOnly: true });
    }
  }
  for (const field of model.referrers) {
    if (field.kind === 'many2many') followActiveLinks(work, field, { member: row, change });
  }
}

/** Which lists a record that comes back belongs in only the database knows: those that skipped it are forgotten. */
function followActiveLinks(
  work: Work,
  field: Field,
  { member, change }: { readonly member: Row; readonly change: 'add' | 'remove' },
): void {
  const source = work.models.get(field.model);
  for (const row of work.cache.rowsOf(source)) {
    const cell = row[field.slot];
    if (cell === undefined) continue;
    if (change === 'remove') changeCells(work, source, { row, field, members: [member], change, activeOnly: true });
    else {
      const kept = mapCells(cell, (list, view) =>
        view.activeTest && !(list as readonly Row[]).includes(member) ? undefined : list,
      );
      if (kept !== cell) work.cache.set(source, row, field.slot, kept);
    }
  }
}
