import { UsageError } from '../errors/use-errors.js';
import { Aliases } from '../sql/aliases.js';
import { identifier, joinSql, rawSql, sql, type Sql } from '../sql/sql.js';
import { settleSubDomains } from './active-filter.js';
import type { Domain, Term } from './domain.js';
import type { FieldResolver, Relation, ResolvedField } from './field-resolver.js';
import { ignoresCase, likePattern, type LikeOperator } from './like.js';
import { normalise } from './normalise.js';
import type { CheckedOperator } from './operators.js';
import { parseWrittenDomain } from './parse.js';
import { checkedFieldOf, hierarchyOf, parentFieldOf, subDomainOf } from './resolve.js';

export interface DomainToSqlOptions {
  /** Name by which the statement knows the model's table; default: the table itself. Not `d0`, `d1`…: sub-selects take these. */
  readonly alias?: string;
  /** Whether x2many paths skip archived records. At its own level a domain is compiled as it stands. */
  readonly activeTest: boolean;
}

/**
 * The condition for WHERE: TRUE for exactly the records of the domain. For others it is FALSE or, where PostgreSQL makes
 * it so, NULL, which WHERE treats alike and indexes need; so negate the domain, never this SQL (or close it by
 * `IS TRUE`). Domains of one shape have one text: values travel as parameters, a list as one array.
 */
export function domainToSql(domain: Domain, model: FieldResolver, options: DomainToSqlOptions): Sql {
  const checked = parseWrittenDomain(model, domain);
  const reduced = normalise(settleSubDomains(checked, model, options.activeTest), model);
  return condition(reduced, { model, alias: options.alias ?? model.table, aliases: new Aliases('d') });
}

/** Where a condition stands: the model it speaks of, under which alias, and who names the sub-selects. */
interface Scope {
  readonly model: FieldResolver;
  readonly alias: string;
  readonly aliases: Aliases;
}

function condition(domain: Domain, scope: Scope): Sql {
  switch (domain.kind) {
    case 'all':
      return rawSql('TRUE');
    case 'none':
      return rawSql('FALSE');
    case 'and':
    case 'or': {
      const parts = domain.parts.map((part) => condition(part, scope));
      return sql`(${joinSql(parts, domain.kind === 'and' ? ' AND ' : ' OR ')})`;
    }
    case 'not':
      // After normalising, only terms are negated.
      return domain.part.kind === 'term'
        ? termCondition(domain.part, scope, 'missing')
        : sql`(${condition(domain.part, scope)}) IS NOT TRUE`;
    case 'term':
      return termCondition(domain, scope, 'found');
  }
}

/** Whether a condition is for the records that satisfy a term, or for all others. */
type Wanted = 'found' | 'missing';

function termCondition(term: Term, scope: Scope, wanted: Wanted): Sql {
  const field = checkedFieldOf(scope.model, term);
  const operator = term.operator as CheckedOperator;
  if (operator === 'any') return existence(term, scope, wanted);
  if (operator === 'child_of' || operator === 'parent_of') return hierarchyCondition(term, scope, wanted);
  const column = columnOf(field, scope);
  if (operator === '=') return equality(field, term, { column, wanted });
  if (operator === 'in') return listing(field, term, { column, wanted });
  if (operator === 'like' || operator === 'ilike' || operator === '=like' || operator === '=ilike') {
    return likeCondition(field, term, { column, wanted });
  }
  const value = parameter(field, term.operand);
  if (wanted === 'found') return sql`${column} ${rawSql(operator)} ${value}`;
  return sql`(${column} ${rawSql(operator)} ${value}) IS NOT TRUE`;
}

interface Comparison {
  readonly column: Sql;
  readonly wanted: Wanted;
}

function equality(field: ResolvedField, term: Term, { column, wanted }: Comparison): Sql {
  const found = wanted === 'found';
  if (term.operand === null) return found ? sql`${column} IS NULL` : sql`${column} IS NOT NULL`;
  // A bare boolean column is what partial indexes on it are found by; NULL reads as false.
  if (field.kind === 'boolean') return (term.operand === true) === found ? column : sql`${column} IS NOT TRUE`;
  const value = parameter(field, term.operand);
  return found ? sql`${column} = ${value}` : sql`${column} IS DISTINCT FROM ${value}`;
}

function listing(field: ResolvedField, term: Term, { column, wanted }: Comparison): Sql {
  const operand = term.operand as readonly unknown[];
  const values = operand.filter((value) => value !== null);
  const withNull = values.length < operand.length;
  const list = sql`${values.map((value) => field.toParameter(value))}::${typeOf(field)}[]`;
  if (wanted === 'found') {
    return withNull ? sql`(${column} = ANY(${list}) OR ${column} IS NULL)` : sql`${column} = ANY(${list})`;
  }
  return withNull ? sql`${column} <> ALL(${list})` : sql`(${column} <> ALL(${list}) OR ${column} IS NULL)`;
}

function likeCondition(field: ResolvedField, term: Term, { column, wanted }: Comparison): Sql {
  const operator = term.operator as LikeOperator;
  const text = field.columnType === 'uuid' ? sql`${column}::text` : column;
  const keyword = rawSql(ignoresCase(operator) ? 'ILIKE' : 'LIKE');
  const pattern = likePattern(operator, term.operand as string);
  if (wanted === 'found') return sql`${text} ${keyword} ${pattern}::text`;
  return sql`(${text} NOT ${keyword} ${pattern}::text OR ${column} IS NULL)`;
}

