import type { ModelOptions } from '../model/model-definition.js';
import type { Line } from './linearise.js';

/** An extension's options are merged over those of the layers below; constraints add up, the same name replaces. */
export function mergedOptions(line: Line): ModelOptions {
  let merged: ModelOptions = {};
  for (const { definition } of line.layers) {
    const { constraints = [], ...rest } = definition.options;
    const given = Object.fromEntries(Object.entries(rest).filter(([, value]) => value !== undefined));
    const kept = (merged.constraints ?? []).filter(
      ({ name }) => name === undefined || constraints.every((other) => other.name !== name),
    );
    merged = { ...merged, ...given, constraints: [...kept, ...constraints] };
  }
  return merged;
}
