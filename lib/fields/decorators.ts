import type { FieldKind } from '../types/field-kind.js';
import type { FieldDecorators } from './decorator-types.js';
import { declareField, type FieldDeclaration } from './field-declaration.js';

/*
 * Decorators note facts and do no work: a wrong definition is reported at start-up with all others. Their types are
 * those of `FieldDecorators`; here they take whatever they are given.
 */
type Options = Readonly<Record<string, unknown>>;
type Positional = Partial<Pick<FieldDeclaration, 'target' | 'inverse' | 'selection'>>;
type Decorator = (prototype: object, key: string | symbol, descriptor?: PropertyDescriptor) => void;

function decorator(kind: FieldKind, options: unknown, positional: Positional = {}): Decorator {
  return (prototype, key, descriptor) => {
    declareField(prototype, {
      key: String(key),
      kind,
      options: given(options),
      target: null,
      inverse: null,
      selection: null,
      ...positional,
      getter: descriptor?.get !== undefined,
      setter: descriptor?.set !== undefined,
    });
  };
}

/** Only what was really given: an option that is undefined must not erase that of a layer below. */
function given(options: unknown): Options {
  if (typeof options !== 'object' || options === null) return Object.freeze({});
  return Object.freeze(Object.fromEntries(Object.entries(options).filter(([, value]) => value !== undefined)));
}

function scalar(kind: FieldKind): (options?: unknown) => Decorator {
  return (options) => decorator(kind, options);
}

type Target = () => unknown;

/**
 * Declares the fields of a model: `@fields.Char({ required: true }) name!: string`. On a getter the field is computed,
 * and `@Depends` says from what. The type of the property is checked against the field's.
 */
export const fields = Object.freeze({
  Char: scalar('char'),
  Text: scalar('text'),
  Integer: scalar('integer'),
  BigInt: scalar('bigint'),
  Float: scalar('float'),
  Decimal: scalar('decimal'),
  Boolean: scalar('boolean'),
  Date: scalar('date'),
  Datetime: scalar('datetime'),
  Selection: (values: Readonly<Record<string, string>>, options?: unknown) =>
    decorator('selection', options, { selection: Object.freeze({ ...values }) }),
  Json: scalar('json'),
  Uuid: scalar('uuid'),
  Binary: scalar('binary'),
  Many2one: (target: Target, options?: unknown) => decorator('many2one', options, { target }),
  One2many: (target: Target, inverse: string, options?: unknown) => decorator('one2many', options, { target, inverse }),
  Many2many: (target: Target, options?: unknown) => decorator('many2many', options, { target }),
}) as FieldDecorators;
