import type { Row } from '../cache/row.js';
import { mapCells } from '../cache/view.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from './composed-model.js';
import { changeCells } from './list-changes.js';
import type { ModelRuntime, Work } from './model-runtime.js';
import { targetOf } from './relations.js';

/** Keeps the loaded lists of the other side in step with a many2one that changes. */
export function mirror(
  runtime: ModelRuntime,
  model: ComposedModel,
  { field, row, value }: { readonly field: Field; readonly row: Row; readonly value: unknown },
): void {
  const lists = model.mirrors.get(field);
  if (lists === undefined) return;
  const { work } = runtime;
  const target = targetOf(field);
  for (const list of lists) {
    const before = row[field.slot];
    const left = typeof before === 'number' ? work.cache.find(target, before) : undefined;
    const joined = typeof value === 'number' ? work.cache.find(target, value) : undefined;
    if (left !== undefined) changeCells(work, target, { row: left, field: list, member: row, change: 'remove' });
    if (joined !== undefined) changeCells(work, target, { row: joined, field: list, member: row, change: 'add' });
  }
}

/** An archived record leaves the loaded lists that skip archived ones; one that comes back joins them. */
export function followActive({ work }: ModelRuntime, model: ComposedModel, row: Row): void {
  const change = row[model.fields.get(model.activeField!)!.slot] === true ? 'add' : 'remove';
  for (const [field, lists] of model.mirrors) {
    const id = row[field.slot];
    const owner = typeof id === 'number' ? work.cache.find(targetOf(field), id) : undefined;
    if (owner === undefined) continue;
    for (const list of lists) {
      changeCells(work, targetOf(field), { row: owner, field: list, member: row, change, activeOnly: true });
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
    if (change === 'remove') changeCells(work, source, { row, field, member, change, activeOnly: true });
    else {
      const kept = mapCells(cell, (list, view) =>
        view.activeTest && !(list as readonly Row[]).includes(member) ? undefined : list,
      );
      if (kept !== cell) work.cache.set(source, row, field.slot, kept);
    }
  }
}
