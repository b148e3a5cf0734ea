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
import { takeInRows } from './take-in.js';

export interface SearchSettings {
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
  readonly order?: string | undefined;
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
  const domain = readDomain(runtime, model, written);
  const order = settings.order === undefined ? model.order : parseWrittenOrder(model, settings.order);
  const page = pageOf(model, settings);
  if (isNever(domain)) return setFor(model, [], { runtime });
  await work.flushAffected(() => searchInputs(model, domain, order));
  const statement = searchStatement(model, { domain, order, page, runtime });
  const result = await work.send({
    text: statement.text,
    values: statement.values,
    columns: model.fetch.parsers,
    origin: 'read',
  });
  const rows = takeInRows(work, model, { plan: model.fetch, rows: result.rows as Row[] });
  const found = setFor(model, rows, { runtime });
  if (settings.load !== undefined && settings.load.length > 0 && rows.length > 0) await loadPaths(found, settings.load);
  return found;
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
function searchInputs(model: ComposedModel, domain: Domain, order: readonly OrderTerm[]): Field[] {
  return [...fieldsOf(domain, model), ...fieldsOfOrder(order, model)].map(({ field }) => field as Field);
}

interface SearchParts {
  readonly domain: Domain;
  readonly order: readonly OrderTerm[];
  readonly page: Page;
  readonly runtime: ModelRuntime;
}

function searchStatement(model: ComposedModel, { domain, order, page, runtime }: SearchParts): Sql {
  const where = domainToSql(domain, model, { alias: FETCH_ALIAS, activeTest: runtime.view.activeTest });
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

interface Page {
  readonly limit: number | undefined;
  readonly offset: number;
}

/** @throws UsageError for what is no whole number of at least 0 */
function pageOf(model: ComposedModel, { limit, offset = 0 }: SearchSettings): Page {
  for (const [name, value] of Object.entries({ limit, offset })) {
    if (value !== undefined && (!Number.isSafeInteger(value) || value < 0)) {
      throw new UsageError(
        `The ${name} of a search on ${model.name} is a whole number of at least 0, not ${String(value)}.`,
        {
          model: model.name,
        },
      );
    }
  }
  return { limit, offset };
}
