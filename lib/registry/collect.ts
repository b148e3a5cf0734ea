import { didYouMean } from '../errors/nearest.js';
import { describeValue } from '../fields/describe-value.js';
import { BaseModel } from '../model/base-model.js';
import type { AnyClass } from '../model/any-class.js';
import { definitionOf } from '../model/model-definition.js';
import type { Layer } from './layer.js';
import { isSameDefinition } from './same-definition.js';
import { mistakeOfClass } from './mistake-of-class.js';
import { modelNameOf } from './model-of-class.js';
import { checkedOptions } from './model-options.js';
import type { Problems } from './problems.js';
import type { ModelSource } from './registry-settings.js';

/** The first stage: finds the layers of each model. A class listed twice counts once. */
export function collect(given: readonly unknown[], problems: Problems): Layer[] {
  const sources = new Map<AnyClass, Required<ModelSource>>();
  for (const [index, entry] of given.entries()) {
    const source = sourceOf(entry);
    if (source === undefined) complainOfEntry(entry, index, problems);
    else if (!sources.has(source.target)) sources.set(source.target, source);
  }
  const byModel = new Map<string, Layer[]>();
  for (const source of sources.values()) {
    const layer = layerOf(source, sources, problems);
    if (layer === undefined) continue;
    const others = byModel.get(layer.model) ?? [];
    byModel.set(layer.model, others);
    if (!isTwin(others, layer, problems)) others.push(layer);
  }
  return [...byModel].flatMap(([model, layers]) =>
    isKnown(model, { layers, known: byModel }, problems) ? layers : [],
  );
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
  listed: ReadonlyMap<AnyClass, unknown>,
  problems: Problems,
): Layer | undefined {
  const definition = definitionOf(target);
  const model = modelNameOf(target);
  const mistake = mistakeOfClass(target);
  if (definition === undefined || model === undefined || mistake !== null) {
    const subject = typeof definition?.name === 'string' && definition.name !== '' ? definition.name : target.name;
    if (definition?.kind === 'model') problems.refuse(subject);
    // A class that is listed tells its own mistakes, and those below it need not repeat them.
    const { message, hint, blamed } = mistake!;
    if (blamed === target || !listed.has(blamed)) problems.add({ model: subject, module, message, hint });
    return undefined;
  }
  const options = checkedOptions(definition.options, { model, module }, problems);
  return { model, module, definition, options, injected, classes: classesOf(target), twins: new Set() };
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

/** The same file loaded twice is one definition; two different ones of a name are an error. */
function isTwin(known: readonly Layer[], layer: Layer, problems: Problems): boolean {
  const { definition, model, module } = layer;
  const others = known.filter((other) => other.definition.kind === definition.kind);
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

/** Whether somebody defines the model. Its extensions are left out otherwise, so that the rest can be looked at too. */
function isKnown(
  model: string,
  { layers, known }: { readonly layers: readonly Layer[]; readonly known: ReadonlyMap<string, readonly Layer[]> },
  problems: Problems,
): boolean {
  const isDefined = (own: readonly Layer[]): boolean => own.some(({ definition }) => definition.kind === 'model');
  if (isDefined(layers)) return true;
  if (problems.isRefused(model)) return false;
  const defined = [...known].filter(([, own]) => isDefined(own)).map(([name]) => name);
  for (const { definition, module } of layers) {
    problems.add({
      model,
      module,
      message: `${definition.target.name} extends a model that no module brings.${didYouMean(model, defined)}`,
      hint: 'Import the module that defines it, or list its class among the models.',
    });
  }
  return false;
}
