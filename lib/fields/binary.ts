import { Field } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';

/** Bytes, as a `Buffer`. They are copied when assigned, so that what the caller does to its own later changes nothing. */
export class BinaryField extends Field {
  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    super(declaration, owner, { type: 'bytea', ddl: 'bytea', parse: parseBytes });
  }

  protected override convertValue(value: unknown): Buffer {
    if (!(value instanceof Uint8Array)) {
      throw this.refuse(
        'bytes (a Buffer or Uint8Array)',
        value,
        "Turn text into bytes with Buffer.from(text, 'base64') first.",
      );
    }
    return Buffer.from(value);
  }

  protected override compareValues(a: unknown, b: unknown): number {
    return Buffer.compare(a as Buffer, b as Buffer);
  }

  /** Base64. */
  override toJson(value: unknown): unknown {
    return value === null ? null : (value as Buffer).toString('base64');
  }
}

function parseBytes(text: string): Buffer {
  return Buffer.from(text.slice(2), 'hex'); // \x6162
}
