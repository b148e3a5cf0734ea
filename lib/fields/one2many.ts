import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';
import { RelationalField } from './relational.js';

/** The records of another model whose many2one points here. It has no column: that many2one is the truth. */
export class One2manyField extends RelationalField {
  /** Name of the many2one field of the target. */
  readonly inverse: string;

  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    super(declaration, owner, null);
    this.inverse = declaration.inverse ?? '';
  }
}
