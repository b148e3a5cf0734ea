import { Term } from '../domain/domain.js';
import type { Domain } from '../domain/domain.js';
import type { FieldKind } from '../types/field-kind.js';
import { CharField } from './char.js';
import { DatetimeField } from './datetime.js';
import { Field } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';
import { isRecordId } from './record-values.js';

/** The record's number, or the uid of who made or changed it: an `int8` read as a safe JavaScript number. */
class IdField extends Field {
  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    super(declaration, owner, { type: 'int8', ddl: 'bigint', parse: Number });
  }

  protected override convertValue(value: unknown): number {
    const id = typeof value === 'bigint' ? Number(value) : value;
    // A user's number may be 0: the anonymous one. Conditions on ids may name any whole number.
    if (typeof id === 'number' && (isRecordId(id) || (Number.isSafeInteger(id) && id <= 0))) return id + 0;
    throw this.refuse('a safe whole number', value);
  }
}

/** What people call a record. It has no column: it follows another field, and conditions on it go there. */
class DisplayNameField extends CharField {
  /** The field it follows; null: it is made of model and id. */
  readonly source: string | null;
  override readonly search: ((operator: string, operand: unknown) => Domain) | null;

  constructor(owner: FieldOwner, source: string | null) {
    super(implicit('displayName', 'char', { store: false, string: 'Display name' }, { getter: true }), owner);
    this.source = source;
    this.search =
      source === null ? null : (operator, operand) => new Term({ path: source, operator, operand, place: [] });
  }
}

/** `id`, the primary key. */
export function idField(owner: FieldOwner): Field {
  return new IdField(implicit('id', 'integer', { required: true, string: 'ID' }), owner);
}

/** `displayName`, which follows the field `source`; null when the model has none to follow. */
export function displayNameField(owner: FieldOwner, source: string | null): Field & { readonly source: string | null } {
  return new DisplayNameField(owner, source);
}

/** `createdAt`, `createdBy`, `updatedAt`, `updatedBy`: of every model without `log: false`. */
export function logFields(owner: FieldOwner): Field[] {
  return [
    new DatetimeField(implicit('createdAt', 'datetime'), owner),
    new IdField(implicit('createdBy', 'integer'), owner),
    new DatetimeField(implicit('updatedAt', 'datetime'), owner),
    new IdField(implicit('updatedBy', 'integer'), owner),
  ];
}

function implicit(
  key: string,
  kind: FieldKind,
  options: Readonly<Record<string, unknown>> = {},
  { getter = false }: { readonly getter?: boolean } = {},
): FieldDeclaration {
  return {
    key,
    kind,
    options: { readonly: true, copy: false, ...options },
    target: null,
    inverse: null,
    selection: null,
    getter,
    setter: false,
  };
}
