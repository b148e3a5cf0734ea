import type { FieldKind } from '../types/field-kind.js';
import { BigIntField } from './bigint.js';
import { BinaryField } from './binary.js';
import { BooleanField } from './boolean.js';
import { CharField } from './char.js';
import { DateField } from './date.js';
import { DatetimeField } from './datetime.js';
import { DecimalField } from './decimal.js';
import type { Field } from './field.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';
import { FloatField } from './float.js';
import { IntegerField } from './integer.js';
import { JsonField } from './json.js';
import { Many2manyField } from './many2many.js';
import { Many2oneField } from './many2one.js';
import { One2manyField } from './one2many.js';
import { SelectionField } from './selection.js';
import { TextField } from './text.js';
import { UuidField } from './uuid.js';

const CLASSES: Readonly<Record<FieldKind, new (declaration: FieldDeclaration, owner: FieldOwner) => Field>> = {
  char: CharField,
  text: TextField,
  integer: IntegerField,
  bigint: BigIntField,
  float: FloatField,
  decimal: DecimalField,
  boolean: BooleanField,
  date: DateField,
  datetime: DatetimeField,
  selection: SelectionField,
  json: JsonField,
  uuid: UuidField,
  binary: BinaryField,
  many2one: Many2oneField,
  one2many: One2manyField,
  many2many: Many2manyField,
};

/**
 * The field of a merged declaration on a composed model. It never throws: what `checkField` would report is left out, so
 * that the rest of a registry can be checked as well.
 */
export function createField(declaration: FieldDeclaration, owner: FieldOwner): Field {
  return new CLASSES[declaration.kind](declaration, owner);
}
