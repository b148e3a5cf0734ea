import type { FieldKind } from '../types/field-kind.js';
import type { Domain } from './domain.js';

/** One term of an order: a field of the model, its direction. */
export interface OrderTerm {
  readonly field: string;
  readonly descending: boolean;
}

/** What a domain needs to know of a model: the FieldResolver that the rooms above implement. */
export interface FieldResolver {
  /** Such as `res.partner`. */
  readonly name: string;
  /** Such as `res_partner`; unquoted. */
  readonly table: string;
  /** The model's order, already checked; the total order by `id` is added by whoever compiles it. */
  readonly order: readonly OrderTerm[];
  /** Name of the boolean field whose `false` hides a record from searches; null: the model cannot be archived. */
  readonly activeField: string | null;
  /** Name of the field that is searched when a relation is compared with a string; null: none can be searched. */
  readonly displayNameField: string | null;
  /** Name of the many2one to the model itself that `child_of` and `parent_of` follow; left out: `parent`. */
  readonly parentField?: string | null;
  findField(name: string): ResolvedField | undefined;
  fieldNames(): Iterable<string>;
}

/** How a relational field is kept. Names are unquoted. */
export type Relation =
  | { readonly kind: 'many2one'; readonly target: FieldResolver }
  | {
      readonly kind: 'one2many';
      readonly target: FieldResolver;
      /** The many2one field of the target that points back, and its column. */
      readonly inverse: string;
      readonly inverseColumn: string;
    }
  | {
      readonly kind: 'many2many';
      readonly target: FieldResolver;
      readonly table: string;
      readonly ownColumn: string;
      readonly targetColumn: string;
    };

/** What a domain needs to know of a field. `id` is one of them, of kind `integer` and column type `int8`. */
export interface ResolvedField {
  readonly model: string;
  readonly name: string;
  readonly kind: FieldKind;
  /** Unquoted name of the column; null: the field has none (x2many, computed without `store`). */
  readonly column: string | null;
  /** PostgreSQL's name of the column's type, such as `int8`, `text`, `numeric`, `timestamptz`; null without a column. */
  readonly columnType: string | null;
  readonly relation: Relation | null;
  /** Checks and converts one value (never an array); null stays null. @throws FieldValueError */
  convert(value: unknown): unknown;
  /** A converted value as the driver sends it, alone or as an element of an array parameter. */
  toParameter(value: unknown): unknown;
  /** Equality and order of converted values as PostgreSQL has them under a C collation. */
  equal(a: unknown, b: unknown): boolean;
  compare(a: unknown, b: unknown): number;
  /** Rewrites a term on a computed field without column; null: it cannot be searched. */
  readonly search: ((operator: string, operand: unknown) => Domain) | null;
}
