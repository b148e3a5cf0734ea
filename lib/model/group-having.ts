import { UsageError } from '../errors/use-errors.js';
import { joinSql, rawSql, sql, type Sql } from '../sql/sql.js';
import { aggregateColumn, type AggregateColumn } from './group-aggregates.js';
import type { GroupScope } from './group-keys.js';

const comparisons = ['=', '!=', '<', '>', '<=', '>='] as const;
const operators: readonly string[] = [...comparisons, 'in', 'not in'];

/**
 * The conditions that groups must satisfy, all of them; empty for none. Unset is never less or more than something, and
 * differs from everything, as in domains.
 * @throws UsageError
 */
export function havingSql(conditions: readonly unknown[], scope: GroupScope): Sql {
  if (!Array.isArray(conditions)) throw badCondition(scope);
  return joinSql(
    (conditions as readonly unknown[]).map((condition) => conditionSql(condition, scope)),
    ' AND ',
  );
}

function conditionSql(condition: unknown, scope: GroupScope): Sql {
  if (!Array.isArray(condition) || condition.length !== 3) throw badCondition(scope);
  const [name, operator, value] = condition as readonly unknown[];
  const column = aggregateColumn(name, scope);
  if (column.operand === null || typeof operator !== 'string' || !operators.includes(operator)) {
    throw badCondition(scope);
  }
  if (operator === 'in' || operator === 'not in') return membership(column, { operator, value, scope });
  if (value === null) return presence(column, operator, scope);
  const operand = sql`${column.operand(value)}::${rawSql(column.type)}`;
  if (operator === '!=') return sql`${column.expression} IS DISTINCT FROM ${operand}`;
  return sql`${column.expression} ${rawSql(operator)} ${operand}`;
}

function presence({ expression }: AggregateColumn, operator: string, scope: GroupScope): Sql {
  if (operator === '=') return sql`${expression} IS NULL`;
  if (operator === '!=') return sql`${expression} IS NOT NULL`;
  throw badCondition(scope);
}

interface Membership {
  readonly operator: 'in' | 'not in';
  readonly value: unknown;
  readonly scope: GroupScope;
}

function membership({ expression, operand, type }: AggregateColumn, { operator, value, scope }: Membership): Sql {
  if (!Array.isArray(value) || operand === null) throw badCondition(scope);
  const values = (value as readonly unknown[]).filter((each) => each !== null).map(operand);
  const isIn = sql`${expression} = ANY(${values}::${rawSql(type)}[])`;
  const withNull = values.length < value.length ? sql`(${isIn} OR ${expression} IS NULL)` : isIn;
  return operator === 'in' ? sql`(${withNull}) IS TRUE` : sql`(${withNull}) IS NOT TRUE`;
}

function badCondition({ model }: GroupScope): UsageError {
  return new UsageError(`A condition of \`having\` of ${model.name} cannot be read.`, {
    model: model.name,
    hint: `Write [aggregate, operator, value] with one of ${operators.join(' ')}: [['total:sum', '>', 100]].`,
  });
}
