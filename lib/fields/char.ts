import { Field, type ColumnCheck } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';
import { characterCount, compareText, unstorable } from './text-values.js';

/** A line of text. `size` is a CHECK and not the type `varchar(n)`: changing it then never rewrites the table. */
export class CharField extends Field {
  override readonly columnCheck: ColumnCheck | null;

  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    super(declaration, owner, { type: 'text', ddl: 'text', parse: null });
    this.columnCheck =
      this.size === null || this.column === null
        ? null
        : { name: 'size', expression: `char_length("${this.column.replaceAll('"', '""')}") <= ${this.size}` };
  }

  protected override convertValue(value: unknown): string {
    if (typeof value !== 'string') throw this.refuse('text', value);
    if (this.size !== null && value.length > this.size && characterCount(value) > this.size) {
      throw this.refuse(`at most ${this.size} characters`, value);
    }
    const flaw = unstorable(value);
    if (flaw !== null) throw this.refuseWhat('text that PostgreSQL can hold', flaw);
    return value;
  }

  protected override compareValues(a: unknown, b: unknown): number {
    return compareText(a as string, b as string);
  }
}
