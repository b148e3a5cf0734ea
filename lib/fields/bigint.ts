import { Field } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';

const MAX_INT8 = 9_223_372_036_854_775_807n;

/** A whole number of PostgreSQL's `bigint`, as a JavaScript `bigint`. */
export class BigIntField extends Field {
  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    super(declaration, owner, { type: 'int8', ddl: 'bigint', parse: BigInt });
  }

  protected override convertValue(value: unknown): bigint {
    const number = this.#whole(value);
    if (number > MAX_INT8 || number < -MAX_INT8 - 1n) throw this.refuse('a whole number of 64 bits', value);
    return number;
  }

  override toParameter(value: unknown): unknown {
    return value === null ? null : String(value);
  }

  /** A string: JSON's numbers lose digits beyond 2^53. */
  override toJson(value: unknown): unknown {
    return value === null ? null : String(value);
  }

  #whole(value: unknown): bigint {
    if (typeof value === 'bigint') return value;
    if (typeof value === 'number' && Number.isSafeInteger(value)) return BigInt(value);
    // Longer texts are out of range anyway, and turning a huge one into a number takes long.
    if (typeof value === 'string' && /^[+-]?\d{1,40}$/.test(value)) return BigInt(value.replace(/^\+/, ''));
    throw this.refuse('a bigint, a safe whole number or its digits as text', value);
  }
}
