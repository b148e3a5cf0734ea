import { createField } from '../../lib/fields/create-field.js';
import type { Field } from '../../lib/fields/field.js';
import type { FieldDeclaration } from '../../lib/fields/field-declaration.js';
import type { FieldOwner } from '../../lib/fields/field-owner.js';
import type { FieldKind } from '../../lib/types/field-kind.js';

/** A model that has nothing but names. */
export const owner: FieldOwner = { model: 'res.thing', table: 'res_thing', module: 'things', slotOf: () => 3 };

export function declaration(
  kind: FieldKind,
  options: Readonly<Record<string, unknown>> = {},
  rest: Partial<FieldDeclaration> = {},
): FieldDeclaration {
  return {
    key: 'value',
    kind,
    options,
    target: null,
    inverse: null,
    selection: null,
    getter: false,
    setter: false,
    ...rest,
  };
}

export function field(
  kind: FieldKind,
  options: Readonly<Record<string, unknown>> = {},
  rest: Partial<FieldDeclaration> = {},
): Field {
  return createField(declaration(kind, options, rest), owner);
}
