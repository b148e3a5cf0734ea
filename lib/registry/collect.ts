import { didYouMean } from '../errors/nearest.js';
import { BaseModel } from '../model/base-model.js';
import type { AnyClass } from '../model/any-class.js';
import { definitionOf, type ModelDefinition } from '../model/model-definition.js';
import type { Problems } from './problems.js';
import type { ModelSource } from './registry-settings.js';

/** One decorated class, with the model it belongs to and the module that brings it. */
export interface Layer {
  readonly model: string;
  readonly module: string;
  readonly definition: ModelDefinition;
  readonly injected: Readonly<Record<string, unknown>>;
}

/** The first stage: finds the layers of each model. A class listed twice counts once. */
export function collect(sources: readonly (AnyClass | ModelSource)[], problems: Problems): Layer[] {
  const layers: Layer[] = [];
  const seen = new Set<AnyClass>();
  for (const source of sources.map(completed)) {
    const { target } = source;
    if (seen.has(target)) continue;
    seen.add(target);
    const layer = layerOf(source, problems);
    if (layer !== undefined && !isSecondCopy(layers, layer, problems)) layers.push(layer);
  }
  return withKnownModels(layers, problems);
}

function completed(source: AnyClass | ModelSource): Required<ModelSource> {
  const { target, module, injected } = typeof source === 'function' ? ({ target: source } as ModelSource) : source;
  return { target, module: module ?? 'app', injected: injected ?? {} };
}

function layerOf({ target, module, injected }: Required<ModelSource>, problems: Problems): Layer | undefined {
  const definition = definitionOf(target);
  const name = target.name === '' ? 'A class without a name' : target.name;
  const complain = (message: string, hint: string): undefined => {
    problems.add({ model: definition?.name ?? name, module: module ?? 'app', message, hint });
  };
  if (definition === undefined)
    return complain(`${name} is listed as a model and not decorated.`, 'Put @Model(name) or @Extend() on it.');
  if (!(target.prototype instanceof BaseModel))
    return complain(`${name} does not extend BaseModel.`, `Write class ${name} extends BaseModel<${name}>.`);
  const parent = decoratedParent(target);
  if (definition.kind === 'model' && parent !== undefined) {
    return complain(
      `${name} defines a model and extends the model class ${parent.target.name}.`,
      'Use @Extend() to extend that model in place, or let the class extend BaseModel.',
    );
  }
  const model = definition.name ?? (parent === undefined ? undefined : modelNameOf(parent.target));
  if (model === undefined)
    return complain(
      `${name} extends no model.`,
      "Let it extend a model class, or name the model: @Extend('res.partner').",
    );
  return { model, module: module ?? 'app', definition, injected: injected ?? {} };
}

/** The definition of the nearest decorated class above this one. */
function decoratedParent(target: AnyClass): ModelDefinition | undefined {
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

/** The same file loaded twice is one definition; two different ones of a name are an error. */
function isSecondCopy(layers: readonly Layer[], layer: Layer, problems: Problems): boolean {
  const { definition, model, module } = layer;
  const twins = layers.filter((other) => other.model === model && other.definition.kind === definition.kind);
  if (twins.some(({ definition: twin }) => isSameCode(twin, definition))) return true;
  const [other] = twins;
  if (definition.kind === 'extension' || other === undefined) return false;
  problems.add({
    model,
    module,
    message: `Two classes define it: ${other.definition.target.name} (module ${other.module}) and ${definition.target.name} (module ${module}).`,
    hint: 'Give one of them another name, or make it an extension with @Extend().',
  });
  return true;
}

function isSameCode(a: ModelDefinition, b: ModelDefinition): boolean {
  return a.target.name === b.target.name && String(a.target) === String(b.target) && a.target.name !== '';
}

/** Leaves out extensions of models that nobody defines, so that the rest can be looked at too. */
function withKnownModels(layers: readonly Layer[], problems: Problems): Layer[] {
  const defined = new Set(layers.filter(({ definition }) => definition.kind === 'model').map(({ model }) => model));
  return layers.filter(({ model, module, definition }) => {
    if (defined.has(model)) return true;
    problems.add({
      model,
      module,
      message: `${definition.target.name} extends a model that no module brings.${didYouMean(model, defined)}`,
      hint: 'Import the module that defines it, or list its class among the models.',
    });
    return false;
  });
}
