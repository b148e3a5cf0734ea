/** The kinds of field, spelt as their decorators in lower case. */
export type FieldKind =
  | 'char'
  | 'text'
  | 'integer'
  | 'bigint'
  | 'float'
  | 'decimal'
  | 'boolean'
  | 'date'
  | 'datetime'
  | 'selection'
  | 'json'
  | 'uuid'
  | 'binary'
  | 'many2one'
  | 'one2many'
  | 'many2many';
