import { Field } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';

const UUID = /^[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}$/i;

/** A UUID as its 36 characters in lower case, which is how PostgreSQL prints and orders it. */
export class UuidField extends Field {
  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    super(declaration, owner, { type: 'uuid', ddl: 'uuid', parse: null });
  }

  protected override convertValue(value: unknown): string {
    if (typeof value !== 'string' || !UUID.test(value)) {
      throw this.refuse('a UUID such as "0190163d-8694-739b-aea5-966c26f8ad91"', value);
    }
    return value.toLowerCase();
  }
}
