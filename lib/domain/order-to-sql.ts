import { rawSql, sql, type Sql } from '../sql/sql.js';
import type { FieldResolver, OrderTerm } from './field-resolver.js';
import { LinkJoins, columnOf } from './link-joins.js';
import { orderKeys, type OrderKey } from './order.js';

/** What a SELECT needs to be sorted. */
export interface OrderSql {
  /** LEFT JOINs over many2one fields, which neither drop nor double a row; aliases `o0`, `o1`… */
  readonly joins: readonly Sql[];
  readonly orderBy: readonly Sql[];
}

/**
 * Compiles an order: a many2one by the order of its model, unset last when ascending and first when descending, total by
 * `id`. Text sorts under the collation of the database; the comparer in memory agrees where that is C or C.UTF-8.
 * `alias` is the name by which the statement knows the model's table.
 */
export function orderToSql(order: readonly OrderTerm[], model: FieldResolver, alias: string = model.table): OrderSql {
  const joins = new LinkJoins(alias, 'o');
  const orderBy = orderKeys(order, model).map((key) => keySql(key, joins.aliasOf(key.links)));
  return { joins: joins.clauses, orderBy };
}

/** One key of an ORDER BY; `alias` is that of the record that has the key's field. */
export function keySql(key: OrderKey, alias: string): Sql {
  const column = columnOf(key.field, alias);
  // PostgreSQL's own default puts NULL last in ASC and first in DESC, which is what is wanted and what indexes have.
  const direction = rawSql(key.descending ? ' DESC' : ' ASC');
  if (key.by === 'presence') return sql`(${column} IS NULL)${direction}`;
  return key.field.kind === 'boolean' ? sql`COALESCE(${column}, FALSE)${direction}` : sql`${column}${direction}`;
}
