import type { FieldKind } from '../types/field-kind.js';
import { isDigits } from './field.js';
import { isColumnPair } from './many2many.js';
import { isOnDelete } from './many2one.js';

/** Options that do something in this version; the others are known and refused, never ignored. */
export const optionsOfThisVersion: ReadonlySet<string> = new Set([
  'required',
  'default',
  'index',
  'unique',
  'size',
  'digits',
  'store',
  'lazy',
  'private',
  'copy',
  'readonly',
  'string',
  'help',
  'column',
  'renamedFrom',
  'compute',
  'onDelete',
  'schema',
  'table',
  'columns',
]);

const COMMON = [
  'required',
  'default',
  'index',
  'unique',
  'store',
  'lazy',
  'private',
  'copy',
  'readonly',
  'string',
  'help',
  'column',
  'renamedFrom',
  'compute',
  'related',
  'inverse',
  'search',
  'groups',
  'recursive',
  'precompute',
];
const OF_MANY = [
  'store',
  'private',
  'copy',
  'readonly',
  'string',
  'help',
  'compute',
  'related',
  'inverse',
  'search',
  'groups',
  'recursive',
  'domain',
];

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

type Check = (value: unknown) => boolean;
const isFlag: Check = (value) => typeof value === 'boolean';
const isText: Check = (value) => typeof value === 'string' && value !== '';
const INDEXES: readonly unknown[] = [true, false, 'btree', 'hash', 'gin', 'gist', 'brin', 'trigram'];

/** What the value of an option must be, in words, and the test of it. */
export const OPTION_RULES: Readonly<Record<string, readonly [expected: string, holds: Check]>> = {
  required: ['true or false', isFlag],
  index: ["true, false, 'trigram', 'btree', 'hash', 'gin', 'gist' or 'brin'", (value) => INDEXES.includes(value)],
  unique: ['true or false', isFlag],
  size: ['a whole number above 0', (value) => Number.isSafeInteger(value) && (value as number) > 0],
  digits: ['[precision, scale] with 1 <= precision <= 1000 and 0 <= scale <= precision', isDigits],
  store: ['true or false', isFlag],
  lazy: ['true or false', isFlag],
  private: ['true or false', isFlag],
  copy: ['true or false', isFlag],
  readonly: ['true or false', isFlag],
  string: ['a text', isText],
  help: ['a text', isText],
  column: ['the name of a column', isText],
  renamedFrom: ['the name of a column', isText],
  compute: ['the name of a method', isText],
  onDelete: ["'restrict', 'cascade' or 'set null'", isOnDelete],
  schema: [
    'a Standard Schema',
    (value) => (typeof value === 'object' || typeof value === 'function') && '~standard' in (value as object),
  ],
  table: ['the name of a table', isText],
  columns: ['two different names of columns', isColumnPair],
};
