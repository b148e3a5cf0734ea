import { didYouMean } from '../errors/nearest.js';
import { UnknownFieldError, UsageError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from './composed-model.js';
import { targetOf } from './relations.js';

/** A path of `readGroup`, followed: `partner.country` → the link `partner`, then the field `country`. */
export interface GroupPath {
  /** As it was written, with what stands behind the colon. */
  readonly name: string;
  readonly links: readonly Field[];
  readonly field: Field;
  /** What stands behind the colon: a span of days, or an aggregate; null: nothing. */
  readonly suffix: string | null;
}

/**
 * Follows `country.name` or `total:sum` through the many2one fields of a model.
 * @throws UnknownFieldError, UsageError (a path through several records, which would count some of them twice)
 */
export function groupPath(model: ComposedModel, name: unknown): GroupPath {
  if (typeof name !== 'string' || name.length > 1_000) throw notAPath(model, name);
  const [path = '', suffix = null, ...rest] = name.split(':');
  if (rest.length > 0) throw notAPath(model, name);
  const links: Field[] = [];
  let at = model;
  const names = path.split('.');
  for (const hop of names.slice(0, -1)) {
    const link = fieldOf(at, hop);
    if (link.kind !== 'many2one' || !link.store) {
      throw new UsageError(`readGroup() of ${model.name} cannot follow "${path}" through ${at.name}.${hop}.`, {
        model: model.name,
        field: hop,
        hint: 'Follow many2one fields; for what lies behind a set, group the records of the other model.',
      });
    }
    links.push(link);
    at = targetOf(link);
  }
  return { name, links, field: fieldOf(at, names.at(-1)!), suffix };
}

function fieldOf(model: ComposedModel, name: string): Field {
  const field = model.fields.get(name);
  if (field === undefined) throw new UnknownFieldError({ model: model.name, field: name, known: model.fields.keys() });
  return field;
}

function notAPath(model: ComposedModel, name: unknown): UsageError {
  return new UsageError(`${typeof name === 'string' ? JSON.stringify(name.slice(0, 100)) : typeof name} is no path.`, {
    model: model.name,
    hint: 'Write a field, a path over many2one fields, or either with a colon: `country`, `createdAt:month`, `total:sum`.',
  });
}

/** @throws UsageError naming what may stand behind the colon */
export function checkSuffix<S extends string>(path: GroupPath, possible: readonly S[]): S {
  const { field, name, suffix } = path;
  const found = possible.find((each) => each === suffix);
  if (found !== undefined) return found;
  throw new UsageError(`readGroup() cannot take "${name}" of ${field.model}.${didYouMean(suffix ?? '', possible)}`, {
    model: field.model,
    field: field.name,
    hint:
      possible.length === 0
        ? `Values of kind ${field.kind}${field.store ? '' : ' that are not stored'} cannot be grouped by or added up.`
        : `Behind the colon may stand: ${possible.join(', ')}.`,
  });
}
