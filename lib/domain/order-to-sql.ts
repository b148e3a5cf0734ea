import { UsageError } from '../errors/use-errors.js';
import { Aliases } from '../sql/aliases.js';
import { identifier, rawSql, sql, type Sql } from '../sql/sql.js';
import type { FieldResolver, OrderTerm, ResolvedField } from './field-resolver.js';
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
  const joins = new Joins(alias);
  const orderBy = orderKeys(order, model).map((key) => keySql(key, joins.aliasOf(key.links)));
  return { joins: joins.clauses, orderBy };
}

class Joins {
  readonly clauses: Sql[] = [];
  readonly #known = new Map<string, string>();
  readonly #aliases = new Aliases('o');

  constructor(alias: string) {
    this.#known.set('', alias);
  }

  /** The alias of the record that a chain of links leads to, joined at its first use. */
  aliasOf(links: readonly ResolvedField[]): string {
    const path = links.map(({ name }) => name).join('.');
    const known = this.#known.get(path);
    if (known !== undefined) return known;
    const link = links.at(-1);
    const table = link?.relation?.target.table;
    if (link === undefined || table === undefined) throw new UsageError('Only a many2one can be followed by an order.');
    const from = this.aliasOf(links.slice(0, -1));
    const alias = this.#aliases.next();
    const target = identifier(table);
    this.clauses.push(
      sql`LEFT JOIN ${target} AS ${identifier(alias)} ON ${identifier(alias, 'id')} = ${columnOf(link, from)}`,
    );
    this.#known.set(path, alias);
    return alias;
  }
}

function keySql(key: OrderKey, alias: string): Sql {
  const column = columnOf(key.field, alias);
  // PostgreSQL's own default puts NULL last in ASC and first in DESC, which is what is wanted and what indexes have.
  const direction = rawSql(key.descending ? ' DESC' : ' ASC');
  if (key.by === 'presence') return sql`(${column} IS NULL)${direction}`;
  return key.field.kind === 'boolean' ? sql`COALESCE(${column}, FALSE)${direction}` : sql`${column}${direction}`;
}

function columnOf(field: ResolvedField, alias: string): Sql {
  if (field.column === null)
    throw new UsageError(`"${field.name}" of ${field.model} has no column.`, { model: field.model });
  return identifier(alias, field.column);
}
