import { UsageError } from '../errors/use-errors.js';
import { Aliases } from '../sql/aliases.js';
import { identifier, sql, type Sql } from '../sql/sql.js';
import type { ResolvedField } from './field-resolver.js';

/** LEFT JOINs over many2one fields, which neither drop nor double a row; each chain of links is joined once. */
export class LinkJoins {
  readonly clauses: Sql[] = [];
  readonly #known = new Map<string, string>();
  readonly #aliases: Aliases;

  /** `alias` is the name by which the statement knows the root's table; joined ones are called `prefix` and a number. */
  constructor(alias: string, prefix: string) {
    this.#known.set('', alias);
    this.#aliases = new Aliases(prefix);
  }

  /** The alias of the record that a chain of links leads to, joined at its first use. */
  aliasOf(links: readonly ResolvedField[]): string {
    const known = this.#known.get(pathOf(links));
    if (known !== undefined) return known;
    const link = links.at(-1);
    const table = link?.relation?.target.table;
    if (link === undefined || table === undefined) throw new UsageError('Only a many2one can be followed by a join.');
    const from = this.aliasOf(links.slice(0, -1));
    const column = columnOf(link, from);
    return this.addJoin(
      links,
      (alias) => sql`LEFT JOIN ${identifier(table)} AS ${identifier(alias)} ON ${identifier(alias, 'id')} = ${column}`,
    );
  }

  /** Joins what a link leads to in another way: `join` is told the alias by which it is known from here on. */
  addJoin(links: readonly ResolvedField[], join: (alias: string) => Sql): string {
    const alias = this.#aliases.next();
    this.clauses.push(join(alias));
    this.#known.set(pathOf(links), alias);
    return alias;
  }
}

function pathOf(links: readonly ResolvedField[]): string {
  return links.map(({ name }) => name).join('.');
}

/** The column of a field, as the record with that alias has it. @throws UsageError for a field without one */
export function columnOf(field: ResolvedField, alias: string): Sql {
  if (field.column === null)
    throw new UsageError(`"${field.name}" of ${field.model} has no column.`, { model: field.model });
  return identifier(alias, field.column);
}
