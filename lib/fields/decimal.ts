import { Decimal } from '../util/decimal.js';
import { Field } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';

const NUMERAL = /^[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d{1,4})?$/i;
/** Digits on either side of the point of a field without `digits`: enough for anything, and no text fills the memory. */
const MOST_DIGITS = 1000;

/** An exact decimal number: never through a float on its way. What has more places than `digits` is refused, not rounded. */
export class DecimalField extends Field {
  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    const digits = declaration.options['digits'];
    super(declaration, owner, {
      type: 'numeric',
      ddl: Array.isArray(digits) ? `numeric(${digits.join(',')})` : 'numeric',
      parse: parseDecimal,
    });
  }

  protected override convertValue(value: unknown): Decimal {
    const number = this.#number(value);
    if (!number.isFinite()) throw this.refuse('a finite decimal number', value);
    const [precision, scale] = this.digits ?? [2 * MOST_DIGITS, MOST_DIGITS];
    if (number.decimalPlaces() > scale) {
      throw this.refuse(`a number of at most ${scale} decimal places`, value, 'Round the value before it is assigned.');
    }
    const whole = precision - scale;
    if (!number.isZero() && number.e >= whole)
      throw this.refuse(`a number of at most ${whole} digits before the point`, value);
    return number.isZero() ? zero : number;
  }

  override toParameter(value: unknown): unknown {
    return value === null ? null : (value as Decimal).toFixed();
  }

  protected override compareValues(a: unknown, b: unknown): number {
    return (a as Decimal).comparedTo(b as Decimal);
  }

  /** A string, with all its places when the field says how many. */
  override toJson(value: unknown): unknown {
    return value === null ? null : (value as Decimal).toFixed(this.digits?.[1]);
  }

  #number(value: unknown): Decimal {
    if (typeof value === 'string' && value.length <= 2 * MOST_DIGITS + 2 && NUMERAL.test(value))
      return new Decimal(value);
    if (typeof value === 'number' || typeof value === 'bigint') return new Decimal(String(value));
    if (Decimal.isDecimal(value)) return new Decimal(value as Decimal);
    throw this.refuse('a decimal number as Decimal, text or number', value);
  }
}

const zero = new Decimal(0);

function parseDecimal(text: string): Decimal {
  return new Decimal(text);
}
