import { parseDomain as parseDomainOf, parseOrder as parseOrderOf } from '../domain/client-input.js';
import type { Domain } from '../domain/domain.js';
import type { OrderTerm } from '../domain/field-resolver.js';
import { modelOfReference, type ModelReference } from './model-reference.js';

/**
 * Checks a domain that a client sent: an array as JSON gives it, or its JSON text, such as a query parameter. What it
 * gives can be searched for as it is. Decimals, dates and large integers may be strings.
 * @throws DomainError, UnknownFieldError, each marked as submitted, which is answered with 400
 */
export function parseDomain(model: ModelReference, input: unknown): Domain {
  return parseDomainOf(modelOfReference(model, 'parseDomain'), input);
}

/**
 * Checks an order that a client sent, such as `'country, name desc'`; what it gives is the `order` of a search.
 * @throws DomainError, UnknownFieldError, each marked as submitted, which is answered with 400
 */
export function parseOrder(model: ModelReference, input: unknown): readonly OrderTerm[] {
  return parseOrderOf(modelOfReference(model, 'parseOrder'), input);
}
