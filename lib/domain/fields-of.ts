import type { Domain, Term } from './domain.js';
import type { FieldResolver, OrderTerm, ResolvedField } from './field-resolver.js';
import { orderKeys } from './order.js';
import { parseWrittenDomain } from './parse.js';
import { checkedFieldOf, hierarchyOf, parentFieldOf, subDomainOf } from './resolve.js';

/** A field that a search depends on: a pending change of it must reach the database first. */
export interface TouchedField {
  readonly model: FieldResolver;
  readonly field: ResolvedField;
}

/**
 * Every field that a domain reads, along dotted paths and sub-domains: the links themselves, the many2one behind a
 * one2many, the parent field of a hierarchy, the active field of models behind x2many paths. Each once.
 */
export function fieldsOf(domain: Domain, model: FieldResolver): readonly TouchedField[] {
  const touched = new Touched();
  visit(parseWrittenDomain(model, domain), model, touched);
  return touched.list;
}

/** Every field that an order reads, nested orders of many2one fields included. Each once. */
export function fieldsOfOrder(order: readonly OrderTerm[], model: FieldResolver): readonly TouchedField[] {
  const touched = new Touched();
  for (const { links, field } of orderKeys(order, model)) {
    touched.add(links.at(-1)?.relation?.target ?? model, field);
  }
  return touched.list;
}

class Touched {
  readonly list: TouchedField[] = [];
  readonly #known = new Set<ResolvedField>();

  add(model: FieldResolver, field: ResolvedField | undefined): void {
    if (field === undefined || this.#known.has(field)) return;
    this.#known.add(field);
    this.list.push({ model, field });
  }
}

function visit(domain: Domain, model: FieldResolver, touched: Touched): void {
  switch (domain.kind) {
    case 'and':
    case 'or':
      for (const part of domain.parts) visit(part, model, touched);
      break;
    case 'not':
      visit(domain.part, model, touched);
      break;
    case 'term':
      visitTerm(domain, model, touched);
      break;
    default:
  }
}

function visitTerm(term: Term, model: FieldResolver, touched: Touched): void {
  const field = checkedFieldOf(model, term);
  touched.add(model, field);
  if (term.operator === 'child_of' || term.operator === 'parent_of') {
    const hierarchy = hierarchyOf(model, term);
    touched.add(hierarchy, parentFieldOf(hierarchy));
    visit(subDomainOf(term), hierarchy, touched);
  } else if (term.operator === 'any' && field.relation !== null) {
    const { relation } = field;
    if (relation.kind === 'one2many') touched.add(relation.target, relation.target.findField(relation.inverse));
    if (relation.kind !== 'many2one' && relation.target.activeField !== null) {
      touched.add(relation.target, relation.target.findField(relation.target.activeField));
    }
    visit(subDomainOf(term), relation.target, touched);
  }
}
