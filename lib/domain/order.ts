import { DomainError, UnknownFieldError } from '../errors/use-errors.js';
import type { FieldKind } from '../types/field-kind.js';
import type { FieldResolver, OrderTerm, ResolvedField } from './field-resolver.js';
import { describe } from './written.js';

/** One key that records are sorted by. SQL and the comparer in memory are both made from these. */
export interface OrderKey {
  /** The many2one fields that lead from the sorted record to the one that has `field`; none: the record itself. */
  readonly links: readonly ResolvedField[];
  readonly field: ResolvedField;
  readonly descending: boolean;
  /** `presence`: whether the field is set at all, set first when ascending; `value`: what it holds. */
  readonly by: 'presence' | 'value';
}

const unsortableKinds: ReadonlySet<FieldKind> = new Set<FieldKind>(['json', 'binary', 'one2many', 'many2many']);
const maxTerms = 64;

/**
 * Reads an order: `'country, name desc'`, or an array of such parts or of `OrderTerm`. Fields are those of the model
 * itself; a many2one sorts by the order of its model. A field named twice counts once.
 * @throws UnknownFieldError, DomainError (a field that has no order, anything that is not an order)
 */
export function parseWrittenOrder(model: FieldResolver, written: unknown): readonly OrderTerm[] {
  const parts: readonly unknown[] =
    typeof written === 'string' ? splitOrder(written) : Array.isArray(written) ? written : [written];
  if (parts.length > maxTerms) throw new DomainError(`An order has at most ${maxTerms} fields.`, { model: model.name });
  const terms = new Map<string, OrderTerm>();
  parts.forEach((part, index) => {
    const term = readOrderTerm(model, part, index);
    if (!terms.has(term.field)) terms.set(term.field, term);
  });
  return [...terms.values()];
}

/** The keys of an order, nested orders unfolded, total by `id` at the end. */
export function orderKeys(order: readonly OrderTerm[], model: FieldResolver): readonly OrderKey[] {
  const keys: OrderKey[] = [];
  const top: Level = { links: [], descending: false, seen: new Set() };
  if (!unfold(order, model, { ...top, into: keys })) {
    keys.push({ links: [], field: sortableField(model, 'id'), descending: false, by: 'value' });
  }
  return keys;
}

/** The keys by which the records that a link leads to are sorted: the order of their model, and then their `id`. */
export function orderKeysBehind(
  links: readonly ResolvedField[],
  { target, descending }: { readonly target: FieldResolver; readonly descending: boolean },
): readonly OrderKey[] {
  const keys: OrderKey[] = [];
  const isTotal = unfold(target.order, target, { links, descending, seen: new Set(), into: keys });
  if (!isTotal) keys.push({ links, field: sortableField(target, 'id'), descending, by: 'value' });
  return keys;
}

interface Level {
  readonly links: readonly ResolvedField[];
  /** Whether the link that led here sorts from high to low, which turns the nested order round. */
  readonly descending: boolean;
  /** The links followed so far: one that comes again is a cycle between orders and says nothing new. */
  readonly seen: ReadonlySet<string>;
}

/** Adds the keys of an order; true when it ends in `id`, after which nothing can be equal. */
function unfold(
  order: readonly OrderTerm[],
  model: FieldResolver,
  level: Level & { readonly into: OrderKey[] },
): boolean {
  const { links, into } = level;
  for (const term of order) {
    const field = sortableField(model, term.field);
    const descending = term.descending !== level.descending;
    if (field.relation?.kind === 'many2one') {
      const link = `${model.name}.${field.name}`;
      if (level.seen.has(link)) continue;
      const { target } = field.relation;
      // What is not set belongs to the link: last when ascending, whatever the nested order says of its own fields.
      into.push({ links, field, descending, by: 'presence' });
      unfold(target.order, target, {
        links: [...links, field],
        descending,
        seen: new Set([...level.seen, link]),
        into,
      });
    }
    into.push({ links, field, descending, by: 'value' });
    if (field.name === 'id') return true;
  }
  return false;
}

function splitOrder(written: string): readonly string[] {
  if (written.length > 10_000)
    throw new DomainError('The order is too long.', { hint: 'At most 10,000 characters are read.' });
  return written.trim() === '' ? [] : written.split(',');
}

function readOrderTerm(model: FieldResolver, part: unknown, index: number): OrderTerm {
  if (typeof part === 'string') {
    const [, name = '', direction = 'asc'] = /^\s*(\S+)(?:\s+(asc|desc))?\s*$/i.exec(part) ?? [];
    if (name !== '') return checkedTerm(model, { field: name, descending: direction.toLowerCase() === 'desc' });
  } else if (isOrderTerm(part)) {
    return checkedTerm(model, part);
  }
  throw new DomainError(`${describe(part)} is not a part of an order.`, {
    place: [index],
    model: model.name,
    hint: "Write 'country, name desc': fields of the model, each with asc or desc or nothing.",
  });
}

function isOrderTerm(value: unknown): value is OrderTerm {
  if (typeof value !== 'object' || value === null || !('field' in value) || !('descending' in value)) return false;
  return typeof value.field === 'string' && typeof value.descending === 'boolean';
}

function checkedTerm(model: FieldResolver, { field, descending }: OrderTerm): OrderTerm {
  return { field: sortableField(model, field).name, descending };
}

/** The field that an order by `name` sorts by. @throws UnknownFieldError, DomainError */
function sortableField(model: FieldResolver, name: string): ResolvedField {
  const field = model.findField(name);
  if (field === undefined) {
    if (name.includes('\0') || name.length > 1_000)
      throw new DomainError(`${describe(name)} is not a field.`, { model: model.name });
    throw new UnknownFieldError({ model: model.name, field: name, known: model.fieldNames() });
  }
  if (field.column !== null && !unsortableKinds.has(field.kind)) return field;
  const { displayNameField } = model;
  if (name === 'displayName' && displayNameField !== null && displayNameField !== name)
    return sortableField(model, displayNameField);
  throw new DomainError(`${model.name} cannot be sorted by "${field.name}".`, {
    model: model.name,
    field: field.name,
    hint: field.column === null ? 'Sort by a field that is stored.' : `Values of kind ${field.kind} have no order.`,
  });
}
