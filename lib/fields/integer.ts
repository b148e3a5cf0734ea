import { Field } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';

const MAX_INT4 = 2_147_483_647;

/** A whole number of PostgreSQL's `integer`. */
export class IntegerField extends Field {
  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    super(declaration, owner, { type: 'int4', ddl: 'integer', parse: Number });
  }

  protected override convertValue(value: unknown): number {
    if (typeof value !== 'number' || !Number.isInteger(value)) throw this.refuse('a whole number', value);
    if (value > MAX_INT4 || value < -MAX_INT4 - 1) {
      throw this.refuse('a whole number of 32 bits (-2147483648 to 2147483647)', value, 'Use a BigInt field for more.');
    }
    return value + 0; // -0 becomes 0
  }
}
