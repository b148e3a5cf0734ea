import { ModelDefinitionError, Registry, type DefinitionProblem, type RegistryOptions } from '../../../lib/core.js';

type Models = RegistryOptions['models'];

/** A registry whose models are composed and whose database is never asked. */
export function composed(models: Models): Promise<Registry> {
  return Registry.create({ database: { database: 'nowhere' }, models, schema: 'off' });
}

/** What is wrong with these definitions; empty: nothing. */
export async function problemsOf(models: Models): Promise<readonly DefinitionProblem[]> {
  try {
    await (await composed(models)).close();
    return [];
  } catch (error) {
    if (!(error instanceof ModelDefinitionError)) throw error;
    return error.problems;
  }
}

/** Everything that a build decides about the models, in plain data. */
export function describeModels(registry: Registry): unknown {
  return [...registry.models.values()].map((model) => ({
    name: model.name,
    table: model.table,
    module: model.module,
    modules: model.modules,
    line: model.line.map(({ name }) => name),
    order: model.order,
    activeField: model.activeField,
    fields: [...model.fields.values()].map((field) => ({
      name: field.name,
      kind: field.kind,
      module: field.module,
      label: field.label,
      slot: field.slot,
      column: field.column,
      required: field.required,
      index: field.index,
      relation: field.relation === null ? null : { ...field.relation, target: field.relation.target.name },
    })),
    constraints: model.constraintOptions,
    computations: model.computations.map(({ fields, paths, rank, method }) => ({
      fields: fields.map(({ name }) => name),
      paths,
      rank,
      method,
    })),
    checks: model.constraintMethods.map(({ method, paths }) => ({ method, paths })),
    triggers: [...model.triggers].map(([field, triggers]) => [
      field.name,
      triggers.map(({ back, reachesStored }) => [back.map(({ name }) => name), reachesStored]),
    ]),
    referrers: model.referrers.map((field) => `${field.model}.${field.name}`),
  }));
}

/** All orders of a list. */
export function permutations<T>(list: readonly T[]): T[][] {
  if (list.length < 2) return [[...list]];
  return list.flatMap((first, index) =>
    permutations([...list.slice(0, index), ...list.slice(index + 1)]).map((rest) => [first, ...rest]),
  );
}
