import type { FieldKind } from '../types/field-kind.js';

/** What one decorated property says about a field, before extensions are merged. */
export interface FieldDeclaration {
  /** Name of the property. */
  readonly key: string;
  readonly kind: FieldKind;
  /** Only options that were really given; null erases what a layer below says. Not checked yet. */
  readonly options: Readonly<Record<string, unknown>>;
  /** Gives the class or the name of the model a relation leads to; asked when all files are loaded. */
  readonly target: (() => unknown) | null;
  /** One2many: the many2one field of the target that points back. */
  readonly inverse: string | null;
  /** Selection: values and their labels. */
  readonly selection: Readonly<Record<string, string>> | null;
  /** The property is an accessor: its getter is the computation. */
  readonly getter: boolean;
  readonly setter: boolean;
}

// By `Symbol.for` and not by a WeakMap: two copies of the package in one process must agree.
const DECLARATIONS = Symbol.for('nest-registry:field-declarations');

/** Notes a declaration on the prototype of its class. The last one of a property counts. */
export function declareField(prototype: object, declaration: FieldDeclaration): void {
  let own = findOwn(prototype);
  if (own === undefined) {
    own = new Map();
    Object.defineProperty(prototype, DECLARATIONS, { value: own });
  }
  own.set(declaration.key, Object.freeze(declaration));
}

/** What the class with this prototype itself declares, in the order of writing; nothing of its parents. */
export function ownFieldDeclarations(prototype: object): ReadonlyMap<string, FieldDeclaration> {
  return findOwn(prototype) ?? new Map();
}

function findOwn(prototype: object): Map<string, FieldDeclaration> | undefined {
  return Object.getOwnPropertyDescriptor(prototype, DECLARATIONS)?.value as Map<string, FieldDeclaration> | undefined;
}
