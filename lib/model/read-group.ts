import { rowId, type Row } from '../cache/row.js';
import { PrefetchGroup } from '../cache/prefetch-group.js';
import { isNever } from '../domain/domain.js';
import { LinkJoins } from '../domain/link-joins.js';
import { domainToSql } from '../domain/to-sql.js';
import { didYouMean } from '../errors/nearest.js';
import { UsageError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import { identifier, joinSql, rawSql, sql, type Sql } from '../sql/sql.js';
import type { ComposedModel } from './composed-model.js';
import { FETCH_ALIAS } from './fetch-plan.js';
import { aggregateColumn, type AggregateColumn } from './group-aggregates.js';
import { havingSql } from './group-having.js';
import { keyColumn, type GroupKeyColumn, type GroupScope } from './group-keys.js';
import { groupPath } from './group-path.js';
import type { ModelRuntime } from './model-runtime.js';
import { MODEL, RUNTIME, recordFor, setFor, type RecordState } from './record-state.js';
import { pageOf, readDomain, searchInputs } from './search.js';

export interface GroupSettings {
  readonly by?: readonly string[] | undefined;
  readonly aggregates?: readonly string[] | undefined;
  readonly having?: readonly unknown[] | undefined;
  readonly order?: string | undefined;
  readonly limit?: number | undefined;
  readonly offset?: number | undefined;
}

/** What `readGroup` promises: one statement, whose rows become groups. */
export async function readGroups(
  records: RecordState,
  written: unknown,
  settings: GroupSettings = {},
): Promise<Readonly<Record<string, unknown>>[]> {
  const model = records[MODEL];
  const runtime = records[RUNTIME];
  const { work } = runtime;
  work.check();
  const { limit, offset } = pageOf(model, settings);
  const domain = readDomain(runtime, model, written);
  const grouping = readGrouping(runtime, model, settings);
  const { keys, aggregates, scope, having } = grouping;
  if (limit === 0) return [];
  if (isNever(domain) && having.isEmpty) {
    return keys.length > 0 || offset > 0 ? [] : [shapeGroups(runtime, grouping, [[...aggregates.map(() => null)]])[0]!];
  }
  await work.flushAffected(() => [...searchInputs(model, domain, []), ...scope.inputs]);
  const where = domainToSql(domain, model, { alias: FETCH_ALIAS, activeTest: runtime.view.activeTest });
  const statement = groupStatement(model, grouping, { where, limit, offset });
  const columns = [...keys.map(({ parse }) => parse), ...aggregates.map(({ parse }) => parse)];
  const { rows } = await work.send({ text: statement.text, values: statement.values, columns, origin: 'read' });
  return shapeGroups(runtime, grouping, rows as unknown[][]);
}

interface Grouping {
  readonly keys: readonly GroupKeyColumn[];
  readonly aggregates: readonly AggregateColumn[];
  readonly scope: GroupScope;
  readonly having: Sql;
  readonly orderBy: readonly Sql[];
}

/** @throws UnknownFieldError, UsageError */
function readGrouping(runtime: ModelRuntime, model: ComposedModel, settings: GroupSettings): Grouping {
  const scope: GroupScope = {
    model,
    joins: new LinkJoins(FETCH_ALIAS, 'g'),
    alias: FETCH_ALIAS,
    context: runtime.env.context,
    activeTest: runtime.view.activeTest,
    inputs: new Set<Field>(),
  };
  const keys = unique(settings.by).map((name) => keyColumn(groupPath(model, name), scope));
  const aggregates = unique(settings.aggregates).map((name) => aggregateColumn(name, scope));
  const having = havingSql(settings.having ?? [], scope);
  return { keys, aggregates, scope, having, orderBy: readOrder(model, { keys, aggregates, order: settings.order }) };
}

function unique(names: readonly string[] | undefined): string[] {
  return [...new Set(names)];
}

interface Sortable {
  readonly keys: readonly GroupKeyColumn[];
  readonly aggregates: readonly AggregateColumn[];
  readonly order: string | undefined;
}

/** The order that is asked for, made total by the keys it does not name. */
function readOrder(model: ComposedModel, { keys, aggregates, order = '' }: Sortable): readonly Sql[] {
  const places = new Map([...keys, ...aggregates].map((column, index) => [column.name, rawSql(String(index + 1))]));
  const wanted = new Map<string, boolean>();
  for (const part of order.split(',').filter((text) => text.trim() !== '')) {
    const [, name = '', direction = 'asc'] = /^\s*(\S+)(?:\s+(asc|desc))?\s*$/i.exec(part) ?? [];
    const isSortable = places.has(name) && aggregates.find((each) => each.name === name)?.operand !== null;
    if (!isSortable) {
      throw new UsageError(
        `readGroup() of ${model.name} cannot sort by "${part.trim().slice(0, 100)}".${didYouMean(name, places.keys())}`,
        {
          model: model.name,
          hint: 'Sort by keys of `by` and by `aggregates` of the same call, each with asc or desc.',
        },
      );
    }
    if (!wanted.has(name)) wanted.set(name, direction.toLowerCase() === 'desc');
  }
  for (const { name } of keys) if (!wanted.has(name)) wanted.set(name, false);
  return [...wanted].flatMap(([name, descending]) => {
    const own = places.get(name)!;
    const key = keys.find((each) => each.name === name);
    return key === undefined ? [sql`${own}${rawSql(descending ? ' DESC' : ' ASC')}`] : key.sort(own, { descending });
  });
}

interface StatementParts {
  readonly where: Sql;
  readonly limit: number | undefined;
  readonly offset: number;
}

function groupStatement(model: ComposedModel, grouping: Grouping, { where, limit, offset }: StatementParts): Sql {
  const { keys, aggregates, scope, having, orderBy } = grouping;
  const selected = [...keys, ...aggregates].map(({ expression }) => expression);
  // A statement selects something, and without keys it gives one group, of all records or of none.
  const columns = selected.length === 0 ? rawSql('COUNT(*)') : joinSql(selected, ', ');
  // By place: an expression with a parameter would not be recognised when it is written again.
  const groupBy = [...keys.map((_, index) => rawSql(String(index + 1))), ...keys.flatMap(({ sortedBy }) => sortedBy)];
  const parts = [
    sql`SELECT ${columns} FROM ${identifier(model.table)} AS ${identifier(FETCH_ALIAS)}`,
    ...scope.joins.clauses,
    sql`WHERE ${where}`,
    groupBy.length === 0 ? rawSql('') : sql`GROUP BY ${joinSql(groupBy, ', ')}`,
    having.isEmpty ? rawSql('') : sql`HAVING ${having}`,
    orderBy.length === 0 ? rawSql('') : sql`ORDER BY ${joinSql(orderBy, ', ')}`,
  ];
  if (limit !== undefined) parts.push(sql`LIMIT ${limit}::int8`);
  if (offset > 0) parts.push(sql`OFFSET ${offset}::int8`);
  return joinSql(parts, ' ');
}

/** Rows → groups. The records of one key are one prefetch group, and so are those of one aggregate. */
function shapeGroups(
  runtime: ModelRuntime,
  { keys, aggregates }: Grouping,
  rows: readonly (readonly unknown[])[],
): Readonly<Record<string, unknown>>[] {
  const columns = [
    ...keys.map((key, index) => ({ name: key.name, read: keyReader(runtime, key, { rows, index }) })),
    ...aggregates.map((aggregate, place) => ({
      name: aggregate.name,
      read: aggregateReader(runtime, aggregate, { rows, index: keys.length + place }),
    })),
  ];
  return rows.map((row) => Object.fromEntries(columns.map(({ name, read }, index) => [name, read(row[index])])));
}

interface ColumnOfRows {
  readonly rows: readonly (readonly unknown[])[];
  readonly index: number;
}

function keyReader(runtime: ModelRuntime, { target }: GroupKeyColumn, { rows, index }: ColumnOfRows): Reader {
  if (target === null) return (value) => value;
  const ids = rows.map((row) => row[index]).filter((id) => id !== null) as number[];
  const { rowOf, group } = rowsById(runtime, target, ids);
  return (id) => (id === null ? null : recordFor(target, rowOf.get(id as number)!, { runtime, group }));
}

function aggregateReader(
  runtime: ModelRuntime,
  { target, none, isList }: AggregateColumn,
  { rows, index }: ColumnOfRows,
): Reader {
  if (target === null) return (value) => value ?? (isList ? [] : none);
  const ids = rows.flatMap((row) => (row[index] ?? []) as readonly number[]);
  const { rowOf, group } = rowsById(runtime, target, ids);
  return (own) =>
    setFor(
      target,
      ((own ?? []) as readonly number[]).map((id) => rowOf.get(id)!),
      { runtime, group },
    );
}

type Reader = (value: unknown) => unknown;

function rowsById(
  runtime: ModelRuntime,
  model: ComposedModel,
  ids: readonly number[],
): { readonly rowOf: ReadonlyMap<number, Row>; readonly group: PrefetchGroup } {
  const rows = [...new Set(ids)].map((id) => runtime.work.cache.row(model, id));
  return { rowOf: new Map(rows.map((row) => [rowId(row), row])), group: new PrefetchGroup(rows) };
}
