import { Decimal } from '../util/decimal.js';
import { Field } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';

/** A binary floating point number. With `digits` it is rounded half away from zero when it is assigned. */
export class FloatField extends Field {
  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    super(declaration, owner, { type: 'float8', ddl: 'double precision', parse: Number });
  }

  protected override convertValue(value: unknown): number {
    if (typeof value !== 'number' || !Number.isFinite(value)) throw this.refuse('a finite number', value);
    const rounded = this.digits === null || Number.isInteger(value) ? value : roundHalfAway(value, this.digits[1]);
    if (this.digits !== null && Math.abs(rounded) >= 10 ** (this.digits[0] - this.digits[1])) {
      throw this.refuse(`a number of at most ${this.digits[0] - this.digits[1]} digits before the point`, value);
    }
    return rounded + 0; // -0 becomes 0
  }
}

/** Rounds what people see: 1.005 is a little less in binary, and still becomes 1.01. */
function roundHalfAway(value: number, places: number): number {
  return new Decimal(value).toDecimalPlaces(places, Decimal.ROUND_HALF_UP).toNumber();
}
