import { allOf, allRecords, anyOf, complementOf, isDomain, Junction, noRecords, Term, type Domain } from './domain.js';
import type { FieldResolver, Relation, ResolvedField } from './field-resolver.js';
import { parseWrittenDomain } from './parse.js';
import { checkedFieldOf, hierarchyOf } from './resolve.js';
import { complementSet, findValueSet, intersectSets, setToDomain, uniteSets, type ValueSet } from './value-set.js';

/**
 * An equal, smaller tree: constants folded, negation only on single terms, sets of values of one field combined,
 * conditions on the same related record put into one sub-domain. The complement of the result is the complement of what
 * was given.
 */
export function normalise(domain: Domain, model: FieldResolver): Domain {
  return reduce(parseWrittenDomain(model, domain), model, { negated: false });
}

interface Sign {
  readonly negated: boolean;
}

/** A part of a junction, its negation taken off. */
interface Literal extends Sign {
  readonly domain: Domain;
}

function reduce(domain: Domain, model: FieldResolver, { negated }: Sign): Domain {
  switch (domain.kind) {
    case 'not':
      return reduce(domain.part, model, { negated: !negated });
    case 'term':
      return reduceTerm(domain, model, { negated });
    case 'and':
    case 'or':
      return reduceJunction(domain, model, { negated });
    default:
      return negated ? complementOf(domain) : domain;
  }
}

function reduceJunction(domain: Junction, model: FieldResolver, { negated }: Sign): Domain {
  const kind = (domain.kind === 'and') === negated ? 'or' : 'and';
  const literals: Literal[] = [];
  collect(kind, { domain, negated }, literals);
  // Sub-domains are joined before they are reduced: each is then reduced once, however deep the nesting.
  const parts = joinSubDomains(kind, literals, model).map((literal) => reduce(literal.domain, model, literal));
  return combineSets(kind, kind === 'and' ? allOf(parts) : anyOf(parts), model);
}

function collect(kind: 'and' | 'or', literal: Literal, into: Literal[]): void {
  const { domain, negated } = literal;
  if (domain.kind === 'not') {
    collect(kind, { domain: domain.part, negated: !negated }, into);
  } else if (domain instanceof Junction && (domain.kind === kind) !== negated) {
    for (const part of domain.parts) collect(kind, { domain: part, negated }, into);
  } else {
    into.push(literal);
  }
}

function reduceTerm(term: Term, model: FieldResolver, { negated }: Sign): Domain {
  const field = checkedFieldOf(model, term);
  const set = findValueSet(field, term);
  if (set !== undefined) return setToDomain(model, field, negated ? complementSet(field, set) : set, term);
  // What is not set is neither more nor less than anything.
  if (term.operand === null) return negated ? allRecords : noRecords;
  if (term.operand === '' && (term.operator === 'like' || term.operator === 'ilike')) {
    return negated ? noRecords : allRecords;
  }
  if (!isDomain(term.operand)) return negated ? complementOf(term) : term;
  const isWalk = term.operator !== 'any' || field.relation === null;
  const positive = isWalk ? reduceWalk(term, model) : reduceAny(term, model, field.relation);
  return negated ? complementOf(positive) : positive;
}

function reduceWalk(term: Term, model: FieldResolver): Domain {
  const start = reduce(term.operand as Domain, hierarchyOf(model, term), { negated: false });
  return start.kind === 'none' ? noRecords : withOperand(term, start);
}

function reduceAny(term: Term, model: FieldResolver, relation: Relation): Domain {
  const below = reduce(term.operand as Domain, relation.target, { negated: false });
  if (below.kind === 'none') return noRecords;
  if (relation.kind !== 'many2one') return withOperand(term, below);
  const field = checkedFieldOf(model, term);
  // The related record is one and exists: what is asked of its id is asked of the link.
  if (below.kind === 'all') return setToDomain(model, field, { values: [], excludes: true, unset: false }, term);
  const ids = findSet(below, relation.target);
  if (ids?.field.name !== 'id') return withOperand(term, below);
  return setToDomain(model, field, { ...ids.set, unset: false }, ids.term);
}

