import { emptySql, identifier, joinSql, rawSql, sql, type Sql } from './sql.js';

/** A SELECT as plain data. What is left out is not in the statement. */
export interface SelectQuery {
  /** At least one; such as `identifier('t', 'name')`. */
  readonly columns: readonly Sql[];
  /** A table with its alias; or any other FROM item as a fragment, alias included. */
  readonly from: { readonly table: string; readonly alias: string } | Sql;
  /** Whole clauses, such as `LEFT JOIN …`, in order. */
  readonly joins?: readonly Sql[] | undefined;
  /** Conditions that must all hold. */
  readonly where?: Sql | readonly Sql[] | undefined;
  readonly groupBy?: readonly Sql[] | undefined;
  readonly having?: Sql | undefined;
  readonly orderBy?: readonly Sql[] | undefined;
  /** Number of rows at most. */
  readonly limit?: number | undefined;
  /** Number of rows left out at the start. */
  readonly offset?: number | undefined;
}

/** The statement of a query. Limit and offset travel as parameters, so that every page has the same text. */
export function selectSql(query: SelectQuery): Sql {
  const conditions = query.where === undefined ? [] : 'text' in query.where ? [query.where] : query.where;
  return joinSql(
    [
      sql`SELECT ${joinSql(query.columns, ', ')} FROM ${tableSql(query.from)}`,
      joinSql(query.joins ?? [], ' '),
      clause('WHERE ', conditions, ' AND '),
      clause('GROUP BY ', query.groupBy, ', '),
      clause('HAVING ', query.having === undefined ? [] : [query.having], ''),
      clause('ORDER BY ', query.orderBy, ', '),
      query.limit === undefined ? emptySql : sql`LIMIT ${query.limit}`,
      query.offset === undefined || query.offset === 0 ? emptySql : sql`OFFSET ${query.offset}`,
    ],
    ' ',
  );
}

/** Gives short aliases, `t0`, `t1`…, each once. One object serves one statement: same shape, same names. */
export class Aliases {
  readonly #prefix: string;
  #count = 0;

  constructor(prefix = 't') {
    this.#prefix = prefix;
  }

  next(): string {
    return `${this.#prefix}${this.#count++}`;
  }
}

function tableSql(from: SelectQuery['from']): Sql {
  return 'text' in from ? from : sql`${identifier(from.table)} AS ${identifier(from.alias)}`;
}

function clause(keyword: string, parts: readonly Sql[] | undefined, separator: string): Sql {
  const joined = joinSql(parts ?? [], separator);
  return joined.isEmpty ? emptySql : joinSql([rawSql(keyword), joined], '');
}
