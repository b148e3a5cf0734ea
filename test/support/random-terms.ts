import type { FieldKind } from '../../lib/types/field-kind.js';
import { pools } from './domain-rows.js';
import type { DrawnField, DrawnModel } from './random-schema.js';
import type { SeededRandom } from './seeded-random.js';

export interface DomainShape {
  readonly models: readonly DrawnModel[];
  /** Ids of the records of each model. */
  readonly ids: ReadonlyMap<DrawnModel, readonly number[]>;
  /** How many relations deep a sub-domain or a path may lead. */
  readonly levels: number;
}

/** What one term compares: a kind of field with an operator. */
export interface Pairing {
  readonly kind: FieldKind;
  readonly operator: string;
}

const equalities = ['=', '!=', 'in', 'not in'];
const orderings = ['<', '>', '<=', '>='];
const likes = ['like', 'not like', 'ilike', 'not ilike', '=like', '=ilike'];
const relational = [...equalities, ...likes, 'any', 'not any', 'child_of', 'parent_of'];

/** The operators of each kind of field; a kind that is added must say its own. */
export const operatorsOf: Readonly<Record<FieldKind, readonly string[]>> = {
  char: [...equalities, ...orderings, ...likes],
  text: [...equalities, ...orderings, ...likes],
  selection: [...equalities, ...orderings, ...likes],
  uuid: [...equalities, ...orderings, ...likes],
  integer: [...equalities, ...orderings],
  bigint: [...equalities, ...orderings],
  float: [...equalities, ...orderings],
  decimal: [...equalities, ...orderings],
  boolean: [...equalities, ...orderings],
  date: [...equalities, ...orderings],
  datetime: [...equalities, ...orderings],
  json: equalities,
  binary: equalities,
  many2one: relational,
  one2many: relational,
  many2many: relational,
};

export const pairings: readonly Pairing[] = Object.entries(operatorsOf).flatMap(([kind, operators]) =>
  operators.map((operator) => ({ kind: kind as FieldKind, operator })),
);

/** A random domain of some depth in which one term makes the given pairing; null: the model has no such field. */
export function drawDomain(
  model: DrawnModel,
  pairing: Pairing,
  random: SeededRandom,
  shape: DomainShape,
): unknown[] | null {
  const candidates = model.fields.filter((field) => fits(field, pairing, shape));
  if (candidates.length === 0) return null;
  const term = drawTerm(random.pick(candidates), pairing.operator, random, shape);
  return wrapped(term, model, random, shape);
}

/** Puts a term three levels deep or more, beside others that leave it its say. */
function wrapped(term: unknown[], model: DrawnModel, random: SeededRandom, shape: DomainShape): unknown[] {
  let domain: unknown[] = [term];
  for (let depth = 2 + random.below(3); depth > 0; depth--) {
    const operator = random.pick(['&', '|', '!', '|']);
    if (operator === '!') domain = ['!', ...domain];
    else if (random.chance(0.5)) domain = [operator, ...domain, ...other(model, random, shape)];
    else domain = [operator, ...other(model, random, shape), ...domain];
  }
  return random.chance(0.2) ? [...domain, ...other(model, random, shape)] : domain;
}

function other(model: DrawnModel, random: SeededRandom, shape: DomainShape): unknown[] {
  const term = anyTerm(model, random, shape);
  return random.chance(0.25) ? ['!', term] : [term];
}

function anyTerm(model: DrawnModel, random: SeededRandom, shape: DomainShape): unknown[] {
  for (;;) {
    const field = random.pick(model.fields);
    const operator = random.pick(operatorsOf[field.kind]);
    if (fits(field, { kind: field.kind, operator }, shape)) return drawTerm(field, operator, random, shape);
  }
}

function fits(field: DrawnField, { kind, operator }: Pairing, { models, levels }: DomainShape): boolean {
  if (field.kind !== kind) return false;
  if (operator === 'any' || operator === 'not any') return levels > 0;
  if (operator.endsWith('_of')) return models[field.target!]!.isTree;
  return true;
}

function drawTerm(field: DrawnField, operator: string, random: SeededRandom, shape: DomainShape): unknown[] {
  if (field.target === null) return [field.name, operator, scalarOperand(field.kind, operator, random)];
  const target = shape.models[field.target]!;
  const below = { ...shape, levels: shape.levels - 1 };
  if (shape.levels > 0 && random.chance(0.15)) {
    const [path, inner, operand] = anyTerm(target, random, below);
    return [`${field.name}.${String(path)}`, inner, operand];
  }
  if (operator.endsWith('any')) return [field.name, operator, subDomain(target, random, below)];
  if (operator.includes('like')) return [field.name, operator, pattern('char', operator, random)];
  const id = (): number => random.pick(shape.ids.get(target)!);
  if (operator.endsWith('_of')) {
    const start = (): unknown => (operator === 'child_of' && random.chance(0.2) ? text(random) : id());
    return [field.name, operator, random.chance(0.5) ? start() : [start(), start()]];
  }
  const one = (): unknown => (random.chance(0.2) ? null : random.chance(0.25) ? text(random) : id());
  return [field.name, operator, severalOrOne(operator, random, one)];
}

function subDomain(target: DrawnModel, random: SeededRandom, shape: DomainShape): unknown[] {
  const term = anyTerm(target, random, shape);
  return random.chance(0.5) ? [term] : wrapped(term, target, random, shape);
}

function scalarOperand(kind: FieldKind, operator: string, random: SeededRandom): unknown {
  if (operator.includes('like')) return pattern(kind, operator, random);
  const value = (): unknown => random.pick(pools[kind]!);
  if (orderings.includes(operator)) return random.chance(0.05) ? null : value();
  return severalOrOne(operator, random, () => (random.chance(0.15) ? null : value()));
}

function severalOrOne(operator: string, random: SeededRandom, one: () => unknown): unknown {
  const isList = operator.endsWith('in') ? random.chance(0.9) : random.chance(0.1);
  return isList ? Array.from({ length: random.below(5) }, one) : one();
}

function text(random: SeededRandom): string {
  return random.pick(pools['char']!) as string;
}

function pattern(kind: FieldKind, operator: string, random: SeededRandom): string {
  const source = [...(random.pick(pools[kind]!) as string)];
  const from = random.below(source.length + 1);
  const part = source.slice(from, from + 1 + random.below(3));
  if (!operator.startsWith('=')) return random.chance(0.1) ? '' : part.join('');
  const escaped = part.map((character) =>
    random.chance(0.2) ? '_' : /[\\%_]/.test(character) ? `\\${character}` : character,
  );
  const wrap = (): string => (random.chance(0.7) ? '%' : '');
  return `${wrap()}${escaped.join(wrap())}${wrap()}`;
}
