import type { AnyClass } from '../model/any-class.js';
import { definitionOf } from '../model/model-definition.js';
import type { Layer } from './collect.js';
import type { Problems } from './problems.js';

/** The layers of one model, lowest first. */
export interface Line {
  readonly model: string;
  readonly layers: readonly Layer[];
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
    .map(([model, own]) => ({ model, layers: inOrder(own, problems) }))
    .sort((a, b) => (a.model < b.model ? -1 : 1));
}

function inOrder(layers: readonly Layer[], problems: Problems): Layer[] {
  const byClass = new Map(layers.map((layer) => [layer.definition.target, layer]));
  const base = layers.find(({ definition }) => definition.kind === 'model');
  const placed = new Set<Layer>();
  if (base !== undefined) placed.add(base);
  const place = (layer: Layer): void => {
    if (placed.has(layer)) return;
    const below = decoratedAbove(layer.definition.target);
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

/** The nearest decorated class that a class extends in its file. */
function decoratedAbove(target: AnyClass): AnyClass | undefined {
  for (let at: unknown = Object.getPrototypeOf(target); typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    if (definitionOf(at) !== undefined) return at as AnyClass;
  }
  return undefined;
}

function complainOfMissing(layer: Layer, below: AnyClass, problems: Problems): void {
  problems.add({
    model: layer.model,
    module: layer.module,
    message: `${layer.definition.target.name} extends ${below.name}, which no module brings.`,
    hint: `Import the module of ${below.name}, or list the class among the models.`,
  });
}
