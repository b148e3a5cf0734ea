import { Field } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';

/** True or false. There is no unset: null is false, and an empty column reads and searches as false. */
export class BooleanField extends Field {
  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    super(declaration, owner, { type: 'bool', ddl: 'boolean', parse: parseBoolean });
  }

  override convert(value: unknown): unknown {
    return value === null ? false : super.convert(value);
  }

  protected override convertValue(value: unknown): boolean {
    if (typeof value !== 'boolean') throw this.refuse('true or false', value);
    return value;
  }

  override equal(a: unknown, b: unknown): boolean {
    return (a === true) === (b === true);
  }

  override compare(a: unknown, b: unknown): number {
    return Number(a === true) - Number(b === true);
  }

  override toJson(value: unknown): unknown {
    return value === true;
  }
}

function parseBoolean(text: string): boolean {
  return text === 't';
}
