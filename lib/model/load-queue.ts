import { rowId, type Row } from '../cache/row.js';
import { readCell, withCell } from '../cache/view.js';
import { withActiveFilter } from '../domain/active-filter.js';
import { allRecords } from '../domain/domain.js';
import { runningUnit } from '../cursor/running-unit.js';
import { orderToSql } from '../domain/order-to-sql.js';
import { domainToSql } from '../domain/to-sql.js';
import type { Field } from '../fields/field.js';
import { identifier, joinSql, rawSql, sql, type Sql } from '../sql/sql.js';
import type { ComposedModel } from './composed-model.js';
import { FETCH_ALIAS, fetchPlan } from './fetch-plan.js';
import { modelCache } from './model-cache.js';
import type { Loads, ModelRuntime, Work } from './model-runtime.js';
import { inverseOf, many2manyOf, targetOf } from './relations.js';
import { takeInLists, takeInRows } from './take-in.js';

/** Lists that change while they are loaded are loaded again, so often before an answer is taken as it is. */
const MAX_LOADS = 5;

/** Loads that become one query. */
interface Batch {
  readonly runtime: ModelRuntime;
  readonly subject: unknown;
  readonly savepoint: object | null;
  readonly rows: Set<Row>;
  readonly done: Promise<void>;
  /** Once the query is under way a batch takes no more rows, but who wants the same ones waits for it. */
  open: boolean;
}

/**
 * Loads asked for in one tick become one query a model (or list) and environment; who asks for rows that are on their
 * way waits for those. Loads of different savepoints never mix.
 */
export class LoadQueue implements Loads {
  readonly #batches = new Set<Batch>();

  get isEmpty(): boolean {
    return this.#batches.size === 0;
  }

  /** Loads the eager columns of rows, or one lazy column. */
  columns(
    runtime: ModelRuntime,
    model: ComposedModel,
    wanted: { readonly rows: readonly Row[]; readonly lazy: Field | null },
  ): Promise<void> {
    const { rows, lazy } = wanted;
    return this.#join({ runtime, subject: lazy ?? model, rows }, (batch) =>
      loadColumns(runtime, model, { rows: batch, lazy }),
    );
  }

  /** Loads the lists of an x2many with the eager columns of their members. */
  async list(runtime: ModelRuntime, field: Field, rows: readonly Row[]): Promise<void> {
    const { work, view } = runtime;
    let lacking = rows;
    for (let load = 1; lacking.length > 0; load++) {
      // Before joining: a flush may load the same lists, and must not wait for those who wait for it.
      if (!work.isQuiet) await work.flushAffected(() => listInputs(field, targetOf(field)));
      const isLast = load >= MAX_LOADS;
      await this.#join({ runtime, subject: field, rows: lacking }, (batch) =>
        loadLists(runtime, field, { rows: batch, isLast }),
      );
      lacking = lacking.filter((row) => readCell(row[field.slot], view) === undefined);
    }
  }

  #join(
    { runtime, subject, rows }: Pick<Batch, 'runtime' | 'subject'> & { readonly rows: readonly Row[] },
    run: (rows: readonly Row[]) => Promise<void>,
  ): Promise<void> {
    const savepoint = runningUnit.getStore()?.savepoint ?? null;
    if (this.#batches.size === 0) return this.#start({ runtime, subject, savepoint, rows: new Set(rows) }, run);
    const waits: Promise<void>[] = [];
    let missing = rows;
    let open: Batch | undefined;
    for (const batch of this.#batches) {
      if (batch.runtime !== runtime || batch.subject !== subject || batch.savepoint !== savepoint) continue;
      const before = missing.length;
      missing = missing.filter((row) => !batch.rows.has(row));
      if (missing.length < before) waits.push(batch.done);
      if (batch.open) open = batch;
    }
    if (missing.length > 0) {
      if (open === undefined) waits.push(this.#start({ runtime, subject, savepoint, rows: new Set(missing) }, run));
      else {
        for (const row of missing) open.rows.add(row);
        waits.push(open.done);
      }
    }
    return waits.length === 1 ? waits[0]! : Promise.all(waits).then(() => undefined);
  }

  #start(parts: Omit<Batch, 'done' | 'open'>, run: (rows: readonly Row[]) => Promise<void>): Promise<void> {
    let begin!: () => void;
    const begun = new Promise<void>((resolve) => (begin = resolve));
    const batch: Batch = {
      ...parts,
      open: true,
      done: begun.then(async () => {
        batch.open = false;
        try {
          await run([...batch.rows]);
        } finally {
          this.#batches.delete(batch);
        }
      }),
    };
    this.#batches.add(batch);
    // One turn of the microtask queue: siblings that were started together have joined by then.
    queueMicrotask(begin);
    return batch.done;
  }
}

async function loadColumns(
  runtime: ModelRuntime,
  model: ComposedModel,
  wanted: { readonly rows: readonly Row[]; readonly lazy: Field | null },
): Promise<void> {
  const { work } = runtime;
  const { plan, text } = selects(model, wanted.lazy, makeSelect);
  const result = await work.send({ text, values: [wanted.rows.map(rowId)], columns: plan.parsers, origin: 'read' });
  const found = takeInRows(work, model, { plan, rows: result.rows as Row[] });
  if (found.length === wanted.rows.length) return;
  const known = new Set(found);
  for (const row of wanted.rows) if (!known.has(row)) work.cache.markMissing(model, row);
}

interface SelectByIds {
  readonly plan: ComposedModel['fetch'];
  readonly text: string;
}

