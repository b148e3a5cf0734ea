import { didYouMean } from '../errors/nearest.js';
import { DomainError, UnknownFieldError } from '../errors/use-errors.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel, Computation } from './composed-model.js';
import { modelCache } from './model-cache.js';
import { targetOf } from './relations.js';

/** What is to be loaded of a model's records, and of those behind its relations. Shared and kept: nobody changes one. */
export interface LoadTree {
  readonly model: ComposedModel;
  /** Fields with a column that must be loaded; all eager ones come along in the same query. */
  readonly columns: ReadonlySet<Field>;
  /** Relations to follow. */
  readonly relations: ReadonlyMap<Field, LoadTree>;
  /** Batch computations without a column, to run when what they depend on is loaded. */
  readonly batches: ReadonlySet<Computation>;
}

/** A tree that is being planted. */
interface Sapling extends LoadTree {
  readonly columns: Set<Field>;
  readonly relations: Map<Field, Sapling>;
  readonly batches: Set<Computation>;
}

/** So many trees a model are kept. */
const KEPT_TREES = 500;
const treesOfOne = modelCache<string, LoadTree>(KEPT_TREES);
const treesOfSeveral = modelCache<string, LoadTree>(KEPT_TREES);

/** A path may lead through at most so many relations. */
const MAX_HOPS = 16;

/**
 * Written paths → one tree; what computed fields depend on is part of it.
 * @throws UnknownFieldError, DomainError
 */
export function loadTree(model: ComposedModel, paths: readonly string[]): LoadTree {
  if (paths.length === 1) return treesOfOne(model, paths[0]!, plantOne);
  // With its length before it no path can pass for two.
  let key = '';
  for (const path of paths) key += `${path.length}:${path}`;
  return treesOfSeveral(model, key, () => plantTree(model, paths));
}

/** The tree of columns alone, for what is loaded once. */
export function treeOfColumns(model: ComposedModel, columns: Iterable<Field>): LoadTree {
  return { ...emptyTree(model), columns: new Set(columns) };
}

function plantOne(model: ComposedModel, path: string): LoadTree {
  return plantTree(model, [path]);
}

function plantTree(model: ComposedModel, paths: readonly string[]): LoadTree {
  const tree = emptyTree(model);
  for (const path of paths) {
    const names = path.split('.');
    if (names.length > MAX_HOPS) {
      throw new DomainError(`The path "${path}" of ${model.name} has more than ${MAX_HOPS} parts.`, {
        model: model.name,
      });
    }
    addPath(tree, names, new Set());
  }
  return tree;
}

function emptyTree(model: ComposedModel): Sapling {
  return { model, columns: new Set(), relations: new Map(), batches: new Set() };
}

function addPath(tree: Sapling, names: readonly string[], computing: ReadonlySet<Computation>): void {
  const [name = '', ...rest] = names;
  const field = tree.model.fields.get(name);
  if (field === undefined)
    throw new UnknownFieldError({ model: tree.model.name, field: name, known: tree.model.fields.keys() });
  addField(tree, field, computing);
  if (field.relation === null) {
    if (rest.length === 0) return;
    throw new DomainError(
      `The path goes on behind ${tree.model.name}.${name}, which is no relation.${didYouMean(rest[0]!, tree.model.fields.keys())}`,
      { model: tree.model.name, field: name },
    );
  }
  let next = tree.relations.get(field);
  if (next === undefined) tree.relations.set(field, (next = emptyTree(targetOf(field))));
  if (rest.length > 0) addPath(next, rest, computing);
  // A path that ends in a relation wants the records it leads to, not their ids alone.
  else for (const column of next.model.stored) if (!column.lazy) next.columns.add(column);
}

function addField(tree: Sapling, field: Field, computing: ReadonlySet<Computation>): void {
  if (field.store) {
    tree.columns.add(field);
    return;
  }
  const computation = tree.model.computationOf.get(field);
  if (computation === undefined || computing.has(computation)) return;
  const within = new Set(computing).add(computation);
  for (const path of computation.paths) addPath(tree, path.split('.'), within);
  if (computation.method !== null) tree.batches.add(computation);
}
