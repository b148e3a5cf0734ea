import type { AnyClass } from '../model/any-class.js';
import { definitionOf, type ModelDefinition } from '../model/model-definition.js';

/** The definition of the nearest decorated class above this one. */
export function decoratedParent(target: AnyClass): ModelDefinition | undefined {
  for (let at: unknown = Object.getPrototypeOf(target); typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    const definition = definitionOf(at);
    if (definition !== undefined) return definition;
  }
  return undefined;
}

/** The model a decorated class belongs to: its own name, or that of the class it extends. */
export function modelNameOf(target: unknown): string | undefined {
  const definition = definitionOf(target);
  if (definition === undefined) return undefined;
  if (definition.name !== null) return definition.name;
  const parent = decoratedParent(definition.target);
  return parent === undefined ? undefined : modelNameOf(parent.target);
}
