import { DomainError, FieldValueError, UnknownFieldError } from '../errors/use-errors.js';
import { isDomain, type Domain } from './domain.js';
import type { FieldResolver, OrderTerm } from './field-resolver.js';
import { parseWrittenOrder } from './order.js';
import { parseWrittenDomain } from './parse.js';
import { readSubmitted } from './submitted.js';
import { clientLimits } from './written.js';

const inputErrors = [DomainError, UnknownFieldError, FieldValueError];
/** A domain as text is read up to this length, in characters. */
const maxTextLength = 250_000;

/**
 * Checks a domain that a client sent: an array as JSON gives it, or its JSON text, such as a query parameter. Decimals,
 * dates and large integers may be strings.
 * @throws DomainError, UnknownFieldError, FieldValueError, each with `submitted: true`
 */
export function parseDomain(model: FieldResolver, input: unknown): Domain {
  return readSubmitted(inputErrors, () => {
    if (isDomain(input)) return parseWrittenDomain(model, input);
    const written = typeof input === 'string' ? readJson(input) : input;
    return parseWrittenDomain(model, written, { limits: clientLimits });
  });
}

/**
 * Checks an order that a client sent, such as `'country, name desc'`.
 * @throws DomainError, UnknownFieldError, each with `submitted: true`
 */
export function parseOrder(model: FieldResolver, input: unknown): readonly OrderTerm[] {
  return readSubmitted(inputErrors, () => parseWrittenOrder(model, input));
}

function readJson(text: string): unknown {
  if (text.length > maxTextLength) {
    throw new DomainError('The domain is too long.', { hint: `At most ${maxTextLength} characters are read.` });
  }
  try {
    return JSON.parse(text) as unknown;
  } catch (cause) {
    throw new DomainError('The domain is not JSON.', {
      cause,
      hint: `Send an array such as [["name", "ilike", "x"]].`,
    });
  }
}
