import type { ComposedModel } from './composed-model.js';

/** Gives what was made for a model and a key before, or makes it. */
export type ModelCache<K, T> = (
  model: ComposedModel,
  key: K,
  make: (model: ComposedModel, key: K) => NonNullable<T>,
) => T;

/**
 * What is worth making once a model, such as the texts of statements; it goes with the model. At most `limit` values a
 * model are kept, since keys may come from clients: then it starts from nothing, which costs less than to know the oldest.
 */
export function modelCache<K, T>(limit: number): ModelCache<K, T> {
  const models = new WeakMap<ComposedModel, Map<K, T>>();
  return (model, key, make) => {
    let known = models.get(model);
    if (known === undefined) models.set(model, (known = new Map<K, T>()));
    let value = known.get(key);
    if (value !== undefined) return value;
    value = make(model, key);
    if (known.size >= limit) known.clear();
    known.set(key, value);
    return value;
  };
}
