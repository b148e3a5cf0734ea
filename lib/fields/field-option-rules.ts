import type { FieldKind } from '../types/field-kind.js';
import { isDigits } from './field.js';
import type {
  DigitsOptions,
  FieldOptions,
  JsonOptions,
  Many2manyOptions,
  Many2oneOptions,
  TextOptions,
  X2manyOptions,
} from './field-options.js';
import { isColumnPair } from './many2many.js';
import { isOnDelete } from './many2one.js';

type OptionName =
  | keyof FieldOptions
  | keyof TextOptions
  | keyof DigitsOptions<unknown>
  | keyof JsonOptions<unknown>
  | keyof Many2oneOptions
  | keyof Many2manyOptions;

type Check = (value: unknown) => boolean;

/** What the value of an option must be, in words, and the test of it. */
export type OptionRule = readonly [expected: string, holds: Check];

const FLAG: OptionRule = ['true or false', (value) => typeof value === 'boolean'];
const isText: Check = (value) => typeof value === 'string' && value !== '';
const TEXT: OptionRule = ['a text', isText];
const COLUMN: OptionRule = ['the name of a column', isText];
const INDEXES: readonly unknown[] = [true, false, 'btree', 'hash', 'gin', 'gist', 'brin', 'trigram'];
/** Known, and refused in this version, never ignored. */
const LATER = null;

/** Every option that any field takes; those that all take come first. */
const RULES = {
  required: FLAG,
  // Which values it may have depends on the field, which checks it itself.
  default: ['a value of the field or a function that gives one', () => true],
  index: ["true, false, 'trigram', 'btree', 'hash', 'gin', 'gist' or 'brin'", (value) => INDEXES.includes(value)],
  unique: FLAG,
  store: FLAG,
  lazy: FLAG,
  private: FLAG,
  copy: FLAG,
  readonly: FLAG,
  string: TEXT,
  help: TEXT,
  column: COLUMN,
  renamedFrom: COLUMN,
  compute: ['the name of a method', isText],
  related: [
    "a path over relations to a field: 'country.code'",
    (value) => isText(value) && (value as string).includes('.'),
  ],
  inverse: LATER,
  search: LATER,
  groups: LATER,
  recursive: LATER,
  precompute: LATER,
  size: ['a whole number above 0', (value) => Number.isSafeInteger(value) && (value as number) > 0],
  translate: LATER,
  digits: ['[precision, scale] with 1 <= precision <= 1000 and 0 <= scale <= precision', isDigits],
  aggregate: LATER,
  schema: [
    'a Standard Schema',
    (value) => (typeof value === 'object' || typeof value === 'function') && '~standard' in (value as object),
  ],
  domain: LATER,
  onDelete: ["'restrict', 'cascade' or 'set null'", isOnDelete],
  table: ['the name of a table', isText],
  columns: ['two different names of columns', isColumnPair],
} satisfies Readonly<Record<OptionName, OptionRule | null>>;

/** Options that not every field takes. */
const OF_SOME = {
  size: true,
  translate: true,
  digits: true,
  aggregate: true,
  schema: true,
  domain: true,
  onDelete: true,
  table: true,
  columns: true,
} satisfies Readonly<Record<Exclude<OptionName, keyof FieldOptions>, true>>;

/** Options about the field's own column, which a relation to several records has not. */
const OF_COLUMN = {
  required: true,
  default: true,
  index: true,
  unique: true,
  lazy: true,
  column: true,
  renamedFrom: true,
  precompute: true,
} satisfies Readonly<Record<Exclude<keyof FieldOptions, keyof X2manyOptions>, true>>;

const COMMON = Object.keys(RULES).filter((name) => !Object.hasOwn(OF_SOME, name));
const OF_MANY = [...COMMON.filter((name) => !Object.hasOwn(OF_COLUMN, name)), 'domain'];

const BY_KIND: Readonly<Record<FieldKind, readonly string[]>> = {
  char: [...COMMON, 'size', 'translate'],
  text: [...COMMON, 'size', 'translate'],
  integer: [...COMMON, 'aggregate'],
  bigint: [...COMMON, 'aggregate'],
  float: [...COMMON, 'digits', 'aggregate'],
  decimal: [...COMMON, 'digits', 'aggregate'],
  boolean: COMMON,
  date: COMMON,
  datetime: COMMON,
  selection: COMMON,
  json: [...COMMON, 'schema'],
  uuid: COMMON,
  binary: COMMON,
  many2one: [...COMMON, 'domain', 'onDelete'],
  one2many: OF_MANY,
  many2many: [...OF_MANY, 'table', 'columns'],
};

/** The options that a kind of field takes, those of later versions included. */
export function optionsOfKind(kind: FieldKind): readonly string[] {
  return BY_KIND[kind];
}

/** The rule of an option; null: it is of a later version, undefined: no field takes it. */
export function ruleOf(name: string): OptionRule | null | undefined {
  return Object.hasOwn(RULES, name) ? RULES[name as OptionName] : undefined;
}
