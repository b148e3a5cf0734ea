import { BaseModel, Constrains, Depends, Extend, Model, fields, type ModelOptions } from '../../../lib/core.js';
import type { SeededRandom } from '../../support/seeded-random.js';

type Decorate = (prototype: object, key: string, descriptor?: PropertyDescriptor) => void;
type Class = abstract new (...given: never[]) => object;

/** The decorators as a program without types calls them: mistakes that the compiler would find as well. */
export const loose = fields as unknown as Record<string, (...given: unknown[]) => Decorate>;

const MODELS = ['f.a', 'f.b', 'f.c', 'f_a'];
const ODD_MODELS = ['user', '', 'f..x', 'f.none', 5, Symbol('model'), null, undefined];
const MEMBERS = ['name', 'a', 'b', 'total', 'orderId', 'state', 'active'];
/** Kinds of the fields of these names; those of the others are texts. */
const KINDS = new Map([
  ['a', 'Many2one'],
  ['b', 'Many2many'],
  ['state', 'Selection'],
  ['active', 'Boolean'],
  ['total', 'Integer'],
  ['orderId', 'Integer'],
]);
const ODD_MEMBERS = ['orderID', 'length', 'then', 'constructor', 'id', 'xmin', '__proto__', 'write'];
const PATHS = ['name', 'a', 'total', 'a.name', 'b.total'];
const ODD_PATHS = ['', '.', 'a.', 'name.x', 'nmae', 5, undefined, Symbol('path')];
const OPTIONS = ['required', 'default', 'index', 'unique', 'size', 'digits', 'store', 'column', 'compute', 'onDelete'];
const MORE_OPTIONS = ['table', 'columns', 'requierd', 'lazy', 'string', 'related', 'schema', 'toString', '__proto__'];
const MODEL_OPTIONS = ['table', 'order', 'displayName', 'log', 'constraints', 'activeField', 'abstract', 'oder'];
const ODD: readonly unknown[] = [
  ...[undefined, null, 0, 1, -1, NaN, '', 'name', 'total', true, false, 5n, 'x'.repeat(99)],
  ...[[], ['a', 'b'], {}, Symbol('s'), (): string => 'x', new Date(NaN)],
];

/** Some models that refer to each other, right or wrong as it comes; about every other list holds no mistake on purpose. */
export function randomModels(random: SeededRandom): unknown[] {
  const rate = random.pick([0, 0, 0.03, 0.4]);
  const made: Class[] = [];
  const draw = new Draw(random, rate, made);
  for (let count = 2 + random.below(4); count > 0; count--) made.push(draw.class());
  return [...made, ...(draw.isWrong() ? [draw.pick(ODD)] : []), ...(draw.isWrong() ? [draw.injecting()] : [])];
}

class Draw {
  readonly #random: SeededRandom;
  readonly #rate: number;
  readonly #made: readonly Class[];

  constructor(random: SeededRandom, rate: number, made: readonly Class[]) {
    this.#random = random;
    this.#rate = rate;
    this.#made = made;
  }

  isWrong(): boolean {
    return this.#random.chance(this.#rate);
  }

  pick<T>(list: readonly T[]): T {
    return this.#random.pick(list);
  }

  class(): Class {
    const free = MODELS.slice(0, 3).filter((name) => this.#made.every(({ name: known }) => known !== name));
    const isModel = this.#made.length < 2 || this.#random.chance(0.3);
    const usual = isModel || this.#made.length === 0 ? BaseModel : this.pick([BaseModel, ...this.#made]);
    const parent = this.#or(usual, [Object, ...this.#made, BaseModel]) as typeof BaseModel;
    const name = this.#or(isModel ? (free[0] ?? this.pick(MODELS)) : this.pick(MODELS.slice(0, 2)), [
      ...MODELS,
      ...ODD_MODELS,
    ]);
    const Made = { [String(name)]: class extends parent {} }[String(name)]!;
    for (let count = this.#random.below(4); count > 0; count--) this.#member(Made.prototype);
    const options = this.#options(this.isWrong() ? MODEL_OPTIONS : []) as ModelOptions;
    const byName = parent === BaseModel ? Extend(name as string, options) : Extend(options);
    const decorate = isModel ? Model(name as string, options) : byName;
    if (!this.isWrong()) decorate(Made);
    if (this.isWrong()) decorate(Made);
    return Made;
  }

  injecting(): unknown {
    return { target: this.#made[0], injected: { [this.pick(MEMBERS)]: 1 } };
  }

  #or(usual: unknown, odd: readonly unknown[]): unknown {
    return this.isWrong() ? this.pick(odd) : usual;
  }

  #options(names: readonly string[]): object {
    const own = this.isWrong() ? [...names, ...MORE_OPTIONS] : [];
    const count = own.length === 0 ? 0 : this.#random.below(3);
    return Object.fromEntries(Array.from({ length: count }, () => [this.pick(own), this.pick(ODD)]));
  }

  /** A field, perhaps computed; its kind follows its name, so that layers agree unless they are wrong on purpose. */
  #member(prototype: object): void {
    const key = this.#or(this.pick(MEMBERS), ODD_MEMBERS) as string;
    const isComputed = key === 'total' || this.isWrong();
    if (isComputed && key !== '__proto__') {
      Object.defineProperty(prototype, key, { get: () => 1, configurable: true });
      Depends(this.#or(this.pick(['name', 'a.name']), [...PATHS, ...ODD_PATHS]) as string)(prototype, key);
    }
    this.#field(key)(prototype, key, Object.getOwnPropertyDescriptor(prototype, key));
    if (this.isWrong()) {
      const method = this.pick([...MEMBERS, ...ODD_MEMBERS, 'check']);
      if (method !== '__proto__') Object.defineProperty(prototype, method, { value: () => 1, configurable: true });
      Constrains(this.pick([...PATHS, ...ODD_PATHS]) as string)(prototype, method);
    }
  }

  #field(key: string): Decorate {
    const kind = this.#or(KINDS.get(key) ?? 'Char', Object.keys(fields)) as string;
    const options = this.#options(OPTIONS);
    const target = this.#or(
      () => this.#or('f.a', [...MODELS, ...ODD_MODELS, ...this.#made, BaseModel]),
      [undefined, 'f.a', failing],
    );
    if (kind === 'Selection') return loose[kind]!(this.#or({ x: 'X' }, [{}, null, 'x', { y: 5 }]), options);
    if (kind === 'One2many') return loose[kind]!(target, this.#or('a', [...MEMBERS, undefined, 3]), options);
    if (kind === 'Many2many')
      return loose[kind]!(target, { table: this.#or(`f_pairs_${this.#made.length}`, ODD), ...options });
    return kind === 'Many2one' ? loose[kind]!(target, options) : loose[kind]!(options);
  }
}

function failing(): never {
  throw new Error('a thunk that fails');
}
