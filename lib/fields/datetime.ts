import { Field } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';
import { instantOf, parseTimestamp } from './time-text.js';

// Years that both sides write with four digits.
const EARLIEST_MS = Date.parse('0001-01-01T00:00:00.000Z');
const LATEST_MS = Date.parse('9999-12-31T23:59:59.999Z');

/**
 * An instant with a precision of one millisecond, in memory and in the column: a finer one would come back different.
 * Years 0001 to 9999. Text without a zone is UTC, wherever the process runs.
 */
export class DatetimeField extends Field {
  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    super(declaration, owner, { type: 'timestamptz', ddl: 'timestamp(3) with time zone', parse: parseTimestamp });
  }

  protected override convertValue(value: unknown): Date {
    const ms = value instanceof Date ? value.getTime() : typeof value === 'string' ? instantOf(value) : NaN;
    if (!(ms >= EARLIEST_MS && ms <= LATEST_MS)) {
      throw this.refuse('an instant as Date or ISO 8601 text, of the years 0001 to 9999', value);
    }
    return new Date(ms); // a copy: a Date can be changed in place
  }

  override toParameter(value: unknown): unknown {
    return value === null ? null : (value as Date).toISOString();
  }

  protected override compareValues(a: unknown, b: unknown): number {
    return (a as Date).getTime() - (b as Date).getTime();
  }

  override toJson(value: unknown): unknown {
    return value === null ? null : (value as Date).toISOString();
  }
}
