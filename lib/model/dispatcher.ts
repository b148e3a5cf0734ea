import type { AnyClass } from './any-class.js';

/**
 * Lets `super` walk the line of a registry.
 *
 * JavaScript fixes the parent that `super` looks in when a class is written: two extensions of one model would skip
 * each other. So every decorated class gets one object between its prototype and its written parent. For each inherited
 * name that object has an accessor which reads, from the record at hand, the slot that the record's registry filled
 * with the next implementation in line. Which one that is depends on what is installed; the class never knows.
 *
 * (20 to 35 ns a hop; a Proxy in the same place costs four times that, and re-parenting classes could serve one
 * registry only.)
 */
export interface Dispatcher {
  /** The slot of each name, a symbol property of composed prototypes; made when the name is first asked for. */
  slotOf(name: string, next: PropertyDescriptor): symbol;
}

/** An accessor as a slot holds it; a method is held as the function itself. */
export interface AccessorSlot {
  readonly get: ((this: object) => unknown) | undefined;
  readonly set: ((this: object, value: unknown) => void) | undefined;
}

const DISPATCHER = Symbol.for('nest-registry:dispatcher');
const LINE = Symbol.for('nest-registry:line');

/** Puts the dispatcher of a class in place and makes `instanceof` true for records whose line has the class. */
export function installDispatcher(target: AnyClass): void {
  const prototype = target.prototype as object;
  if (dispatcherOf(prototype) !== undefined) return;
  const parent = Object.getPrototypeOf(prototype) as object;
  const between = Object.create(parent) as object;
  Object.defineProperty(between, DISPATCHER, { value: new SlotDispatcher(target.name, between, parent) });
  Object.setPrototypeOf(prototype, between);
  Object.defineProperty(target, Symbol.hasInstance, {
    value(this: unknown, candidate: unknown): boolean {
      if (this === target && lineOf(candidate)?.has(target) === true) return true;
      return Function.prototype[Symbol.hasInstance].call(this as () => void, candidate);
    },
  });
}

/** The dispatcher above the prototype of a class; undefined: the class is in no line. */
export function dispatcherOf(prototype: object): Dispatcher | undefined {
  const above = Object.getPrototypeOf(prototype) as object | null;
  if (above === null || !Object.hasOwn(above, DISPATCHER)) return undefined;
  return (above as Record<symbol, Dispatcher>)[DISPATCHER];
}

/**
 * Names come as lines need them, since another module may bring a method that the written parent never had. In a
 * registry without that module the name leads to the written parent, as if it had never been added.
 */
class SlotDispatcher implements Dispatcher {
  readonly #className: string;
  readonly #between: object;
  readonly #parent: object;
  readonly #slots = new Map<string, symbol>();

  constructor(className: string, between: object, parent: object) {
    this.#className = className;
    this.#between = between;
    this.#parent = parent;
  }

  slotOf(name: string, next: PropertyDescriptor): symbol {
    const known = this.#slots.get(name);
    if (known !== undefined) return known;
    const slot = Symbol(`${this.#className} super.${name}`);
    this.#slots.set(name, slot);
    Object.defineProperty(this.#between, name, dispatching(this.#parent, { name, slot, descriptor: next }));
    return slot;
  }
}

/** The classes whose implementations a composed prototype holds. */
export function setLine(prototype: object, line: ReadonlySet<AnyClass>): void {
  Object.defineProperty(prototype, LINE, { value: line });
}

function lineOf(candidate: unknown): ReadonlySet<AnyClass> | undefined {
  if (typeof candidate !== 'object' || candidate === null) return undefined;
  return (candidate as Record<symbol, ReadonlySet<AnyClass> | undefined>)[LINE];
}

interface InheritedMember {
  readonly name: string;
  readonly slot: symbol;
  readonly descriptor: PropertyDescriptor;
}

function dispatching(parent: object, { name, slot, descriptor }: InheritedMember): PropertyDescriptor {
  if (descriptor.get !== undefined || descriptor.set !== undefined) {
    return {
      configurable: true,
      get(this: Record<symbol, AccessorSlot | undefined>): unknown {
        const next = this[slot];
        return next === undefined ? Reflect.get(parent, name, this) : next.get?.call(this);
      },
      set(this: Record<symbol, AccessorSlot | undefined>, value: unknown): void {
        const next = this[slot];
        if (next === undefined) Reflect.set(parent, name, value, this);
        else next.set?.call(this, value);
      },
    };
  }
  return {
    configurable: true,
    get(this: Record<symbol, unknown>): unknown {
      const next = this[slot];
      return next === undefined ? Reflect.get(parent, name, this) : next;
    },
  };
}