function withOperand(term: Term, operand: Domain): Term {
  return operand === term.operand ? term : new Term({ ...partsOf(term), operand });
}

function partsOf({ path, operator, operand, place, checkedFor, settled }: Term): ConstructorParameters<typeof Term>[0] {
  return { path, operator, operand, place, checkedFor, settled };
}

/** Terms `any` on the same relation, where they may become one. */
interface SubDomains {
  readonly term: Term;
  readonly relation: Relation;
  readonly found: Domain[];
  readonly missing: Domain[];
}

/**
 * A many2one leads to one record, so every condition on it fits into one sub-domain. An x2many leads to several: "one with
 * A and one with B" is not "one with A and B", but "one with A or one with B" is "one with A or B".
 */
function joinSubDomains(kind: 'and' | 'or', literals: readonly Literal[], model: FieldResolver): readonly Literal[] {
  const groups = new Map<string, SubDomains>();
  const order: (Literal | SubDomains)[] = [];
  for (const literal of literals) {
    const { domain: term } = literal;
    const relation = term.kind === 'term' && term.operator === 'any' ? checkedFieldOf(model, term).relation : null;
    if (relation === null || term.kind !== 'term' || (relation.kind !== 'many2one' && !term.settled)) {
      order.push(literal);
      continue;
    }
    const key = `${term.settled ? '+' : '-'}${term.path}`;
    const group = groups.get(key) ?? { term, relation, found: [], missing: [] };
    if (!groups.has(key)) order.push(group);
    groups.set(key, group);
    (literal.negated ? group.missing : group.found).push(term.operand as Domain);
  }
  return order.flatMap((entry) => ('term' in entry ? joined(kind, entry) : [entry]));
}

function joined(kind: 'and' | 'or', { term, relation, found, missing }: SubDomains): readonly Literal[] {
  const literal = (operand: Domain, negated: boolean): Literal => ({ domain: withOperand(term, operand), negated });
  if (relation.kind === 'many2one') {
    const [main, other] = kind === 'and' ? [found, missing] : [missing, found];
    if (main.length === 0) return [literal(anyOf(other), kind === 'and')];
    return [literal(allOf([...main, ...other.map(complementOf)]), kind === 'or')];
  }
  const [apart, together] = kind === 'and' ? [found, missing] : [missing, found];
  const single = apart.map((operand) => literal(operand, kind === 'or'));
  return together.length === 0 ? single : [...single, literal(anyOf(together), kind === 'and')];
}

interface FoundSet {
  readonly field: ResolvedField;
  readonly term: Term;
  readonly set: ValueSet;
}

/** The set of values behind a term or a negated term. */
function findSet(domain: Domain, model: FieldResolver): FoundSet | undefined {
  const term = domain.kind === 'not' ? domain.part : domain;
  if (term.kind !== 'term') return undefined;
  const field = checkedFieldOf(model, term);
  const set = findValueSet(field, term);
  if (set === undefined) return undefined;
  return { field, term, set: domain.kind === 'not' ? complementSet(field, set) : set };
}

/** Puts all sets of one field into one, at the place of the first. */
function combineSets(kind: 'and' | 'or', domain: Domain, model: FieldResolver): Domain {
  if (domain.kind !== kind) return domain;
  const combine = kind === 'and' ? intersectSets : uniteSets;
  const groups = new Map<string, { readonly index: number; readonly found: FoundSet }>();
  const parts: Domain[] = [];
  for (const part of domain.parts) {
    const found = findSet(part, model);
    const known = found === undefined ? undefined : groups.get(found.field.name);
    if (found === undefined || known === undefined) {
      if (found !== undefined) groups.set(found.field.name, { index: parts.length, found });
      parts.push(part);
      continue;
    }
    const set = combine(found.field, known.found.set, found.set);
    groups.set(found.field.name, { index: known.index, found: { ...known.found, set } });
    // Several values are one list whatever their number: the text of the statement does not depend on it.
    const like = new Term({ ...partsOf(known.found.term), operator: 'in' });
    parts[known.index] = setToDomain(model, found.field, set, like);
  }
  return kind === 'and' ? allOf(parts) : anyOf(parts);
}
