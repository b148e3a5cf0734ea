import { allOf, anyOf, complementOf, Term, type Domain } from './domain.js';
import type { FieldResolver } from './field-resolver.js';
import { normalise } from './normalise.js';
import { parseWrittenDomain } from './parse.js';
import { checkedFieldOf, hierarchyOf, subDomainOf } from './resolve.js';
import { findValueSet } from './value-set.js';

/**
 * The domain of a search that skips archived records: on the model itself unless the domain names the active field at
 * its own level, and inside every x2many path by the same rule. Many2one paths and the walks of `child_of` and
 * `parent_of` see archived records. With `activeTest` false nothing is skipped, and that is noted in the tree.
 *
 * What is given should be the search's own domain, before access rules are joined to it: a rule that names the active
 * field is no wish of the caller. What comes back is normalised.
 */
export function withActiveFilter(domain: Domain, model: FieldResolver, activeTest: boolean): Domain {
  const checked = parseWrittenDomain(model, domain);
  return normalise(activeOnly(checked, model, activeTest), model);
}

/** The same for the x2many paths alone: nothing is added at the domain's own level. */
export function settleSubDomains(domain: Domain, model: FieldResolver, activeTest: boolean): Domain {
  switch (domain.kind) {
    case 'and':
      return allOf(domain.parts.map((part) => settleSubDomains(part, model, activeTest)));
    case 'or':
      return anyOf(domain.parts.map((part) => settleSubDomains(part, model, activeTest)));
    case 'not':
      return complementOf(settleSubDomains(domain.part, model, activeTest));
    case 'term':
      return settleTerm(domain, model, activeTest);
    default:
      return domain;
  }
}

/** Whether a settled condition on related records could hold for archived ones: a list without them cannot answer it. */
export function asksForArchived(domain: Domain, model: FieldResolver): boolean {
  switch (domain.kind) {
    case 'none':
      return false;
    case 'and':
      return domain.parts.every((part) => asksForArchived(part, model));
    case 'or':
      return domain.parts.some((part) => asksForArchived(part, model));
    case 'term':
      return model.activeField !== null && !holdsForActiveOnly(domain, model);
    default:
      return model.activeField !== null;
  }
}

function holdsForActiveOnly(term: Term, model: FieldResolver): boolean {
  if (term.path !== model.activeField) return false;
  const set = findValueSet(checkedFieldOf(model, term), term);
  return set !== undefined && !set.unset && !set.excludes && set.values.every((value) => value === true);
}

function activeOnly(domain: Domain, model: FieldResolver, activeTest: boolean): Domain {
  const settled = settleSubDomains(domain, model, activeTest);
  const { activeField } = model;
  if (!activeTest || activeField === null || names(domain, activeField)) return settled;
  const active = new Term({ path: activeField, operator: '=', operand: true, place: [], checkedFor: model });
  return allOf([settled, active]);
}

function settleTerm(term: Term, model: FieldResolver, activeTest: boolean): Domain {
  if (term.settled || !['any', 'child_of', 'parent_of'].includes(term.operator)) return term;
  const { path, operator, place, checkedFor } = term;
  const operand = settledOperand(term, model, activeTest);
  return new Term({ path, operator, operand, place, checkedFor, settled: true });
}

function settledOperand(term: Term, model: FieldResolver, activeTest: boolean): Domain {
  const below = subDomainOf(term);
  if (term.operator !== 'any') return settleSubDomains(below, hierarchyOf(model, term), false);
  const { relation } = checkedFieldOf(model, term);
  if (relation === null) return below;
  return relation.kind === 'many2one'
    ? settleSubDomains(below, relation.target, activeTest)
    : activeOnly(below, relation.target, activeTest);
}

function names(domain: Domain, field: string): boolean {
  switch (domain.kind) {
    case 'and':
    case 'or':
      return domain.parts.some((part) => names(part, field));
    case 'not':
      return names(domain.part, field);
    case 'term':
      return domain.path === field;
    default:
      return false;
  }
}
