import { Field, type ColumnCheck } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';
import { compareText } from './text-values.js';

/** One of a fixed list of values, kept as text with a CHECK. */
export class SelectionField extends Field {
  /** The values in the order of writing, with their labels. */
  readonly selection: ReadonlyMap<string, string>;
  override readonly columnCheck: ColumnCheck | null;

  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    super(declaration, owner, { type: 'text', ddl: 'text', parse: null });
    this.selection = new Map(Object.entries(declaration.selection ?? {}));
    const literals = [...this.selection.keys()].map((value) => `'${value.replaceAll("'", "''")}'`);
    this.columnCheck =
      this.column === null || literals.length === 0
        ? null
        : { name: 'selection', expression: `"${this.column.replaceAll('"', '""')}" IN (${literals.join(', ')})` };
  }

  protected override convertValue(value: unknown): string {
    if (typeof value === 'string' && this.selection.has(value)) return value;
    const values = [...this.selection.keys()];
    const named = values
      .slice(0, 20)
      .map((known) => `"${known}"`)
      .join(', ');
    throw this.refuse(`one of ${named}${values.length > 20 ? ` and ${values.length - 20} more` : ''}`, value);
  }

  protected override compareValues(a: unknown, b: unknown): number {
    return compareText(a as string, b as string);
  }
}
