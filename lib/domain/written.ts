import { DomainError } from '../errors/use-errors.js';
import { allOf, anyOf, complementOf, isDomain, Term, type Domain, type Place } from './domain.js';

/**
 * A domain as code writes it: a tree, or an array in prefix notation of terms `[path, operator, operand]`, the operators
 * `'&'`, `'|'`, `'!'`, and trees. Missing operators mean "and"; `[]` is every record.
 */
export type WrittenDomain = Domain | readonly unknown[];

/** How large a domain may be. */
export interface DomainLimits {
  /** Terms, those of sub-domains included. */
  readonly terms: number;
  /** Levels of nesting, sub-domains and dotted paths included. */
  readonly levels: number;
}

/** For domains that server code writes. */
export const serverLimits: DomainLimits = { terms: 10_000, levels: 100 };
/** For domains that clients send. */
export const clientLimits: DomainLimits = { terms: 1_000, levels: 100 };

/** The records that satisfy every one of the domains; none given: all records. A single term may stand without brackets. */
export function and(...domains: readonly WrittenDomain[]): Domain {
  return allOf(domains.map(readArgument));
}

/** The records that satisfy at least one of the domains; none given: no record. */
export function or(...domains: readonly WrittenDomain[]): Domain {
  return anyOf(domains.map(readArgument));
}

/** Exactly the records that the domain leaves out, those with unset values included. */
export function not(domain: WrittenDomain): Domain {
  return complementOf(readArgument(domain, 0));
}

/**
 * Reads the arrangement of a written domain; paths, operators and operands are looked at later.
 * @throws DomainError with the place of what is wrong.
 */
export function readWritten(written: unknown, place: Place, limits: DomainLimits = serverLimits): Domain {
  if (isDomain(written)) return bounded(written, place, limits);
  if (!Array.isArray(written)) {
    throw new DomainError(`A domain is an array, not ${describe(written)}.`, { place, hint: arrayHint });
  }
  // A term needs at most a few operators; far more than that is an attempt to exhaust, refused before it is read.
  if (written.length > limits.terms * 3) throw tooLarge(place, limits);
  return bounded(readPrefix(written, place, limits), place, limits);
}

const arrayHint =
  "Write terms as [['name', '=', 'x'], ['age', '>', 3]]; operators stand before what they join: ['|', a, b].";

/** What has been read but not joined yet: the parts of one junction, last first, or a single node. */
interface Reading {
  readonly kind: 'and' | 'or' | 'one';
  readonly parts: Domain[];
}

/** Prefix notation is read from its end: each operator then finds its operands on the stack, without recursion. */
function readPrefix(written: readonly unknown[], place: Place, limits: DomainLimits): Domain {
  const stack: Reading[] = [];
  const one = (domain: Domain): Reading => ({ kind: 'one', parts: [domain] });
  for (let index = written.length - 1; index >= 0; index--) {
    const element: unknown = written[index];
    const here = [...place, index];
    const operand = (operator: string): Reading => operandFrom(stack, operator, here);
    const finish = (reading: Reading): Domain => bounded(finished(reading), here, limits);
    if (element === '!') stack.push(one(complementOf(finish(operand(element)))));
    else if (element === '&') stack.push(joined('and', [operand(element), operand(element)], finish));
    else if (element === '|') stack.push(joined('or', [operand(element), operand(element)], finish));
    else stack.push(one(isDomain(element) ? element : readTerm(element, here)));
  }
  return allOf(stack.reverse().map(finished));
}

/** A chain of one operator becomes one list, which grows in place: a long domain is read in a time that fits its length. */
function joined(
  kind: 'and' | 'or',
  [left, right]: readonly [Reading, Reading],
  finish: (reading: Reading) => Domain,
): Reading {
  if (right.kind === kind) {
    if (left.kind === kind) for (const part of left.parts) right.parts.push(part);
    else right.parts.push(finish(left));
    return right;
  }
  if (left.kind !== kind) return { kind, parts: [finish(right), finish(left)] };
  left.parts.unshift(finish(right));
  return left;
}

function finished({ kind, parts }: Reading): Domain {
  const inOrder = parts.toReversed();
  return kind === 'or' ? anyOf(inOrder) : allOf(inOrder);
}

function operandFrom(stack: Reading[], operator: string, place: Place): Reading {
  const operand = stack.pop();
  if (operand !== undefined) return operand;
  throw new DomainError(`${at(place)}the operator '${operator}' has too few conditions after it.`, {
    place,
    hint: "'&' and '|' join the two conditions that follow, '!' negates the one that follows.",
  });
}

function readTerm(element: unknown, place: Place): Term {
  if (!Array.isArray(element)) {
    const hint =
      typeof element === 'string' ? 'A single term needs brackets of its own: [[path, operator, value]].' : arrayHint;
    throw new DomainError(`${at(place)}a term is an array [path, operator, operand], not ${describe(element)}.`, {
      place,
      hint,
    });
  }
  const [path, operator, operand] = element as readonly unknown[];
  if (element.length !== 3) {
    const message = `${at(place)}a term has three elements [path, operator, operand], this one has ${element.length}.`;
    throw new DomainError(message, {
      place,
      hint: 'Conditions are nested by operators in prefix notation, not by arrays.',
    });
  }
  if (typeof path !== 'string') {
    throw new DomainError(`${at(place)}the path of a term is a string, not ${describe(path)}.`, {
      place: [...place, 0],
    });
  }
  if (typeof operator !== 'string') {
    throw new DomainError(`${at(place)}the operator of a term is a string, not ${describe(operator)}.`, {
      place: [...place, 1],
    });
  }
  return new Term({ path, operator, operand, place });
}

function readArgument(written: WrittenDomain, index: number): Domain {
  const isBareTerm = Array.isArray(written) && typeof written[0] === 'string' && !'&|!'.includes(written[0]);
  return isBareTerm ? readTerm(written, [index]) : readWritten(written, [index]);
}

function bounded(domain: Domain, place: Place, limits: DomainLimits): Domain {
  if (domain.size > limits.terms || domain.depth > limits.levels) throw tooLarge(place, limits);
  return domain;
}

/** What is thrown for a domain beyond its limits. */
export function tooLarge(place: Place, limits: DomainLimits): DomainError {
  return new DomainError(
    `The domain is too large: at most ${limits.terms} terms and ${limits.levels} levels are read.`,
    {
      place,
      hint: "Many values of one field are one term: ['id', 'in', ids].",
    },
  );
}

/** The beginning of a message about a place: `At [2][0]: `, nothing for the whole. */
export function at(place: Place): string {
  return place.length === 0 ? '' : `At ${place.map((step) => `[${step}]`).join('')} of the domain: `;
}

/** What a value is, in words for a message, never longer than a line. */
export function describe(value: unknown): string {
  if (value === null || value === undefined) return String(value);
  if (typeof value === 'string') return JSON.stringify(value.length > 60 ? `${value.slice(0, 60)}…` : value);
  if (typeof value === 'number' || typeof value === 'boolean' || typeof value === 'bigint') return String(value);
  return Array.isArray(value) ? 'an array' : `a value of type ${typeof value}`;
}
