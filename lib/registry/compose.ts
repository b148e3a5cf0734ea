import { RECORD_MODEL } from '../fields/record-values.js';
import { BaseModel } from '../model/base-model.js';
import { setLine, type AccessorSlot } from '../model/dispatcher.js';
import type { AnyClass } from '../model/any-class.js';
import { definitionOf } from '../model/model-definition.js';
import { MODEL } from '../model/record-state.js';
import type { Layer } from './collect.js';
import type { Line } from './linearise.js';
import type { ModelDraft } from './model-draft.js';
import type { Problems } from './problems.js';

/** The prototypes that a layer brings, lowest first: undecorated classes it extends come along with it. */
export function prototypesOf(layer: Layer): object[] {
  const prototypes: object[] = [];
  for (let at: AnyClass = layer.definition.target; at !== (BaseModel as unknown);) {
    prototypes.unshift(at.prototype as object);
    const parent = Object.getPrototypeOf(at) as AnyClass;
    if (typeof parent !== 'function' || definitionOf(parent) !== undefined) break;
    at = parent;
  }
  return prototypes;
}

/**
 * The third stage: one prototype for the records of a model in this registry. It holds the topmost implementation of
 * every member, and for each layer, in the slots of its dispatcher, the next implementation below it, which is what
 * `super` finds.
 */
export function compose(draft: ModelDraft, line: Line, problems: Problems): void {
  const { prototype } = draft;
  const implementations = new Implementations(BaseModel.prototype);
  for (const layer of line.layers) {
    for (const [name, slot] of layer.definition.dispatcher.slots) {
      const next = implementations.find(name);
      if (next !== undefined) Object.defineProperty(prototype, slot, { value: slotValue(next) });
    }
    for (const own of prototypesOf(layer)) implementations.add(own);
    inject(prototype, layer, problems);
  }
  for (const [key, descriptor] of implementations.topmost) Object.defineProperty(prototype, key, descriptor);
  const [base] = line.layers;
  Object.defineProperty(prototype, 'constructor', {
    value: base!.definition.target,
    configurable: true,
    writable: true,
  });
  Object.defineProperty(prototype, MODEL, { value: draft });
  Object.defineProperty(prototype, RECORD_MODEL, { value: draft.name });
  setLine(prototype, new Set(line.layers.map(({ definition }) => definition.target)));
}

/** What a slot of a dispatcher holds: a method as it is, an accessor as its pair of functions. */
function slotValue(descriptor: PropertyDescriptor): unknown {
  if (descriptor.get === undefined && descriptor.set === undefined) return descriptor.value as unknown;
  return { get: descriptor.get, set: descriptor.set } satisfies Record<keyof AccessorSlot, unknown>;
}

/** The topmost implementation of every member, layer by layer. */
class Implementations {
  readonly topmost = new Map<string | symbol, PropertyDescriptor>();

  constructor(base: object) {
    this.add(base);
  }

  find(name: string): PropertyDescriptor | undefined {
    return this.topmost.get(name);
  }

  add(prototype: object): void {
    for (const key of Reflect.ownKeys(prototype)) {
      if (key === 'constructor' || isNote(key)) continue;
      this.topmost.set(key, this.#merged(key, Object.getOwnPropertyDescriptor(prototype, key)!));
    }
  }

  /** A layer that redefines only the getter of a pair keeps the setter below it, and the reverse. */
  #merged(key: string | symbol, own: PropertyDescriptor): PropertyDescriptor {
    const below = this.topmost.get(key);
    if (below === undefined || (own.get === undefined) === (own.set === undefined)) return own;
    if (own.get === undefined ? below.get === undefined : below.set === undefined) return own;
    return { ...own, ...(own.get === undefined ? { get: below.get! } : { set: below.set! }) };
  }
}

/** Notes of decorators lie on prototypes under symbols of the package. */
function isNote(key: string | symbol): boolean {
  return typeof key === 'symbol' && Symbol.keyFor(key)?.startsWith('nest-registry:') === true;
}

/** What a layer has injected by property is reachable from records. */
function inject(prototype: object, layer: Layer, problems: Problems): void {
  for (const [name, value] of Object.entries(layer.injected)) {
    const known = Object.getOwnPropertyDescriptor(prototype, name);
    if (known !== undefined && known.value !== value) {
      problems.add({
        model: layer.model,
        module: layer.module,
        message: `${layer.definition.target.name} injects "${name}", which another layer injects as something else.`,
        hint: 'Give the property another name in one of them.',
      });
    } else Object.defineProperty(prototype, name, { value, configurable: true });
  }
}
