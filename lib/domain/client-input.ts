import { DomainError, FieldValueError, UnknownFieldError } from '../errors/use-errors.js';
import { isDomain, type Domain } from './domain.js';
import type { FieldResolver, OrderTerm } from './field-resolver.js';
import { parseWrittenOrder } from './order.js';
import { parseWrittenDomain } from './parse.js';
import { readSubmitted } from './submitted.js';
import { clientLimits } from './written.js';

const inputErrors = [DomainError, UnknownFieldError];
/** A domain as text is read up to this length, in characters. */
const maxTextLength = 250_000;

/**
 * Checks a domain that a client sent: an array as JSON gives it, or its JSON text, such as a query parameter. Decimals,
 * dates and large integers may be strings.
 * @throws DomainError, UnknownFieldError, each with `submitted: true`; a value that its field cannot be compared with is a
 * DomainError with the FieldValueError as its cause, so that it is told from a value to be stored
 */
export function parseDomain(model: FieldResolver, input: unknown): Domain {
  return readSubmitted(inputErrors, () => {
    if (isDomain(input)) return parseWrittenDomain(model, input);
    return parseArray(model, typeof input === 'string' ? readJson(input) : input);
  });
}

/**
 * Checks an order that a client sent, such as `'country, name desc'`.
 * @throws DomainError, UnknownFieldError, each with `submitted: true`
 */
export function parseOrder(model: FieldResolver, input: unknown): readonly OrderTerm[] {
  return readSubmitted(inputErrors, () => parseWrittenOrder(model, input));
}

function parseArray(model: FieldResolver, written: unknown): Domain {
  try {
    return parseWrittenDomain(model, written, { limits: clientLimits });
  } catch (cause) {
    if (!(cause instanceof FieldValueError)) throw cause;
    const { message, hint, model: where, field } = cause;
    throw new DomainError(message, { hint, model: where, field, cause });
  }
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
