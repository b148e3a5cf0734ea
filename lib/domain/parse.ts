import { didYouMean } from '../errors/nearest.js';
import { DomainError, UnknownFieldError, UsageError } from '../errors/use-errors.js';
import { allOf, anyOf, complementOf, isDomain, Term, type Domain, type Place } from './domain.js';
import type { FieldResolver, ResolvedField } from './field-resolver.js';
import { convertOperand, findElements, patternOperand, refuseUndefined } from './operand.js';
import { findOperator, isHierarchy, isLike, operatorNames, type CheckedOperator } from './operators.js';
import { checkHierarchyTerm, checkRelationTerm } from './relation-term.js';
import { checkScalarTerm } from './scalar-term.js';
import type { TermContext } from './term-context.js';
import { at, describe, readWritten, serverLimits, tooLarge, type DomainLimits } from './written.js';

export interface ParseOptions {
  /** Default: `serverLimits`. */
  readonly limits?: DomainLimits;
}

/**
 * The checked tree of a written domain: every path exists, every operator fits its field, every value is converted.
 * Dotted paths have become `any`, negative operators "not" of the positive one, computed fields what their `search` says.
 * A tree that was checked for this model before is given back as it is.
 * @throws UnknownFieldError, DomainError (with the place of the term), FieldValueError; nothing was sent to the database.
 */
export function parseWrittenDomain(model: FieldResolver, written: unknown, options: ParseOptions = {}): Domain {
  return new DomainCheck(options.limits ?? serverLimits, 0).domain(model, written, []);
}

/** Checks at one level of nesting; deeper levels have a check of their own. */
class DomainCheck {
  readonly #limits: DomainLimits;
  readonly #level: number;

  constructor(limits: DomainLimits, level: number) {
    this.#limits = limits;
    this.#level = level;
  }

  domain(model: FieldResolver, written: unknown, place: Place): Domain {
    if (this.#level > this.#limits.levels) throw tooLarge(place, this.#limits);
    const checked = this.#tree(model, readWritten(written, place, this.#limits));
    // Rewriting may have made it larger than what was written.
    if (checked.size > this.#limits.terms || checked.depth > this.#limits.levels) throw tooLarge(place, this.#limits);
    return checked;
  }

  #tree(model: FieldResolver, domain: Domain): Domain {
    if (domain.checkedFor === model) return domain;
    switch (domain.kind) {
      case 'and':
        return allOf(domain.parts.map((part) => this.#tree(model, part)));
      case 'or':
        return anyOf(domain.parts.map((part) => this.#tree(model, part)));
      case 'not':
        return complementOf(this.#tree(model, domain.part));
      case 'term':
        return this.#term(model, domain);
      default:
        return domain;
    }
  }

  #below(): DomainCheck {
    return new DomainCheck(this.#limits, this.#level + 1);
  }

  #term(model: FieldResolver, term: Term): Domain {
    const { path, operand, place } = term;
    if (path === '' || path.length > 1_000 || path.includes('\0')) {
      throw new DomainError(`${at(place)}${describe(path)} is not a path.`, {
        place: [...place, 0],
        model: model.name,
      });
    }
    const dot = path.indexOf('.');
    if (dot !== -1) return this.#path(model, term, dot);
    const field = requireField(model, path);
    const operator = findOperator(term.operator);
    if (operator === undefined) {
      const known = didYouMean(term.operator.slice(0, 100), operatorNames);
      throw new DomainError(`${at(place)}there is no operator ${describe(term.operator)}.${known}`, {
        place: [...place, 1],
        model: model.name,
        field: field.name,
        hint: `The operators are ${operatorNames.join(', ')}.`,
      });
    }
    refuseUndefined(operand, place);
    const several =
      operator.positive === '=' && findElements(operand, field.relation !== null || field.name === 'id') !== undefined;
    const positive = this.#positive({
      model,
      field,
      operator: several ? 'in' : operator.positive,
      operand,
      place,
      below: (target, written, where = place) => this.#below().domain(target, written, where),
    });
    return operator.negated ? complementOf(positive) : positive;
  }

  /** `a.b = 1` is "there is an `a` with `b = 1`": a negative operator speaks of that `a`, which must be there. */
  #path(model: FieldResolver, term: Term, dot: number): Domain {
    const { place, path } = term;
    const field = requireField(model, path.slice(0, dot));
    if (field.relation === null) {
      throw new DomainError(
        `${at(place)}"${field.name}" of ${model.name} is not a relation, so no path leads through it.`,
        {
          place: [...place, 0],
          model: model.name,
          field: field.name,
        },
      );
    }
    const rest = new Term({ path: path.slice(dot + 1), operator: term.operator, operand: term.operand, place });
    const below = (target: FieldResolver, written: unknown): Domain => this.#below().domain(target, written, place);
    const operand = below(field.relation.target, rest);
    return this.#positive({ model, field, operator: 'any', operand, place, below });
  }

  #positive(context: TermContext): Domain {
    const { model, field, place } = context;
    if (field.column === null && field.search !== null) return this.#rewritten(context, field.search);
    const { relation } = field;
    if (relation !== null && (relation.kind !== 'many2one' || field.column !== null))
      return checkRelationTerm(context, relation);
    if (field.name === 'id' && isHierarchy(context.operator)) return checkHierarchyTerm(context);
    if (field.column !== null) return checkScalarTerm(context);
    const byName = field.name === 'displayName' ? model.displayNameField : null;
    if (byName !== null && byName !== 'displayName') {
      return context.below(
        model,
        new Term({ path: byName, operator: context.operator, operand: context.operand, place }),
      );
    }
    throw new DomainError(
      `${at(place)}"${field.name}" of ${model.name} is computed and not stored, so it cannot be searched.`,
      {
        place: [...place, 0],
        model: model.name,
        field: field.name,
        hint: 'Give the field `search` or `store: true`.',
      },
    );
  }

  #rewritten(context: TermContext, search: (operator: string, operand: unknown) => Domain): Domain {
    const { model, field, operator } = context;
    const given = search(operator, searchOperand(context, operator));
    try {
      return this.#below().domain(model, given, []);
    } catch (cause) {
      // Whoever wrote the term did nothing wrong: this is a mistake in the model's code, and must read as one.
      throw new UsageError(
        `What the search of ${model.name}.${field.name} gave for '${operator}' is not a domain of the model.`,
        {
          model: model.name,
          field: field.name,
          hint: cause instanceof Error ? cause.message : 'Return a domain, not a promise.',
          cause,
        },
      );
    }
  }
}

/** What a model's own `search` method receives: checked as far as the field's kind allows. */
function searchOperand(context: TermContext, operator: CheckedOperator): unknown {
  const { field, operand, place } = context;
  if (operator === 'any') {
    if (field.relation === null)
      throw new DomainError(`${at(place)}"${field.name}" is not a relation.`, { place, field: field.name });
    return isDomain(operand) ? operand : context.below(field.relation.target, operand, [...place, 2]);
  }
  if (isLike(operator)) return patternOperand(field, operator, operand, place);
  if (field.relation !== null || isHierarchy(operator)) return findElements(operand, true) ?? operand;
  if (operator === 'in')
    return (findElements(operand, false) ?? [operand]).map((value) => convertOperand(field, value, place));
  return convertOperand(field, operand, place);
}

function requireField(model: FieldResolver, name: string): ResolvedField {
  const field = model.findField(name);
  if (field !== undefined) return field;
  throw new UnknownFieldError({ model: model.name, field: name, known: model.fieldNames() });
}
