import type { FieldKind } from '../types/field-kind.js';
import type { FieldDeclaration } from './field-declaration.js';

/** Kinds that may follow one another in a line of extensions: the column's data goes along without loss. */
const CHANGES: Readonly<Partial<Record<FieldKind, readonly FieldKind[]>>> = {
  char: ['text'],
  text: ['char'],
  integer: ['bigint'],
};

/** Options that say where a field's values come from: the upper layer's word is the last. */
const COMPUTING = ['compute', 'related'] as const;

/** Why two layers cannot be one field. */
export interface KindConflict {
  readonly below: FieldKind;
  readonly above: FieldKind;
}

/**
 * One declaration out of that of a layer and that of the layer above it, option by option: what the upper one does not
 * give stays, null erases. The upper one decides the kind, and the computation if it says how.
 */
export function mergeDeclarations(
  below: FieldDeclaration,
  above: FieldDeclaration,
): { readonly declaration: FieldDeclaration; readonly conflict: KindConflict | null } {
  const fits = below.kind === above.kind || CHANGES[below.kind]?.includes(above.kind) === true;
  // Options of a kind that the field no longer has would be reported as unknown: a consequence, not a cause.
  const kept: Record<string, unknown> = fits ? { ...below.options } : {};
  const computesAnew = COMPUTING.some((name) => typeof above.options[name] === 'string');
  if (above.getter || computesAnew) for (const name of COMPUTING) delete kept[name];
  const declaration: FieldDeclaration = {
    key: above.key,
    kind: above.kind,
    options: Object.freeze({ ...kept, ...above.options }),
    target: above.target ?? below.target,
    inverse: above.inverse ?? below.inverse,
    selection: above.selection ?? below.selection,
    getter: above.getter || (below.getter && !computesAnew),
    setter: above.setter || below.setter,
  };
  return { declaration: Object.freeze(declaration), conflict: fits ? null : { below: below.kind, above: above.kind } };
}
