import { RECORD_MODEL } from '../fields/record-values.js';
import { BaseModel } from '../model/base-model.js';
import { dispatcherOf, setLine, type AccessorSlot } from '../model/dispatcher.js';
import { preparedOverride, type Method } from '../model/prepared-override.js';
import { MODEL } from '../model/record-state.js';
import type { Layer } from './layer.js';
import type { ModelDraft } from './model-draft.js';
import type { Problems } from './problems.js';

/**
 * The third stage: one prototype for the records of a model in this registry. It holds the topmost implementation of
 * every member, and for each layer, in the slots of its dispatcher, the next implementation below it, which is what
 * `super` finds.
 */
export function compose(draft: ModelDraft, problems: Problems): void {
  const { prototype, source } = draft;
  const implementations = new Implementations(BaseModel.prototype);
  for (const { prototype: own } of source.classes) {
    fillSlots(prototype, own, implementations);
    implementations.add(own);
  }
  for (const [key, descriptor] of implementations.all()) Object.defineProperty(prototype, key, descriptor);
  prepareOverrides(prototype);
  inject(draft, problems);
  const [base] = source.layers;
  Object.defineProperty(prototype, 'constructor', {
    value: base!.definition.target,
    configurable: true,
    writable: true,
  });
  Object.defineProperty(prototype, MODEL, { value: draft });
  Object.defineProperty(prototype, RECORD_MODEL, { value: draft.name });
  const twins = source.layers.flatMap((layer) => [...layer.twins]);
  setLine(prototype, new Set([...source.classes.map(({ target }) => target), ...twins]));
}

/**
 * What `super` finds from one class: for every name, the implementation that is topmost below it. Members that only
 * `BaseModel` has need no slot; the written parents lead there.
 */
function fillSlots(prototype: object, own: object, below: Implementations): void {
  const dispatcher = dispatcherOf(own);
  if (dispatcher === undefined) return;
  for (const [name, next] of below.ofLayers) {
    if (typeof name === 'symbol') continue;
    Object.defineProperty(prototype, dispatcher.slotOf(name, next), { value: slotValue(next) });
  }
}

/** Whoever calls an override of these: it may read `this`. */
function prepareOverrides(prototype: object): void {
  for (const name of ['write', 'unlink'] as const) {
    const value: unknown = Object.getOwnPropertyDescriptor(prototype, name)?.value;
    if (typeof value !== 'function' || value === BaseModel.prototype[name]) continue;
    Object.defineProperty(prototype, name, {
      value: preparedOverride(value as Method),
      configurable: true,
      writable: true,
    });
  }
}

/** What a slot of a dispatcher holds: a method as it is, an accessor as its pair of functions. */
function slotValue(descriptor: PropertyDescriptor): unknown {
  if (descriptor.get === undefined && descriptor.set === undefined) return descriptor.value as unknown;
  return { get: descriptor.get, set: descriptor.set } satisfies Record<keyof AccessorSlot, unknown>;
}

/** The topmost implementation of every member, layer by layer. */
class Implementations {
  readonly #base: object;
  readonly ofLayers = new Map<string | symbol, PropertyDescriptor>();

  constructor(base: object) {
    this.#base = base;
  }

  /** Members of the base that no layer redefines, and those of the layers. */
  *all(): Iterable<readonly [key: string | symbol, descriptor: PropertyDescriptor]> {
    for (const key of membersOf(this.#base)) {
      if (!this.ofLayers.has(key)) yield [key, Object.getOwnPropertyDescriptor(this.#base, key)!];
    }
    yield* this.ofLayers;
  }

  add(prototype: object): void {
    for (const key of membersOf(prototype)) {
      this.ofLayers.set(key, this.#merged(key, Object.getOwnPropertyDescriptor(prototype, key)!));
    }
  }

  /** A layer that redefines only the getter of a pair keeps the setter below it, and the reverse. */
  #merged(key: string | symbol, own: PropertyDescriptor): PropertyDescriptor {
    const below = this.ofLayers.get(key) ?? Object.getOwnPropertyDescriptor(this.#base, key);
    if (below === undefined || (own.get === undefined) === (own.set === undefined)) return own;
    if (own.get === undefined ? below.get === undefined : below.set === undefined) return own;
    return { ...own, ...(own.get === undefined ? { get: below.get! } : { set: below.set! }) };
  }
}

function membersOf(prototype: object): (string | symbol)[] {
  return Reflect.ownKeys(prototype).filter((key) => key !== 'constructor' && !isNote(key));
}

/** Notes of decorators lie on prototypes under symbols of the package. */
function isNote(key: string | symbol): boolean {
  return typeof key === 'symbol' && Symbol.keyFor(key)?.startsWith('nest-registry:') === true;
}

/** What the layers have injected by property is reachable from records. */
function inject({ name: model, prototype, source }: ModelDraft, problems: Problems): void {
  const known = new Map<string, Layer>();
  for (const layer of source.layers) {
    for (const [name, value] of Object.entries(layer.injected)) {
      const first = known.get(name);
      if (first === undefined ? !(name in prototype) : first.injected[name] === value) {
        Object.defineProperty(prototype, name, { value, configurable: true });
        known.set(name, layer);
        continue;
      }
      const { target } = layer.definition;
      const clash =
        first === undefined ? 'is a member of the model' : `${first.definition.target.name} injects as something else`;
      problems.add({
        model,
        field: name,
        module: layer.module,
        message: `${target.name} injects "${name}", which ${clash}.`,
        hint: 'Give the property another name in one of them.',
      });
    }
  }
}
