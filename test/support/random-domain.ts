import type { FakeField, FakeModel } from './domain-fixture.js';
import { pools } from './domain-rows.js';
import type { SeededRandom } from './seeded-random.js';

const orderings = ['<', '>', '<=', '>='];
const equalities = ['=', '!=', 'in', 'not in'];
const likes = ['like', 'not like', 'ilike', 'not ilike', '=like', '=ilike'];
const textKinds = ['char', 'text', 'selection', 'uuid'];
const trees = ['node', 'tag'];

/** A random well-formed domain on a model whose records have ids up to `ids`. */
export function randomDomain(
  model: FakeModel,
  random: SeededRandom,
  { levels, ids }: { readonly levels: number; readonly ids: number },
): unknown[] {
  const elements: unknown[] = [];
  const condition = (depth: number): void => {
    if (depth > 0 && random.chance(0.5)) {
      const operator = random.pick(['&', '|', '|', '!']);
      elements.push(operator);
      condition(depth - 1);
      if (operator !== '!') condition(depth - 1);
    } else {
      elements.push(randomTerm(model, random, { levels, ids }));
    }
  };
  for (let count = random.below(3); count >= 0; count--) condition(3);
  return elements;
}

function randomTerm(
  model: FakeModel,
  random: SeededRandom,
  { levels, ids }: { readonly levels: number; readonly ids: number },
): unknown[] {
  const field = random.pick([...model.fields.values()]);
  const target = field.relation?.target as FakeModel | undefined;
  if (target === undefined) return [field.name, ...scalarTerm(model, field, random, ids)];
  if (levels > 0 && random.chance(0.35)) {
    const [path, operator, operand] = randomTerm(target, random, { levels: levels - 1, ids });
    return [`${field.name}.${String(path)}`, operator, operand];
  }
  if (levels > 0 && random.chance(0.4)) {
    return [field.name, random.pick(['any', 'not any']), randomDomain(target, random, { levels: levels - 1, ids })];
  }
  if (trees.includes(target.name) && random.chance(0.3)) return [field.name, ...treeTerm(random, ids)];
  const name = random.pick(pools['char']!);
  if (random.chance(0.25)) return [field.name, random.pick(likes), name];
  const one = (): unknown =>
    random.chance(0.2) ? null : random.chance(0.3) ? random.pick(pools['char']!) : 1 + random.below(ids);
  return [field.name, ...comparison(random, one)];
}

function scalarTerm(model: FakeModel, field: FakeField, random: SeededRandom, ids: number): unknown[] {
  if (field.name === 'id' && trees.includes(model.name) && random.chance(0.3)) return treeTerm(random, ids);
  const value = (): unknown => (field.name === 'id' ? 1 + random.below(ids) : random.pick(pools[field.kind]!));
  if (textKinds.includes(field.kind) && random.chance(0.4)) return likeTerm(field, random);
  if (!['json', 'binary'].includes(field.kind) && random.chance(0.4)) {
    return [random.pick(orderings), random.chance(0.05) ? null : value()];
  }
  return comparison(random, () => (random.chance(0.15) ? null : value()));
}

function comparison(random: SeededRandom, one: () => unknown): unknown[] {
  const operator = random.pick(equalities);
  const several = operator.endsWith('in') ? random.chance(0.9) : random.chance(0.15);
  return [operator, several ? Array.from({ length: random.below(4) }, one) : one()];
}

function likeTerm(field: FakeField, random: SeededRandom): unknown[] {
  const operator = random.pick(likes);
  const source = [...(random.pick(pools[field.kind]!) as string)];
  const from = random.below(source.length + 1);
  const part = source.slice(from, from + 1 + random.below(4));
  if (!operator.startsWith('=')) return [operator, random.chance(0.1) ? '' : part.join('')];
  const pattern = part.map((character) =>
    random.chance(0.2) ? '_' : character === '\\' || random.chance(0.1) ? `\\${character}` : character,
  );
  const wrap = (): string => (random.chance(0.6) ? '%' : '');
  return [operator, `${wrap()}${pattern.join(wrap())}${wrap()}`];
}

function treeTerm(random: SeededRandom, ids: number): unknown[] {
  const operator = random.pick(['child_of', 'parent_of']);
  const one = (): unknown =>
    operator === 'child_of' && random.chance(0.3) ? random.pick(pools['char']!) : 1 + random.below(ids);
  return [operator, random.chance(0.5) ? one() : Array.from({ length: random.below(3) }, one)];
}
