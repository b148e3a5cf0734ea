import { columnOf } from '../domain/link-joins.js';
import { UsageError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import { rawSql, sql, type Sql } from '../sql/sql.js';
import { Decimal } from '../util/decimal.js';
import type { ComposedModel } from './composed-model.js';
import type { GroupScope } from './group-keys.js';
import { checkSuffix, groupPath, type GroupPath } from './group-path.js';
import { targetOf } from './relations.js';

/** One thing that is asked of each group. */
export interface AggregateColumn {
  readonly name: string;
  readonly expression: Sql;
  /** The server's text → value. */
  readonly parse: (text: string) => unknown;
  /** What a group without a value has; a list is empty. */
  readonly none: 0 | null;
  readonly isList: boolean;
  /** The model whose records the value is a set of, given by their ids; null: it is a value. */
  readonly target: ComposedModel | null;
  /** One value to compare with, as a parameter of the type that `expression` has; null: it cannot be compared. */
  readonly operand: ((value: unknown) => unknown) | null;
  /** PostgreSQL's name of that type. */
  readonly type: string;
}

type AggregateName =
  'sum' | 'avg' | 'min' | 'max' | 'count' | 'countDistinct' | 'boolAnd' | 'boolOr' | 'array' | 'recordset';

const always: readonly AggregateName[] = ['count', 'countDistinct', 'array'];
const ofNumbers: readonly AggregateName[] = ['sum', 'avg', 'min', 'max', ...always];
const ofOrdered: readonly AggregateName[] = ['min', 'max', ...always];

const possibleOf: Partial<Record<Field['kind'], readonly AggregateName[]>> = {
  integer: ofNumbers,
  bigint: ofNumbers,
  float: ofNumbers,
  decimal: ofNumbers,
  char: ofOrdered,
  text: ofOrdered,
  selection: ofOrdered,
  date: ofOrdered,
  datetime: ofOrdered,
  boolean: ['boolAnd', 'boolOr', ...always],
  many2one: ['recordset', ...always],
};

/** @throws UsageError for what cannot be asked of a field */
export function aggregateColumn(name: unknown, scope: GroupScope): AggregateColumn {
  const { model } = scope;
  if (name === 'count') return countColumn(name, sql`COUNT(*)`);
  const path = groupPath(model, name);
  const { field, links } = path;
  const possible = field.column === null ? [] : (possibleOf[field.kind] ?? always);
  const wanted = checkSuffix(path, field.name === 'id' ? [...possible, 'recordset'] : possible);
  for (const each of [...links, field]) scope.inputs.add(each);
  return columnFor(wanted, path, { scope, column: columnOf(field, scope.joins.aliasOf(links)) });
}

interface Place {
  readonly scope: GroupScope;
  readonly column: Sql;
}

function columnFor(wanted: AggregateName, path: GroupPath, place: Place): AggregateColumn {
  const { column } = place;
  switch (wanted) {
    case 'count':
      return countColumn(path.name, sql`COUNT(${column})`);
    case 'countDistinct':
      return countColumn(path.name, sql`COUNT(DISTINCT ${column})`);
    case 'sum':
    case 'avg':
      return totalColumn(wanted, path, column);
    case 'min':
    case 'max':
      return ownColumn(path, sql`${rawSql(wanted)}(${column})`);
    case 'boolAnd':
    case 'boolOr':
      return ownColumn(path, sql`${rawSql(wanted === 'boolAnd' ? 'bool_and' : 'bool_or')}(COALESCE(${column}, FALSE))`);
    default:
      return listColumn(wanted, path, place);
  }
}

function countColumn(name: string, expression: Sql): AggregateColumn {
  return {
    name,
    expression,
    parse: Number,
    none: 0,
    isList: false,
    target: null,
    operand: numberOperand,
    type: 'numeric',
  };
}

/** As exact as the field: whole numbers and decimals never pass through a float. */
function totalColumn(wanted: 'sum' | 'avg', { name, field }: GroupPath, column: Sql): AggregateColumn {
  const isFloat = field.kind === 'float' || (wanted === 'avg' && field.kind === 'integer');
  const total = sql`${rawSql(wanted)}(${column})`;
  const parse = isFloat
    ? Number
    : field.kind === 'decimal' || wanted === 'avg'
      ? (text: string) => new Decimal(text)
      : field.kind === 'bigint'
        ? BigInt
        : (text: string) => safeNumber(text, name);
  return {
    name,
    expression: isFloat ? sql`${total}::float8` : total,
    parse,
    none: null,
    isList: false,
    target: null,
    operand: numberOperand,
    type: 'numeric',
  };
}

function safeNumber(text: string, name: string): number {
  const value = Number(text);
  if (Number.isSafeInteger(value)) return value;
  throw new UsageError(`${name} is ${text}, more than a number can hold exactly.`, {
    hint: 'Make the field a BigInt or a Decimal.',
  });
}

/** Values of the field itself. */
function ownColumn({ name, field }: GroupPath, expression: Sql): AggregateColumn {
  return {
    name,
    expression,
    parse: field.parse ?? String,
    none: null,
    isList: false,
    target: null,
    operand: (value) => field.toParameter(field.convert(value)),
    type: field.columnType!,
  };
}

function listColumn(wanted: AggregateName, { name, field, links }: GroupPath, place: Place): AggregateColumn {
  const { column, scope } = place;
  const common = { name, operand: null, type: 'json', none: null, isList: true };
  if (wanted === 'recordset') {
    // The records of the group itself are told once each anyway, in the order of their ids.
    const target = field.name === 'id' && links.length === 0 ? scope.model : (field.relation && targetOf(field))!;
    const expression = sql`json_agg(DISTINCT ${column}) FILTER (WHERE ${column} IS NOT NULL)`;
    return { ...common, expression, parse: readIds, target };
  }
  const own = columnOf(scope.model.fields.get('id')!, scope.alias);
  const isBoolean = field.kind === 'boolean';
  const value = isBoolean ? sql`COALESCE(${column}, FALSE)` : sql`${column}::text`;
  const read = (text: string): unknown[] =>
    (JSON.parse(text) as (string | null)[]).map((each) =>
      each === null || isBoolean || field.parse === null ? each : field.parse(each),
    );
  return { ...common, expression: sql`json_agg(${value} ORDER BY ${own})`, parse: read, target: null };
}

function readIds(text: string): number[] {
  return JSON.parse(text) as number[];
}

function numberOperand(value: unknown): unknown {
  const isNumber = (typeof value === 'number' && Number.isFinite(value)) || typeof value === 'bigint';
  if (isNumber || Decimal.isDecimal(value)) return new Decimal(String(value)).toFixed();
  throw new UsageError(`A count, sum or average is compared with a number, not ${typeof value}.`);
}
