import type { AnyClass } from '../model/any-class.js';
import { decoratedParent } from './model-of-class.js';
import type { Layer } from './layer.js';
import type { Problems } from './problems.js';

/** The layers of one model, lowest first. */
export interface Line {
  readonly model: string;
  readonly layers: readonly Layer[];
  /** The classes of all layers, each once: an undecorated class may be extended by several layers. */
  readonly classes: readonly LineClass[];
}

export interface LineClass {
  readonly target: AnyClass;
  readonly prototype: object;
  readonly layer: Layer;
}

/**
 * The second stage: puts the layers of each model in order. What a class extends comes before it; between layers that
 * know nothing of each other the order of their modules decides, as it was given.
 */
export function linearise(layers: readonly Layer[], problems: Problems): Line[] {
  const byModel = new Map<string, Layer[]>();
  for (const layer of layers) {
    const known = byModel.get(layer.model);
    if (known === undefined) byModel.set(layer.model, [layer]);
    else known.push(layer);
  }
  return [...byModel]
    .map(([model, own]) => lineOf(model, inOrder(own, problems)))
    .sort((a, b) => (a.model < b.model ? -1 : 1));
}

function lineOf(model: string, layers: readonly Layer[]): Line {
  const classes = new Map<AnyClass, LineClass>();
  for (const layer of layers) {
    for (const target of layer.classes) {
      if (!classes.has(target)) classes.set(target, { target, prototype: target.prototype as object, layer });
    }
  }
  return { model, layers, classes: [...classes.values()] };
}

function inOrder(layers: readonly Layer[], problems: Problems): Layer[] {
  const byClass = new Map<AnyClass, Layer>();
  for (const layer of layers) {
    for (const target of [layer.definition.target, ...layer.twins]) byClass.set(target, layer);
  }
  const placed = new Set(layers.filter(({ definition }) => definition.kind === 'model'));
  const place = (layer: Layer): void => {
    if (placed.has(layer)) return;
    const below = decoratedParent(layer.definition.target)?.target;
    if (below !== undefined) {
      const parent = byClass.get(below);
      if (parent === undefined) complainOfMissing(layer, below, problems);
      else place(parent);
    }
    placed.add(layer);
  };
  for (const layer of layers) place(layer);
  return [...placed];
}

function complainOfMissing(layer: Layer, below: AnyClass, problems: Problems): void {
  problems.add({
    model: layer.model,
    module: layer.module,
    message: `${layer.definition.target.name} extends ${below.name}, which no module brings.`,
    hint: `Import the module of ${below.name}, or list the class among the models.`,
  });
}
