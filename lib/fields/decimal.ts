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

const DASH = 45;
const ZERO = 48;
/** Digits in each element of a Decimal's documented property `d`. */
const WORD = 7;

/**
 * The server's text → Decimal. Amounts with at most seven digits on either side of the point, which are nearly all, are
 * read digit by digit: the library's own way takes three times as long, and a page of orders has thousands.
 */
function parseDecimal(text: string): Decimal {
  const first = text.charCodeAt(0) === DASH ? 1 : 0;
  const point = text.indexOf('.', first);
  const end = point === -1 ? text.length : point;
  const isShort = end > first && end - first <= WORD && text.length - end <= WORD + 1;
  if (!isShort) return new Decimal(text);
  const whole = digits(text, first, end);
  let fraction = point === -1 ? 0 : digits(text, point + 1, text.length);
  for (let places = text.length - point - 1; places < WORD && fraction > 0; places++) fraction *= 10;
  // NaN: not all of it is digits.
  if (!(whole > 0) || !(fraction >= 0)) return new Decimal(text);
  const value = new Decimal(first === 1 ? -whole : whole);
  if (fraction > 0) (value.d as number[]).push(fraction);
  return value;
}

function digits(text: string, from: number, to: number): number {
  let number = 0;
  for (let index = from; index < to; index++) {
    const digit = text.charCodeAt(index) - ZERO;
    if (digit < 0 || digit > 9) return NaN;
    number = number * 10 + digit;
  }
  return number;
}
