import { Field } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';
import { isDay } from './time-text.js';

/** A day without time or zone, as the text `YYYY-MM-DD`, years 0001 to 9999. Text sorts as days do. */
export class DateField extends Field {
  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    super(declaration, owner, { type: 'date', ddl: 'date', parse: null });
  }

  protected override convertValue(value: unknown): string {
    if (typeof value === 'string' && isDay(value)) return value;
    const hint =
      value instanceof Date
        ? 'An instant is another day elsewhere: choose the zone, and give its day as text.'
        : 'A day is written YYYY-MM-DD and must exist in the calendar.';
    throw this.refuse('a day such as "2024-02-29"', value, hint);
  }
}