/** The eager columns together, and each lazy one: a model has no more than that. */
const selects = modelCache<Field | null, SelectByIds>(Infinity);

/** The statement that fetches the eager columns, or one lazy column, of given ids. */
function makeSelect(model: ComposedModel, lazy: Field | null): SelectByIds {
  const plan = lazy === null ? model.fetch : fetchPlan(model.width, [lazy]);
  const { text } =
    sql`SELECT ${rawSql(plan.columns)} FROM ${identifier(model.table)} AS ${identifier(FETCH_ALIAS)} WHERE ${identifier(FETCH_ALIAS, 'id')} = ANY(${[]}::int8[])`;
  return { plan, text };
}

/** Sets the lists, unless something moved that the answer does not have: the caller then tries again. */
async function loadLists(
  runtime: ModelRuntime,
  field: Field,
  { rows, isLast }: { readonly rows: readonly Row[]; readonly isLast: boolean },
): Promise<void> {
  const { work, view } = runtime;
  const model = work.models.get(field.model);
  // Others may have gone on between the caller's flush and this.
  if (!isLast && work.concerns(listInputs(field, targetOf(field)))) return;
  const before = changesBehind(work, field);
  const lists = await fetchLists(runtime, field, rows);
  if (changesBehind(work, field) !== before && !isLast) return;
  for (const row of rows) {
    if (readCell(row[field.slot], view) !== undefined) continue;
    work.cache.set(model, row, field.slot, withCell(row[field.slot], view, lists.get(rowId(row)) ?? []));
  }
}

/** Another number after each change of what decides who is in the lists. */
function changesBehind(work: Work, field: Field): number {
  const target = targetOf(field);
  const active = target.activeField === null ? undefined : target.fields.get(target.activeField);
  const archived = active === undefined ? 0 : work.cache.changesOf(target, active.slot);
  const members = field.kind === 'many2many' ? work.links.changes : work.cache.changesOf(target, inverseOf(field).slot);
  return archived + members;
}

/** One query; gives each list by the id of its owner. */
async function fetchLists(runtime: ModelRuntime, field: Field, rows: readonly Row[]): Promise<Map<number, Row[]>> {
  const { work } = runtime;
  const { plan, ownerSlot, statement } =
    field.kind === 'one2many' ? linesOf(runtime, field, rows) : linkedOf(runtime, field, rows);
  const result = await work.send({
    text: statement.text,
    values: statement.values,
    columns: plan.parsers,
    origin: 'read',
  });
  return takeInLists(work, targetOf(field), { plan, rows: result.rows as Row[], ownerSlot });
}

/** Fields that decide who is in a list and in which order. */
function listInputs(field: Field, target: ComposedModel): Field[] {
  const inputs = [field];
  if (field.kind === 'one2many') inputs.push(inverseOf(field));
  const active = target.activeField === null ? undefined : target.fields.get(target.activeField);
  if (active !== undefined) inputs.push(active);
  for (const { field: name } of target.order) {
    const ordered = target.fields.get(name);
    if (ordered !== undefined) inputs.push(ordered);
  }
  return inputs;
}

interface ListQuery {
  readonly plan: ComposedModel['fetch'];
  readonly ownerSlot: number;
  readonly statement: Sql;
}

function linesOf(runtime: ModelRuntime, field: Field, rows: readonly Row[]): ListQuery {
  const target = targetOf(field);
  const inverse = inverseOf(field);
  const from = sql`${identifier(target.table)} AS ${identifier(FETCH_ALIAS)}`;
  const owner = sql`${identifier(FETCH_ALIAS, inverse.column!)} = ANY(${rows.map(rowId)}::int8[])`;
  return {
    plan: target.fetch,
    ownerSlot: inverse.slot,
    statement: listStatement(runtime, { target, plan: target.fetch, from, owner }),
  };
}

function linkedOf(runtime: ModelRuntime, field: Field, rows: readonly Row[]): ListQuery {
  const target = targetOf(field);
  const { table, ownColumn, targetColumn } = many2manyOf(field);
  const plan = fetchPlan(
    target.width,
    target.stored.filter((column) => !column.lazy),
    identifier('l', ownColumn).text,
  );
  const from = sql`${identifier(table)} AS "l" JOIN ${identifier(target.table)} AS ${identifier(FETCH_ALIAS)} ON ${identifier(FETCH_ALIAS, 'id')} = ${identifier('l', targetColumn)}`;
  const owner = sql`${identifier('l', ownColumn)} = ANY(${rows.map(rowId)}::int8[])`;
  // The owner's id travels in the record slot, see `fetchPlan`.
  return { plan, ownerSlot: 1, statement: listStatement(runtime, { target, plan, from, owner }) };
}

interface ListParts {
  readonly target: ComposedModel;
  readonly plan: ComposedModel['fetch'];
  readonly from: Sql;
  readonly owner: Sql;
}

function listStatement(runtime: ModelRuntime, { target, plan, from, owner }: ListParts): Sql {
  const { activeTest } = runtime.view;
  const visible = withActiveFilter(allRecords, target, activeTest);
  const where = domainToSql(visible, target, { alias: FETCH_ALIAS, activeTest });
  const { joins, orderBy } = orderToSql(target.order, target, FETCH_ALIAS);
  return sql`SELECT ${rawSql(plan.columns)} FROM ${from} ${joinSql(joins, ' ')} WHERE ${owner} AND ${where} ORDER BY ${joinSql(orderBy, ', ')}`;
}
