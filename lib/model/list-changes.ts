import { rowId, type Row } from '../cache/row.js';
import { mapCells, readCell } from '../cache/view.js';
import { ValidationError } from '../errors/business-errors.js';
import type { Field } from '../fields/field.js';
import { parseRelationChanges, type RelationChanges } from '../fields/relation-changes.js';
import type { ComposedModel } from './composed-model.js';
import type { ModelRuntime, Work } from './model-runtime.js';
import { setFor, rowsOf, type RecordState } from './record-state.js';
import { inverseOf, linkTableOf, otherSidesOf, targetOf } from './relations.js';
import { touch } from './touch.js';

/** A recordset as model code calls it: overrides of any module run. */
interface CallableSet {
  write(values: Record<string, unknown>): Promise<void>;
  unlink(): Promise<void>;
  create(values: readonly Record<string, unknown>[]): Promise<RecordState>;
}

/** What a list will hold after a change, as far as that can be said before it is written. */
export function previewList(
  runtime: ModelRuntime,
  field: Field,
  { value, list }: { readonly value: unknown; readonly list: readonly Row[] | undefined },
): readonly Row[] | undefined {
  const changes = parseRelationChanges(field, value);
  const target = targetOf(field);
  const { cache } = runtime.work;
  if (changes.set !== null) return changes.set.map((id) => cache.row(target, id));
  if (list === undefined) return undefined;
  const gone = new Set([...changes.remove, ...changes.delete]);
  const kept = list.filter((row) => !gone.has(rowId(row)));
  return [...kept, ...changes.add.map((id) => cache.row(target, id)).filter((row) => !kept.includes(row))];
}

/** Carries out the changes of one x2many on some rows: deletes first, creates last. */
export async function writeLists(
  runtime: ModelRuntime,
  field: Field,
  entries: readonly (readonly [Row, unknown])[],
): Promise<void> {
  const parsed = entries.map(([row, value]) => [row, parseRelationChanges(field, value)] as const);
  const unread = parsed.filter(
    ([row, { set }]) => set !== null && readCell(row[field.slot], runtime.view) === undefined,
  );
  if (unread.length > 0)
    await runtime.work.loads.list(
      runtime,
      field,
      unread.map(([row]) => row),
    );
  const changes = parsed.map(([row, change]) => [row, withoutSet(runtime, field, { row, change })] as const);
  const target = targetOf(field);
  const gone = changes.flatMap(([, change]) => change.delete);
  if (gone.length > 0) await called(runtime, target, gone).unlink();
  for (const [, change] of changes) {
    for (const [id, values] of change.update) await called(runtime, target, [id]).write({ ...values });
  }
  if (field.kind === 'one2many') await writeLines(runtime, field, changes);
  else await writeLinks(runtime, field, changes);
}

type Change = Omit<RelationChanges, 'set'>;

/** `set` is the difference to what the reader sees: what it does not see is not removed. */
function withoutSet(
  runtime: ModelRuntime,
  field: Field,
  { row, change }: { readonly row: Row; readonly change: RelationChanges },
): Change {
  if (change.set === null) return change;
  const wanted = new Set(change.set);
  const current = ((readCell(row[field.slot], runtime.view) as readonly Row[] | undefined) ?? []).map(rowId);
  const held = new Set(current);
  return { ...change, remove: current.filter((id) => !wanted.has(id)), add: [...wanted].filter((id) => !held.has(id)) };
}

async function writeLines(
  runtime: ModelRuntime,
  field: Field,
  changes: readonly (readonly [Row, Change])[],
): Promise<void> {
  const target = targetOf(field);
  const inverse = inverseOf(field);
  const removed = changes.flatMap(([, change]) => change.remove);
  if (removed.length > 0) {
    if (inverse.onDelete === 'cascade') await called(runtime, target, removed).unlink();
    else if (inverse.required) throw cannotRemove(field, inverse, removed);
    else await called(runtime, target, removed).write({ [inverse.name]: null });
  }
  for (const [row, { add }] of changes) {
    if (add.length > 0) await called(runtime, target, add).write({ [inverse.name]: rowId(row) });
  }
  const created = changes.flatMap(([row, { create }]) =>
    create.map((values) => ({ ...values, [inverse.name]: rowId(row) })),
  );
  if (created.length > 0) await called(runtime, target, []).create(created);
}

function cannotRemove(field: Field, inverse: Field, ids: readonly number[]): ValidationError {
  return new ValidationError(
    `Records cannot be taken out of ${field.model}.${field.name}: ${inverse.model}.${inverse.name} is required.`,
    {
      model: field.model,
      field: field.name,
      ids,
      hint: 'Use { delete: [ids] } to delete them, or add them elsewhere.',
    },
  );
}

