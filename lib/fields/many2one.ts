import type { OnDelete } from '../schema/table-spec.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';
import { RelationalField } from './relational.js';

/** One record of another model, or none: a column with its id and a foreign key. */
export class Many2oneField extends RelationalField {
  /** `restrict` when required, else `set null`; null without a column. */
  override readonly onDelete: OnDelete | null;

  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    // Ids stay below 2^53: they come from a sequence, and `convert` lets no other in.
    super(declaration, owner, { type: 'int8', ddl: 'bigint', parse: Number });
    const given = declaration.options['onDelete'];
    const standard: OnDelete = this.required ? 'restrict' : 'set null';
    this.onDelete = this.column === null ? null : isOnDelete(given) ? given : standard;
  }
}

export function isOnDelete(value: unknown): value is 'restrict' | 'cascade' | 'set null' {
  return value === 'restrict' || value === 'cascade' || value === 'set null';
}
