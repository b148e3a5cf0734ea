import { ownFieldDeclarations } from '../fields/field-declaration.js';
import type { AnyClass } from '../model/any-class.js';
import { ownFacts } from '../model/model-definition.js';
import type { Layer } from './layer.js';

/**
 * Whether two classes are the same code from a file that was loaded twice. The text of a class alone does not tell:
 * fields leave no trace in it, and two models without methods would look alike.
 */
export function isSameDefinition(a: Layer, b: Layer): boolean {
  const left = a.definition.target;
  const right = b.definition.target;
  if (left.name === '' || left.name !== right.name || a.classes.length !== b.classes.length) return false;
  const signature = signatureOf(a);
  return signature !== null && signature === signatureOf(b);
}

function signatureOf({ definition, classes }: Layer): string | null {
  const { kind, name, options } = definition;
  try {
    return JSON.stringify([kind, name, options, classes.map(classSignature)], written);
  } catch {
    // An option that holds itself cannot be written down; such a definition is equal to none.
    return null;
  }
}

function classSignature(target: AnyClass): unknown[] {
  const prototype = target.prototype as object;
  return [String(target), [...ownFieldDeclarations(prototype).values()], [...(ownFacts(prototype) ?? [])]];
}

/** Functions count as their source, and what JSON cannot write as what it looks like. */
function written(_key: string, value: unknown): unknown {
  return typeof value === 'function' || typeof value === 'bigint' || typeof value === 'symbol' ? String(value) : value;
}
