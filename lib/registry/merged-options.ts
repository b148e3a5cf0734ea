import type { ModelOptions } from '../model/model-definition.js';
import type { Line } from './linearise.js';

/** What an extension may take back with null; an `activeField` of null says something of its own. */
const ERASABLE: readonly string[] = ['table', 'order', 'displayName', 'log', 'description'];

/** An extension's options are merged over those of the layers below; constraints add up, the same name replaces. */
export function mergedOptions(line: Line): ModelOptions {
  let merged: ModelOptions = {};
  for (const { options } of line.layers) {
    const { constraints, ...rest } = options;
    const above = constraints ?? [];
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    const kept = (merged.constraints ?? []).filter(
      ({ name }) => name === undefined || above.every((other) => other.name !== name),
    );
    merged = { ...merged, ...given, constraints: [...kept, ...above] };
  }
  return Object.fromEntries(
    Object.entries(merged).filter(([name, value]) => value !== null || !ERASABLE.includes(name)),
  );
}