async function writeLinks(
  runtime: ModelRuntime,
  field: Field,
  changes: readonly (readonly [Row, Change])[],
): Promise<void> {
  const target = targetOf(field);
  const { cache } = runtime.work;
  for (const [row, { remove, add, create }] of changes) {
    const created =
      create.length === 0
        ? []
        : rowsOf(await called(runtime, target, []).create(create.map((values) => ({ ...values }))));
    const added = [...add.map((id) => cache.row(target, id)), ...created];
    changeLinks(runtime.work, field, { row, added, removed: remove.map((id) => cache.row(target, id)) });
  }
}

/** Links and unlinks: the pairs for the database, and the loaded lists of both sides. */
function changeLinks(
  work: Work,
  field: Field,
  { row, added, removed }: { readonly row: Row; readonly added: readonly Row[]; readonly removed: readonly Row[] },
): void {
  if (added.length === 0 && removed.length === 0) return;
  const model = work.models.get(field.model);
  const target = targetOf(field);
  const link = linkTableOf(field);
  const others = otherSidesOf(field);
  touchLinks(work, field, { row, others, members: [...removed, ...added] });
  for (const [members, change] of [
    [removed, 'remove'],
    [added, 'add'],
  ] as const) {
    for (const member of members) {
      const pair = link.ownFirst ? ([rowId(row), rowId(member)] as const) : ([rowId(member), rowId(row)] as const);
      work.links.change(link, pair, change);
      for (const other of others) changeCells(work, target, { row: member, field: other, members: [row], change });
    }
    changeCells(work, model, { row, field, members, change });
  }
  touchLinks(work, field, { row, others, members: [...removed, ...added] });
}

function touchLinks(
  work: Work,
  field: Field,
  { row, others, members }: { readonly row: Row; readonly others: readonly Field[]; readonly members: readonly Row[] },
): void {
  touch(work, field, [row]);
  for (const other of others) touch(work, other, members);
}

interface CellChange {
  readonly row: Row;
  readonly field: Field;
  readonly members: readonly Row[];
  readonly change: 'add' | 'remove';
  /** Only lists that skip archived records change. */
  readonly activeOnly?: boolean;
}

/** Changes a loaded list in every view; new members come last, and a list that is not loaded stays so. */
export function changeCells(
  work: Work,
  model: ComposedModel,
  { row, field, members, change, activeOnly = false }: CellChange,
): void {
  const cell = row[field.slot];
  if (cell === undefined || members.length === 0) return;
  const apply = (before: unknown): unknown =>
    mapCells(before, (value, view) => {
      const list = value as readonly Row[];
      if (activeOnly && !view.activeTest) return list;
      if (change === 'remove') return without(list, members);
      return joinedBy(list, view.activeTest ? members.filter((member) => !isArchived(field, member)) : members);
    });
  const changed = apply(cell);
  if (changed !== cell) work.cache.set(model, row, field.slot, changed);
  // Under a staged list lies the one that the flush puts back.
  if (!work.staged.isEmpty) work.staged.rebase(row, field.slot, apply);
}

/** The list itself if it has none of the members. */
function without(list: readonly Row[], members: readonly Row[]): readonly Row[] {
  const [only] = members;
  // Assignments in a loop come one by one, where a set of the whole list would cost more than looking through it.
  if (only !== undefined && members.length === 1)
    return list.includes(only) ? list.filter((row) => row !== only) : list;
  const gone = new Set(members);
  const kept = list.filter((row) => !gone.has(row));
  return kept.length === list.length ? list : kept;
}

function joinedBy(list: readonly Row[], members: readonly Row[]): readonly Row[] {
  const [only] = members;
  if (only !== undefined && members.length === 1) return list.includes(only) ? list : [...list, only];
  const all = new Set(list);
  for (const member of members) all.add(member);
  return all.size === list.length ? list : [...all];
}

function isArchived(field: Field, member: Row): boolean {
  const target = targetOf(field);
  const active = target.activeField === null ? undefined : target.fields.get(target.activeField);
  return active !== undefined && (member[active.slot] === false || member[active.slot] === null);
}

function called(runtime: ModelRuntime, model: ComposedModel, ids: readonly number[]): CallableSet {
  const rows = ids.map((id) => runtime.work.cache.row(model, id));
  return setFor(model, rows, { runtime }) as unknown as CallableSet;
}
