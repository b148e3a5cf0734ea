import { Inject, Injectable } from '@nestjs/common';
import { ModulesContainer } from '@nestjs/core';
import type { InstanceWrapper } from '@nestjs/core/injector/instance-wrapper.js';
import type { Module as NestModule } from '@nestjs/core/injector/module.js';
import { ModelDefinitionError, type DefinitionProblem } from '../errors/definition-errors.js';
import type { AnyClass } from '../model/any-class.js';
import { definitionOf, type ModelDefinition } from '../model/model-definition.js';
import type { ModelSource } from '../registry/registry-settings.js';
import { featuresOf, moduleName, modulesInOrder } from './module-order.js';

/** Finds the model classes among the providers of all modules. */
@Injectable()
export class ModelExplorer {
  readonly #modules: ModulesContainer;

  constructor(@Inject(ModulesContainer) modules: ModulesContainer) {
    this.#modules = modules;
  }

  /**
   * Each model class once, with its module, in the order of the module graph, with what the container injected.
   * @throws ModelDefinitionError naming every class that depends on something of a single request
   */
  find(): readonly ModelSource[] {
    const sources = new Map<AnyClass, ModelSource>();
    const problems: DefinitionProblem[] = [];
    for (const { provider, module } of this.#providers()) {
      const definition = definitionOf(provider.metatype);
      if (definition === undefined || sources.has(definition.target)) continue;
      problems.push(...scopeProblems(provider, definition, module));
      sources.set(definition.target, { target: definition.target, module, injected: injectedInto(provider) });
    }
    if (problems.length > 0) throw new ModelDefinitionError(problems);
    return [...sources.values()];
  }

  *#providers(): Iterable<{ readonly provider: InstanceWrapper; readonly module: string }> {
    for (const module of modulesInOrder(this.#modules.values())) {
      for (const feature of featuresOf(module)) yield* providersOf(feature, moduleName(module, feature));
      yield* providersOf(module, moduleName(module));
    }
  }
}

function* providersOf(
  module: NestModule,
  name: string,
): Iterable<{ readonly provider: InstanceWrapper; readonly module: string }> {
  for (const provider of module.providers.values()) yield { provider, module: name };
}

/** What the container put into the properties of the instance it made, by property. */
function injectedInto(provider: InstanceWrapper): Readonly<Record<string, unknown>> {
  const instance = provider.instance as Readonly<Record<string, unknown>> | undefined;
  const names = propertiesOf(provider).map(({ key }) => key);
  return Object.fromEntries(names.flatMap((name) => (typeof name === 'string' ? [[name, instance?.[name]]] : [])));
}

function scopeProblems(
  provider: InstanceWrapper,
  definition: ModelDefinition,
  module: string,
): readonly DefinitionProblem[] {
  if (provider.isDependencyTreeStatic()) return [];
  const model = definition.name ?? definition.target.name;
  const hint =
    'Records outlive no request and belong to none: inject a singleton, and let it take what it needs from `this.env`.';
  const scoped = propertiesOf(provider).filter(({ wrapper }) => !wrapper.isDependencyTreeStatic());
  if (scoped.length === 0) {
    return [
      { model, module, message: `The class ${definition.target.name} is request-scoped, and a model cannot be.`, hint },
    ];
  }
  return scoped.map(({ key, wrapper }) => ({
    model,
    field: String(key),
    module,
    message: `It injects ${String(wrapper.name)}, which is made for each request.`,
    hint,
  }));
}

/** The container keeps no list for a class without injected properties, whatever its type says. */
function propertiesOf(provider: InstanceWrapper): ReturnType<InstanceWrapper['getPropertiesMetadata']> {
  return (provider.getPropertiesMetadata() as ReturnType<InstanceWrapper['getPropertiesMetadata']> | undefined) ?? [];
}