function existence(term: Term, scope: Scope, wanted: Wanted): Sql {
  const field = checkedFieldOf(scope.model, term);
  const { relation } = field;
  if (relation === null)
    throw new UsageError(`"${field.name}" of ${scope.model.name} is not a relation.`, { model: scope.model.name });
  const rows = relatedRows(field, relation, { term, scope });
  return wanted === 'found' ? sql`EXISTS (${rows})` : sql`NOT EXISTS (${rows})`;
}

interface Occurrence {
  readonly term: Term;
  readonly scope: Scope;
}

function relatedRows(field: ResolvedField, relation: Relation, { term, scope }: Occurrence): Sql {
  const { aliases } = scope;
  const below = subDomainOf(term);
  const own = identifier(scope.alias, 'id');
  if (relation.kind !== 'many2many') {
    const alias = nextAlias(scope);
    const link =
      relation.kind === 'many2one'
        ? sql`${identifier(alias, 'id')} = ${columnOf(field, scope)}`
        : sql`${identifier(alias, relation.inverseColumn)} = ${own}`;
    const inside = andCondition(below, { model: relation.target, alias, aliases });
    return sql`SELECT 1 FROM ${identifier(relation.target.table)} AS ${identifier(alias)} WHERE ${link}${inside}`;
  }
  const links = nextAlias(scope);
  const link = sql`${identifier(links, relation.ownColumn)} = ${own}`;
  const from = sql`SELECT 1 FROM ${identifier(relation.table)} AS ${identifier(links)}`;
  if (below.kind === 'all') return sql`${from} WHERE ${link}`;
  const alias = nextAlias(scope);
  const inside = andCondition(below, { model: relation.target, alias, aliases });
  const target = sql`${identifier(relation.target.table)} AS ${identifier(alias)}`;
  return sql`${from} JOIN ${target} ON ${identifier(alias, 'id')} = ${identifier(links, relation.targetColumn)} WHERE ${link}${inside}`;
}

function andCondition(domain: Domain, scope: Scope): Sql {
  return domain.kind === 'all' ? rawSql('') : sql` AND ${condition(domain, scope)}`;
}

/** The walk starts at what the sub-domain finds and goes on until nothing new is met, so a cycle in the data ends it. */
function hierarchyCondition(term: Term, scope: Scope, wanted: Wanted): Sql {
  const { aliases } = scope;
  const hierarchy = hierarchyOf(scope.model, term);
  const parentColumn = columnName(parentFieldOf(hierarchy));
  const field = checkedFieldOf(scope.model, term);
  const [start, node] = [nextAlias(scope), nextAlias(scope)];
  const [walk, table] = [identifier(`walk$${node}`), identifier(hierarchy.table)];
  const begin = condition(subDomainOf(term), { model: hierarchy, alias: start, aliases });
  const parent = identifier(node, parentColumn);
  const id = identifier(node, 'id');
  const step =
    term.operator === 'child_of'
      ? sql`SELECT ${id} FROM ${table} AS ${identifier(node)} JOIN ${walk} ON ${walk}."id" = ${parent}`
      : sql`SELECT ${parent} FROM ${table} AS ${identifier(node)} JOIN ${walk} ON ${walk}."id" = ${id} WHERE ${parent} IS NOT NULL`;
  const first = sql`SELECT ${identifier(start, 'id')} FROM ${table} AS ${identifier(start)} WHERE ${begin}`;
  const nodes = sql`WITH RECURSIVE ${walk}("id") AS (${first} UNION ${step}) SELECT "id" FROM ${walk}`;
  const column = columnOf(field, scope);
  return wanted === 'found' ? sql`${column} IN (${nodes})` : sql`(${column} NOT IN (${nodes}) OR ${column} IS NULL)`;
}

function nextAlias({ aliases, alias, model }: Scope): string {
  const name = aliases.next();
  // The name of the outer table must stay visible inside the sub-select.
  return name === alias || name === model.table ? aliases.next() : name;
}

function columnOf(field: ResolvedField, scope: Scope): Sql {
  const column = identifier(scope.alias, columnName(field));
  // JSON's own null is "not set", as it is when the value is read.
  if (field.kind !== 'json') return column;
  const asJsonb = field.columnType === 'jsonb' ? column : sql`${column}::jsonb`;
  return sql`NULLIF(${asJsonb}, 'null'::jsonb)`;
}

function columnName(field: ResolvedField): string {
  if (field.column !== null) return field.column;
  throw new UsageError(`"${field.name}" of ${field.model} has no column.`, { model: field.model, field: field.name });
}

function parameter(field: ResolvedField, value: unknown): Sql {
  return sql`${field.toParameter(value)}::${typeOf(field)}`;
}

/** The column's type for a cast, without its length or precision: a cast that cuts or rounds would change what is asked. */
function typeOf(field: ResolvedField): Sql {
  if (field.kind === 'json') return rawSql('jsonb');
  const type = (field.columnType ?? '').replace(/\(.*?\)/, '').trim();
  if (/^[a-z_][a-z0-9_ ]*$/i.test(type)) return rawSql(type);
  throw new UsageError(`The column type of ${field.model}.${field.name} cannot be used in SQL.`, {
    model: field.model,
    field: field.name,
  });
}
