import { FieldNotLoadedError, UsageError } from '../errors/use-errors.js';
import { asksForArchived, settleSubDomains } from './active-filter.js';
import type { Domain, Term } from './domain.js';
import type { FieldResolver, ResolvedField } from './field-resolver.js';
import { compileLike, type LikeOperator } from './like.js';
import { normalise } from './normalise.js';
import type { CheckedOperator } from './operators.js';
import { parseWrittenDomain } from './parse.js';
import { compileValue, relatedOne, type RecordReader } from './record-reader.js';
import { checkedFieldOf, hierarchyOf, parentFieldOf, subDomainOf } from './resolve.js';
import { findValueSet, membership } from './value-set.js';

export interface PredicateOptions {
  /** Whether x2many paths skip archived records, as in `domainToSql`; default: true. */
  readonly activeTest?: boolean;
}

type Predicate<R> = (record: R) => boolean;

/**
 * The domain as a filter for records in memory, with the answers that `domainToSql` would give. Make it for one pass over
 * records that do not change meanwhile: ancestors for `parent_of` are found once.
 * @throws FieldNotLoadedError, when called, by the reader
 */
export function compilePredicate<R>(
  domain: Domain,
  model: FieldResolver,
  reader: RecordReader<R>,
  { activeTest = true }: PredicateOptions = {},
): Predicate<R> {
  const checked = parseWrittenDomain(model, domain);
  return compile(normalise(settleSubDomains(checked, model, activeTest), model), model, reader);
}

function compile<R>(domain: Domain, model: FieldResolver, reader: RecordReader<R>): Predicate<R> {
  switch (domain.kind) {
    case 'all':
      return () => true;
    case 'none':
      return () => false;
    case 'and': {
      const parts = domain.parts.map((part) => compile(part, model, reader));
      return (record) => parts.every((holds) => holds(record));
    }
    case 'or': {
      const parts = domain.parts.map((part) => compile(part, model, reader));
      return (record) => parts.some((holds) => holds(record));
    }
    case 'not': {
      const holds = compile(domain.part, model, reader);
      return (record) => !holds(record);
    }
    case 'term':
      return compileTerm(domain, model, reader);
  }
}

function compileTerm<R>(term: Term, model: FieldResolver, reader: RecordReader<R>): Predicate<R> {
  const field = checkedFieldOf(model, term);
  const operator = term.operator as CheckedOperator;
  switch (operator) {
    case 'any':
      return compileAny(term, field, reader);
    case 'child_of':
      return compileChildOf(term, model, reader);
    case 'parent_of':
      return compileParentOf(term, model, reader);
    case '=':
    case 'in':
      return compileSet(term, field, reader);
    case 'like':
    case 'ilike':
    case '=like':
    case '=ilike':
      return compileMatch(operator, { term, field }, reader);
    default:
      return compileOrdering(operator, { term, field }, reader);
  }
}

function compileAny<R>(term: Term, field: ResolvedField, reader: RecordReader<R>): Predicate<R> {
  if (field.relation === null)
    throw new UsageError(`"${field.name}" of ${field.model} is not a relation.`, { model: field.model });
  const { target, kind } = field.relation;
  const below = subDomainOf(term);
  const which = kind !== 'many2one' && asksForArchived(below, target) ? 'archived too' : 'as listed';
  const holds = compile(below, target, reader);
  return (record) => {
    for (const related of reader.related(record, field, which)) if (holds(related)) return true;
    return false;
  };
}

function compileSet<R>(term: Term, field: ResolvedField, reader: RecordReader<R>): Predicate<R> {
  const set = findValueSet(field, term);
  if (set === undefined)
    throw new UsageError(`A term on ${field.model}.${field.name} compares with nothing.`, { model: field.model });
  const has = membership(field, set.values);
  const read = compileValue(reader, field);
  return (record) => {
    const value = read(record);
    return value === null ? set.unset : has(value) !== set.excludes;
  };
}

interface TermOnField {
  readonly term: Term;
  readonly field: ResolvedField;
}

function compileMatch<R>(operator: LikeOperator, { term, field }: TermOnField, reader: RecordReader<R>): Predicate<R> {
  const matches = compileLike(operator, term.operand as string);
  const read = compileValue(reader, field);
  return (record) => {
    const value = read(record);
    return typeof value === 'string' && matches(value);
  };
}

function compileOrdering<R>(
  operator: '<' | '>' | '<=' | '>=',
  { term, field }: TermOnField,
  reader: RecordReader<R>,
): Predicate<R> {
  const read = compileValue(reader, field);
  const { operand } = term;
  const below = operator === '<' || operator === '<=';
  const orEqual = operator === '<=' || operator === '>=';
  return (record) => {
    const value = read(record);
    if (value === null) return false;
    const order = field.compare(value, operand);
    return order === 0 ? orEqual : order < 0 === below;
  };
}

/** From each record upwards until one of the start is met; a node met twice is a cycle and ends the walk. */
function compileChildOf<R>(term: Term, model: FieldResolver, reader: RecordReader<R>): Predicate<R> {
  const hierarchy = hierarchyOf(model, term);
  const isStart = compile(subDomainOf(term), hierarchy, reader);
  const node = compileNode(term, model, reader);
  return (record) => {
    const first = node(record);
    if (first === undefined) return false;
    for (const ancestor of upwards(first, hierarchy, reader)) if (isStart(ancestor)) return true;
    return false;
  };
}

/** From the start upwards, once; the records met are the answer. */
function compileParentOf<R>(term: Term, model: FieldResolver, reader: RecordReader<R>): Predicate<R> {
  const hierarchy = hierarchyOf(model, term);
  let found: Set<number> | undefined;
  const node = compileNode(term, model, reader);
  return (record) => {
    found ??= ancestorIds(subDomainOf(term), hierarchy, reader);
    const first = node(record);
    return first !== undefined && found.has(reader.id(first));
  };
}

/** The record of the hierarchy that a term speaks of: the record itself for `id`, else the related one. */
function compileNode<R>(term: Term, model: FieldResolver, reader: RecordReader<R>): (record: R) => R | undefined {
  const field = checkedFieldOf(model, term);
  return field.relation === null ? (record) => record : (record) => relatedOne(reader, record, field);
}

function* upwards<R>(first: R, hierarchy: FieldResolver, reader: RecordReader<R>): Generator<R> {
  const parent = parentFieldOf(hierarchy);
  const met = new Set<number>();
  for (let node: R | undefined = first; node !== undefined; node = relatedOne(reader, node, parent)) {
    const id = reader.id(node);
    if (met.has(id)) return;
    met.add(id);
    yield node;
  }
}

function ancestorIds<R>(start: Domain, hierarchy: FieldResolver, reader: RecordReader<R>): Set<number> {
  const set =
    start.kind === 'term' && start.path === 'id' ? findValueSet(checkedFieldOf(hierarchy, start), start) : undefined;
  const browse = reader.browse?.bind(reader);
  if (set === undefined || set.excludes || browse === undefined) {
    throw new FieldNotLoadedError(
      `Where "parent_of" starts in ${hierarchy.name} is not known from the records in memory.`,
      {
        model: hierarchy.name,
        hint: 'Compare with ids or records instead of a name, or ask the database with `search`.',
      },
    );
  }
  const ids = new Set<number>();
  for (const id of set.values) {
    for (const node of upwards(browse(hierarchy, Number(id)), hierarchy, reader)) {
      if (ids.has(reader.id(node))) break;
      ids.add(reader.id(node));
    }
  }
  return ids;
}
