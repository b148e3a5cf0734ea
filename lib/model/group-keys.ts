import { keySql } from '../domain/order-to-sql.js';
import { orderKeysBehind } from '../domain/order.js';
import { LinkJoins, columnOf } from '../domain/link-joins.js';
import { UsageError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import { identifier, rawSql, sql, type Sql } from '../sql/sql.js';
import type { Context } from '../types/augmentable.js';
import type { Granularity } from '../types/search-terms.js';
import type { ComposedModel } from './composed-model.js';
import { checkSuffix, type GroupPath } from './group-path.js';
import { many2manyOf, targetOf } from './relations.js';

/** What a statement that groups has been found to need so far. */
export interface GroupScope {
  readonly model: ComposedModel;
  readonly joins: LinkJoins;
  /** The name by which the statement knows the model's table. */
  readonly alias: string;
  readonly context: Readonly<Context>;
  /** Whether archived records behind a set are left out. */
  readonly activeTest: boolean;
  /** Fields that are read: pending changes of them must reach the database first. */
  readonly inputs: Set<Field>;
}

/** One thing that groups are told apart by. */
export interface GroupKeyColumn {
  readonly name: string;
  readonly expression: Sql;
  /** The server's text → value; null: the text is the value. */
  readonly parse: ((text: string) => unknown) | null;
  /** The model whose records the values are; null: they are values. */
  readonly target: ComposedModel | null;
  /** The parts of an ORDER BY; `own` stands for the expression. */
  sort(own: Sql, options: { readonly descending: boolean }): readonly Sql[];
  /** What sorting reads beside the expression, and what follows from it: it splits no group. */
  readonly sortedBy: readonly Sql[];
}

const spans: readonly Granularity[] = ['day', 'week', 'month', 'quarter', 'year'];
const ungroupable: ReadonlySet<Field['kind']> = new Set<Field['kind']>(['json', 'binary', 'one2many']);

/** @throws UsageError for a field that cannot tell groups apart */
export function keyColumn(path: GroupPath, scope: GroupScope): GroupKeyColumn {
  const { field, links } = path;
  for (const each of [...links, field]) scope.inputs.add(each);
  if (path.suffix !== null) return spanColumn(path, scope);
  if (field.kind === 'many2many') return many2manyColumn(path, scope);
  if (field.column === null || ungroupable.has(field.kind)) checkSuffix({ ...path, suffix: '' }, []);
  const column = columnOf(field, scope.joins.aliasOf(links));
  if (field.kind === 'many2one') return relationColumn(path, column, scope);
  const expression = field.kind === 'boolean' ? sql`COALESCE(${column}, FALSE)` : column;
  return { name: path.name, expression, parse: field.parse, target: null, sort: sortValue, sortedBy: [] };
}

function sortValue(own: Sql, { descending }: { readonly descending: boolean }): readonly Sql[] {
  return [sql`${own}${rawSql(descending ? ' DESC' : ' ASC')}`];
}

/** The first day of the span in which a value lies, where the reader is. */
function spanColumn(path: GroupPath, scope: GroupScope): GroupKeyColumn {
  const { field, links, name } = path;
  const isDated = field.column !== null && (field.kind === 'date' || field.kind === 'datetime');
  const span = checkSuffix(path, isDated ? spans : []);
  const column = columnOf(field, scope.joins.aliasOf(links));
  const { tz = 'UTC', lang } = scope.context;
  const local =
    field.kind === 'date' ? sql`${column}::timestamp` : sql`(${column} AT TIME ZONE ${checkedZone(tz)}::text)`;
  const late = span === 'week' ? daysFromFirstDayToMonday(lang) : 0;
  const shift = rawSql(`interval '${late} days'`);
  const start =
    late === 0
      ? sql`date_trunc(${rawSql(`'${span}'`)}, ${local})`
      : sql`(date_trunc('week', ${local} + ${shift}) - ${shift})`;
  return { name, expression: sql`${start}::date`, parse: null, target: null, sort: sortValue, sortedBy: [] };
}

/** @throws UsageError for a zone that is none */
function checkedZone(zone: unknown): string {
  try {
    if (typeof zone === 'string') return new Intl.DateTimeFormat('en', { timeZone: zone }).resolvedOptions().timeZone;
  } catch {
    // Told below, as for what is no text.
  }
  throw new UsageError(`There is no time zone ${typeof zone === 'string' ? JSON.stringify(zone) : typeof zone}.`, {
    hint: 'Set `tz` of the context to an IANA name such as "Europe/Paris".',
  });
}

/** So many days before Monday the week begins for speakers of a language: 1 where it begins on Sunday. */
function daysFromFirstDayToMonday(lang: string | undefined): number {
  if (lang === undefined) return 0;
  try {
    const locale = new Intl.Locale(lang.replaceAll('_', '-')) as Intl.Locale & Partial<WeekInfo>;
    const { firstDay = 1 } = locale.getWeekInfo?.() ?? locale.weekInfo ?? {};
    return (8 - firstDay) % 7;
  } catch {
    // A language that this runtime does not know has no habits.
    return 0;
  }
}

/** Days are counted from Monday, 1, to Sunday, 7. Older runtimes have the property alone. */
interface WeekInfo {
  getWeekInfo(): { readonly firstDay: number };
  readonly weekInfo: { readonly firstDay: number };
}

/** Sorted as a search is: what is not set by the link itself, the rest by the order of the model it leads to. */
function relationColumn({ field, links, name }: GroupPath, expression: Sql, scope: GroupScope): GroupKeyColumn {
  const target = targetOf(field);
  const chain = [...links, field];
  const keys = (descending: boolean): readonly (readonly [column: Sql, part: Sql])[] =>
    orderKeysBehind(chain, { target, descending }).map((key) => {
      scope.inputs.add(key.field as Field);
      const alias = scope.joins.aliasOf(key.links);
      return [columnOf(key.field, alias), keySql(key, alias)];
    });
  return {
    name,
    expression,
    parse: Number,
    target,
    sort: (_own, { descending }) => [
      sql`(${expression} IS NULL)${rawSql(descending ? ' DESC' : ' ASC')}`,
      ...keys(descending).map(([, part]) => part),
    ],
    sortedBy: keys(false).map(([column]) => column),
  };
}

/** A record is in the group of each of its values, and in that of none if it has none. */
function many2manyColumn(path: GroupPath, scope: GroupScope): GroupKeyColumn {
  const { field, links } = path;
  const target = targetOf(field);
  const { table, ownColumn, targetColumn } = many2manyOf(field);
  const owner = scope.joins.aliasOf(links);
  const active = scope.activeTest && target.activeField !== null ? target.fields.get(target.activeField)! : null;
  if (active !== null) scope.inputs.add(active);
  const alias = scope.joins.addJoin([...links, field], (own) => {
    const link = `${own}_link`;
    const isActive = active === null ? rawSql('') : sql` AND COALESCE(${columnOf(active, own)}, FALSE)`;
    return sql`LEFT JOIN (${identifier(table)} AS ${identifier(link)} JOIN ${identifier(target.table)} AS ${identifier(own)} ON ${identifier(own, 'id')} = ${identifier(link, targetColumn)}${isActive}) ON ${identifier(link, ownColumn)} = ${identifier(owner, 'id')}`;
  });
  return relationColumn(path, identifier(alias, 'id'), scope);
}
