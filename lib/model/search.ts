import type { Row } from '../cache/row.js';
import { withActiveFilter } from '../domain/active-filter.js';
import { isNever, type Domain } from '../domain/domain.js';
import { fieldsOf, fieldsOfOrder } from '../domain/fields-of.js';
import type { OrderTerm } from '../domain/field-resolver.js';
import { parseWrittenOrder } from '../domain/order.js';
import { orderToSql } from '../domain/order-to-sql.js';
import { parseWrittenDomain } from '../domain/parse.js';
import { domainToSql } from '../domain/to-sql.js';
import { UsageError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import { identifier, joinSql, rawSql, sql, type Sql } from '../sql/sql.js';
import type { ComposedModel } from './composed-model.js';
import { FETCH_ALIAS } from './fetch-plan.js';
import { loadPaths } from './load.js';
import type { ModelRuntime } from './model-runtime.js';
import { MODEL, RUNTIME, setFor, type RecordState } from './record-state.js';
import { targetOf } from './relations.js';
import { shapeOf, type SearchPlan, type SearchShape } from './search-plans.js';
import { takeInRows } from './take-in.js';

export interface SearchSettings {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly order?: string | readonly OrderTerm[] | undefined;
  readonly load?: readonly string[] | undefined;
}

/** Domain, order and page → one statement that brings the records with all their eager columns. */
export async function searchRecords(
  records: RecordState,
  written: unknown,
  settings: SearchSettings = {},
): Promise<RecordState> {
  const model = records[MODEL];
  const runtime = records[RUNTIME];
  const { work } = runtime;
  work.check();
  const search = prepareSearch(runtime, model, { written, settings });
  if (search === null) return setFor(model, [], { runtime });
  if (!work.isQuiet) await work.flushAffected(search.inputs);
  const { text, values } = search;
  const result = await work.send({ text, values, columns: model.fetch.parsers, origin: 'read' });
  const rows = takeInRows(work, model, { plan: model.fetch, rows: result.rows as Row[] });
  const found = setFor(model, rows, { runtime });
  const { load } = settings;
  if (load !== undefined && load.length > 0 && rows.length > 0) await loadPaths(found, load);
  return found;
}

interface PreparedSearch {
  readonly text: string;
  readonly values: readonly unknown[];
  readonly inputs: () => readonly Field[];
}

interface WrittenSearch {
  readonly written: unknown;
  readonly settings: SearchSettings;
}

/** The statement of a search, compiled or from an earlier one of the same shape; null: it can find nothing. */
function prepareSearch(runtime: ModelRuntime, model: ComposedModel, search: WrittenSearch): PreparedSearch | null {
  const page = pageOf(model, search.settings);
  const shape = shapeOf(search.written);
  if (shape === null) return compileSearch(runtime, model, search)?.prepared ?? null;
  const { order } = search.settings;
  const paging = (page.limit === undefined ? 0 : 1) + (page.offset > 0 ? 2 : 0);
  const key = `${model.index}${runtime.view.activeTest ? 'a' : ''}${paging}${typeof order === 'object' ? JSON.stringify(order) : (order ?? '')}\u0000${shape.key}`;
  const { searchPlans } = runtime.work.models;
  const plan = searchPlans.find(key);
  if (plan !== undefined && plan !== null) {
    const values: unknown[] = shape.operands.map((operand, index) => {
      const field = plan.operands[index]!;
      return field.toParameter(field.convert(operand));
    });
    if (page.limit !== undefined) values.push(page.limit);
    if (page.offset > 0) values.push(page.offset);
    return { text: plan.text, values, inputs: () => plan.inputs };
  }
  const compiled = compileSearch(runtime, model, search);
  if (plan === undefined) searchPlans.keep(key, compiled === null ? null : planOf(model, shape, compiled));
  return compiled?.prepared ?? null;
}

interface CompiledSearch {
  readonly prepared: PreparedSearch;
  /** Values of the condition; those of the page come after them. */
  readonly conditionValues: readonly unknown[];
}

function compileSearch(
  runtime: ModelRuntime,
  model: ComposedModel,
  { written, settings }: WrittenSearch,
): CompiledSearch | null {
  const domain = readDomain(runtime, model, written);
  const order = settings.order === undefined ? model.order : parseWrittenOrder(model, settings.order);
  if (isNever(domain)) return null;
  const where = domainToSql(domain, model, { alias: FETCH_ALIAS, activeTest: runtime.view.activeTest });
  const statement = searchStatement(model, { where, order, page: pageOf(model, settings) });
  return {
    prepared: { text: statement.text, values: statement.values, inputs: () => searchInputs(model, domain, order) },
    conditionValues: where.values,
  };
}

/** A plan, if the statement's parameters are the operands one by one: seen, not assumed. */
function planOf(model: ComposedModel, { operands, paths }: SearchShape, compiled: CompiledSearch): SearchPlan | null {
  const fields: Field[] = [];
  for (const path of paths) {
    const field = endOf(model, path);
    if (field === undefined || !field.store || field.kind === 'boolean' || field.kind === 'many2one') return null;
    fields.push(field);
  }
  const { conditionValues, prepared } = compiled;
  const isDirect =
    conditionValues.length === operands.length &&
    fields.every((field, index) =>
      Object.is(field.toParameter(field.convert(operands[index])), conditionValues[index]),
    );
  return isDirect ? { text: prepared.text, operands: fields, inputs: prepared.inputs() } : null;
}

/** The field at the end of a path. */
function endOf(model: ComposedModel, path: string): Field | undefined {
  let at: ComposedModel | undefined = model;
  let field: Field | undefined;
  for (const name of path.split('.')) {
    field = at?.fields.get(name);
    if (field === undefined) return undefined;
    at = field.relation === null ? undefined : targetOf(field);
  }
  return field;
}

/** How many records satisfy a domain; with `limit` counting stops there. */
export async function countRecords(
  records: RecordState,
  written: unknown,
  settings: { readonly limit?: number | undefined } = {},
): Promise<number> {
  const model = records[MODEL];
  const runtime = records[RUNTIME];
  const { work } = runtime;
  work.check();
  const domain = readDomain(runtime, model, written);
  const { limit } = pageOf(model, settings);
  if (isNever(domain)) return 0;
  await work.flushAffected(() => searchInputs(model, domain, []));
  const where = domainToSql(domain, model, { alias: FETCH_ALIAS, activeTest: runtime.view.activeTest });
  const from = sql`FROM ${identifier(model.table)} AS ${identifier(FETCH_ALIAS)} WHERE ${where}`;
  const counted =
    limit === undefined
      ? sql`SELECT count(*) ${from}`
      : sql`SELECT count(*) FROM (SELECT 1 ${from} LIMIT ${limit}::int8) AS "page"`;
  const result = await work.send({ text: counted.text, values: counted.values, columns: [Number], origin: 'read' });
  return (result.rows[0] as [number])[0];
}

/** The checked domain with archived records left out as the environment wants it. */
export function readDomain(runtime: ModelRuntime, model: ComposedModel, written: unknown): Domain {
  return withActiveFilter(parseWrittenDomain(model, written), model, runtime.view.activeTest);
}

/** Fields whose pending changes could alter what a search finds, or in which order. */
export function searchInputs(model: ComposedModel, domain: Domain, order: readonly OrderTerm[]): Field[] {
  return [...fieldsOf(domain, model), ...fieldsOfOrder(order, model)].map(({ field }) => field as Field);
}

interface SearchParts {
  readonly where: Sql;
  readonly order: readonly OrderTerm[];
  readonly page: Page;
}

function searchStatement(model: ComposedModel, { where, order, page }: SearchParts): Sql {
  const { joins, orderBy } = orderToSql(order, model, FETCH_ALIAS);
  const parts = [
    sql`SELECT ${rawSql(model.fetch.columns)} FROM ${identifier(model.table)} AS ${identifier(FETCH_ALIAS)}`,
    ...joins,
    sql`WHERE ${where} ORDER BY ${joinSql(orderBy, ', ')}`,
  ];
  if (page.limit !== undefined) parts.push(sql`LIMIT ${page.limit}::int8`);
  if (page.offset > 0) parts.push(sql`OFFSET ${page.offset}::int8`);
  return joinSql(parts, ' ');
}

export interface Page {
  readonly limit: number | undefined;
  readonly offset: number;
}

/** @throws UsageError for what is no whole number of at least 0 */
export function pageOf(model: ComposedModel, { limit, offset = 0 }: Pick<SearchSettings, 'limit' | 'offset'>): Page {
  checkPart(model, 'limit', limit);
  checkPart(model, 'offset', offset);
  return { limit, offset };
}

function checkPart(model: ComposedModel, name: string, value: number | undefined): void {
  if (value === undefined || (Number.isSafeInteger(value) && value >= 0)) return;
  throw new UsageError(
    `The ${name} of a search on ${model.name} is a whole number of at least 0, not ${String(value)}.`,
    { model: model.name },
  );
}
