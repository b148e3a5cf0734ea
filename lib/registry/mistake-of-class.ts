import type { AnyClass } from '../model/any-class.js';
import { BaseModel } from '../model/base-model.js';
import { definitionOf } from '../model/model-definition.js';
import { modelNameReason } from './model-name.js';
import { decoratedParent, modelNameOf } from './model-of-class.js';

export interface ClassMistake {
  readonly message: string;
  readonly hint: string;
  /** The class that is wrong: this one, or one that it extends. */
  readonly blamed: AnyClass;
}

/** Why a class cannot be a layer of any model; null: it can. One that can belongs to a model. */
export function mistakeOfClass(target: AnyClass): ClassMistake | null {
  const name = target.name === '' ? 'A class without a name' : target.name;
  const mistake = (message: string, hint: string): ClassMistake => ({ message, hint, blamed: target });
  const definition = definitionOf(target);
  if (definition === undefined) {
    return mistake(`${name} is listed as a model and not decorated.`, 'Put @Model(name) or @Extend() on it.');
  }
  if (!(target.prototype instanceof BaseModel)) {
    return mistake(`${name} does not extend BaseModel.`, `Write class ${name} extends BaseModel<${name}>.`);
  }
  if (definition.isSecond === true) {
    return mistake(`${name} has two decorators @Model or @Extend.`, 'Keep one of them.');
  }
  const reason = definition.name === null ? null : modelNameReason(definition.name);
  if (reason !== null) {
    return mistake(reason, "Names are like 'res.partner': letters, digits and underscores, with points between.");
  }
  const parent = decoratedParent(target)?.target;
  if (parent === undefined) {
    if (definition.name !== null) return null;
    return mistake(
      `${name} extends no model.`,
      "Let it extend a model class, or name the model: @Extend('res.partner').",
    );
  }
  if (definition.kind === 'model') {
    return mistake(
      `${name} defines a model and extends the model class ${parent.name}.`,
      'Use @Extend() to extend that model in place, or let the class extend BaseModel.',
    );
  }
  const parentMistake = mistakeOfClass(parent);
  if (parentMistake !== null) return parentMistake;
  const model = modelNameOf(parent)!;
  if (definition.name === null || definition.name === model) return null;
  return mistake(
    `${name} extends the class ${parent.name}, which is of "${model}".`,
    `Write @Extend() to extend "${model}", or let the class extend BaseModel.`,
  );
}
