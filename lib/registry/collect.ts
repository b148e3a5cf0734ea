import { didYouMean } from '../errors/nearest.js';
import { describeValue } from '../fields/describe-value.js';
import { BaseModel } from '../model/base-model.js';
import type { AnyClass } from '../model/any-class.js';
import { definitionOf, type ModelDefinition } from '../model/model-definition.js';
import type { Layer } from './layer.js';
import { isSameDefinition } from './same-definition.js';
import { modelNameReason } from './model-name.js';
import { checkedOptions } from './model-options.js';
import type { Problems } from './problems.js';
import type { ModelSource } from './registry-settings.js';

/** The first stage: finds the layers of each model. A class listed twice counts once. */
export function collect(sources: readonly unknown[], problems: Problems): Layer[] {
  const layers: Layer[] = [];
  const seen = new Set<AnyClass>();
  for (const [index, given] of sources.entries()) {
    const source = sourceOf(given);
    if (source === undefined) complainOfEntry(given, index, problems);
    if (source === undefined || seen.has(source.target)) continue;
    seen.add(source.target);
    const layer = layerOf(source, problems);
    if (layer !== undefined && !isTwin(layers, layer, problems)) layers.push(layer);
  }
  return withKnownModels(layers, problems);
}

/** An entry of `models` in full; undefined: it is none. */
function sourceOf(given: unknown): Required<ModelSource> | undefined {
  const source = (typeof given === 'function' ? { target: given } : given) as Partial<ModelSource> | null | undefined;
  if (typeof source?.target !== 'function') return undefined;
  return { target: source.target, module: source.module ?? 'app', injected: source.injected ?? {} };
}

function complainOfEntry(given: unknown, index: number, problems: Problems): void {
  problems.add({
    model: `models[${index}]`,
    module: 'app',
    message: `It is ${describeValue(given)} and not a model class.`,
    hint: 'List classes. If one is undefined, its file imports the listing one in a circle: load it first.',
  });
}

function layerOf(
  { target, module = 'app', injected = {} }: Required<ModelSource>,
  problems: Problems,
): Layer | undefined {
  const definition = definitionOf(target);
  const name = target.name === '' ? 'A class without a name' : target.name;
  const subject = typeof definition?.name === 'string' && definition.name !== '' ? definition.name : name;
  const complain = (message: string, hint: string): undefined => {
    problems.add({ model: subject, module, message, hint });
    if (definition?.kind === 'model') problems.refuse(subject);
  };
  if (definition === undefined)
    return complain(`${name} is listed as a model and not decorated.`, 'Put @Model(name) or @Extend() on it.');
  if (!(target.prototype instanceof BaseModel))
    return complain(`${name} does not extend BaseModel.`, `Write class ${name} extends BaseModel<${name}>.`);
  if (definition.isSecond === true)
    return complain(`${name} has two decorators @Model or @Extend.`, 'Keep one of them.');
  const reason = definition.name === null ? null : modelNameReason(definition.name);
  if (reason !== null)
    return complain(reason, "Names are like 'res.partner': letters, digits and underscores, with points between.");
  const parent = decoratedParent(target);
  const parentModel = parent === undefined ? undefined : modelNameOf(parent.target);
  if (definition.kind === 'model' && parent !== undefined) {
    return complain(
      `${name} defines a model and extends the model class ${parent.target.name}.`,
      'Use @Extend() to extend that model in place, or let the class extend BaseModel.',
    );
  }
  if (definition.name !== null && parentModel !== undefined && parentModel !== definition.name) {
    return complain(
      `${name} extends the class ${parent!.target.name}, which is of "${parentModel}".`,
      `Write @Extend() to extend "${parentModel}", or let the class extend BaseModel.`,
    );
  }
  const model = definition.name ?? parentModel;
  if (model === undefined)
    return complain(
      `${name} extends no model.`,
      "Let it extend a model class, or name the model: @Extend('res.partner').",
    );
  const options = checkedOptions(definition.options, { model, module }, problems);
  return { model, module, definition, options, injected, classes: classesOf(target), twins: new Set() };
}

/** The definition of the nearest decorated class above this one. */
export function decoratedParent(target: AnyClass): ModelDefinition | undefined {
  for (let at: unknown = Object.getPrototypeOf(target); typeof at === 'function'; at = Object.getPrototypeOf(at)) {
    const definition = definitionOf(at);
    if (definition !== undefined) return definition;
  }
  return undefined;
}

/** A decorated class and the undecorated ones between it and its model's class or `BaseModel`, lowest first. */
function classesOf(target: AnyClass): AnyClass[] {
  const classes: AnyClass[] = [];
  for (let at = target; at !== (BaseModel as unknown); at = Object.getPrototypeOf(at) as AnyClass) {
    if (at !== target && definitionOf(at) !== undefined) break;
    classes.unshift(at);
  }
  return classes;
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
function isTwin(layers: readonly Layer[], layer: Layer, problems: Problems): boolean {
  const { definition, model, module } = layer;
  const others = layers.filter((other) => other.model === model && other.definition.kind === definition.kind);
  const same = others.find((other) => isSameDefinition(other, layer));
  same?.twins.add(definition.target);
  if (same !== undefined) return true;
  const [other] = others;
  if (definition.kind === 'extension' || other === undefined) return false;
  // Extensions of either class are extensions of the model: the mistake is told once, here.
  other.twins.add(definition.target);
  problems.add({
    model,
    module,
    message: `Two classes define it: ${placeOf(other)} and ${placeOf(layer)}.`,
    hint: 'Give one of them another name, or make it an extension with @Extend().',
  });
  return true;
}

function placeOf({ definition, module }: Layer): string {
  const file = definition.place();
  return `${definition.target.name} (module ${module}${file === null ? '' : `, ${file}`})`;
}

/** Leaves out extensions of models that nobody defines, so that the rest can be looked at too. */
function withKnownModels(layers: readonly Layer[], problems: Problems): Layer[] {
  const defined = new Set(layers.filter(({ definition }) => definition.kind === 'model').map(({ model }) => model));
  return layers.filter(({ model, module, definition }) => {
    if (defined.has(model)) return true;
    if (problems.isRefused(model)) return false;
    problems.add({
      model,
      module,
      message: `${definition.target.name} extends a model that no module brings.${didYouMean(model, defined)}`,
      hint: 'Import the module that defines it, or list its class among the models.',
    });
    return false;
  });
}
