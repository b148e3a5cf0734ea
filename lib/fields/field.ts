import { Term, anyOf, complementOf, type Domain } from '../domain/domain.js';
import type { Relation, ResolvedField } from '../domain/field-resolver.js';
import { FieldValueError, UsageError } from '../errors/use-errors.js';
import { fitName } from '../schema/fit-name.js';
import type { IndexMethod, OnDelete } from '../schema/table-spec.js';
import type { FieldKind } from '../types/field-kind.js';
import type { FieldFace } from '../types/faces.js';
import type { EnvironmentFace } from '../types/records.js';
import { humanise, snakeCase } from '../util/snake-case.js';
import { describeValue, kindOfValue } from './describe-value.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';

/** How a kind of field lies in the database. */
export interface ColumnKind {
  /** PostgreSQL's short name, for casts: `int8`, `timestamptz`. */
  readonly type: string;
  /** As `format_type` prints it: `bigint`, `timestamp(3) with time zone`. */
  readonly ddl: string;
  /** The server's text → value; null when the text is the value. */
  readonly parse: ((text: string) => unknown) | null;
}

/** A CHECK constraint that a field wants on its column; `name` tells it from others on the same column. */
export interface ColumnCheck {
  readonly name: string;
  /** Trusted SQL condition with the column quoted. */
  readonly expression: string;
}

/**
 * A field of one composed model: immutable facts, and what its kind does with values. The facts are those of the merged
 * declaration, with every default decided here.
 *
 * Values have a normal form, which `convert` gives and the cache holds: what is equal in it is equal in the database.
 */
export abstract class Field implements ResolvedField, FieldFace {
  readonly model: string;
  readonly module: string;
  readonly name: string;
  readonly kind: FieldKind;
  readonly label: string;
  readonly help: string | null;
  /** Where the model's cached rows keep the value. */
  readonly slot: number;
  readonly column: string | null;
  readonly columnType: string | null;
  readonly ddlType: string | null;
  readonly renamedFrom: string | null;
  readonly parse: ((text: string) => unknown) | null;
  readonly required: boolean;
  readonly store: boolean;
  readonly lazy: boolean;
  readonly private: boolean;
  readonly copy: boolean;
  readonly readonly: boolean;
  readonly unique: boolean;
  readonly index: IndexMethod | null;
  readonly size: number | null;
  readonly digits: readonly [precision: number, scale: number] | null;
  /** The method that fills the field for many records; null: none. */
  readonly compute: string | null;
  /** Whether the property's getter is the computation. */
  readonly getter: boolean;
  /** The path whose value the field shows; null: it is no such field. */
  readonly related: string | null;
  readonly hasDefault: boolean;
  /** Whether what is read depends on user and context, so that the cache keeps one value for each. */
  readonly dependsOnView: boolean;
  /** Many2one only: what the foreign key does. */
  readonly onDelete: OnDelete | null = null;
  /** A condition the database keeps on the column. */
  readonly columnCheck: ColumnCheck | null = null;
  readonly search: ((operator: string, operand: unknown) => Domain) | null;
  readonly #default: unknown;
  #relation: Relation | null = null;

  constructor(declaration: FieldDeclaration, owner: FieldOwner, column: ColumnKind | null) {
    const { key, kind, getter, options } = declaration;
    this.model = owner.model;
    this.module = owner.module;
    this.name = key;
    this.kind = kind;
    this.slot = owner.slotOf(key);
    this.label = textOption(options, 'string') ?? humanise(key);
    this.help = textOption(options, 'help');
    this.compute = textOption(options, 'compute');
    this.getter = getter;
    this.related = textOption(options, 'related');
    const computed = getter || this.compute !== null || this.related !== null;
    this.store = column !== null && (!computed || options['store'] === true);
    const stored = this.store ? column : null;
    this.column = stored === null ? null : (textOption(options, 'column') ?? columnName(key, kind));
    this.columnType = stored?.type ?? null;
    this.ddlType = stored?.ddl ?? null;
    this.parse = stored?.parse ?? null;
    this.renamedFrom = stored === null ? null : textOption(options, 'renamedFrom');
    this.required = options['required'] === true;
    this.unique = options['unique'] === true;
    this.index =
      this.column === null ? null : indexOption(options['index'], { always: kind === 'many2one' && !this.unique });
    this.lazy = this.store && (typeof options['lazy'] === 'boolean' ? options['lazy'] : kind === 'binary');
    this.private = options['private'] === true;
    this.readonly = typeof options['readonly'] === 'boolean' ? options['readonly'] : computed;
    const copies = kind !== 'one2many' && !computed && !this.unique;
    this.copy = typeof options['copy'] === 'boolean' ? options['copy'] : copies;
    this.size = typeof options['size'] === 'number' ? options['size'] : null;
    this.digits = isDigits(options['digits']) ? options['digits'] : null;
    this.search = this.related === null || this.store ? null : searchBy(this.related, kind);
    this.#default = options['default'] ?? null;
    this.hasDefault = this.#default !== null;
    this.dependsOnView = !this.store;
  }

  /** Whether the value comes from a getter or a method. */
  get isComputed(): boolean {
    return this.getter || this.compute !== null || this.related !== null;
  }

  /** Where a relational field leads; null before set-up has linked it, and for other kinds. */
  get relation(): Relation | null {
    return this.#relation;
  }

  /** Set-up says once where the field leads. @throws UsageError the second time */
  linkTo(relation: Relation): void {
    if (this.#relation !== null) throw new UsageError(`${this.model}.${this.name} is linked already.`);
    this.#relation = Object.freeze(relation);
  }

  /** The converted default for a new record; null without one. @throws FieldValueError for a default that does not fit */
  defaultFor(env: EnvironmentFace): unknown {
    const given = this.#default;
    return this.convert(typeof given === 'function' ? ((given(env) as unknown) ?? null) : given);
  }

  /** The default as it was given, unless it is a function; null: none. For checks at start-up. */
  get constantDefault(): unknown {
    return typeof this.#default === 'function' ? null : this.#default;
  }

  /** Brings one value into normal form; null stays null. @throws FieldValueError when the field cannot hold it */
  convert(value: unknown): unknown {
    if (value === null) return null;
    if (value === undefined) {
      throw new FieldValueError(`${this.model}.${this.name} was given undefined.`, {
        model: this.model,
        field: this.name,
        hint: 'Leave the key out for "not given", or give null for "unset".',
      });
    }
    return this.convertValue(value);
  }

  /** As `convert`, for what is neither null nor undefined. */
  protected abstract convertValue(value: unknown): unknown;

  /** A converted value as the driver sends it, alone or as an element of an array parameter. */
  toParameter(value: unknown): unknown {
    return value;
  }

  /** Equality of converted values. */
  equal(a: unknown, b: unknown): boolean {
    return a === b || (a !== null && b !== null && this.compareValues(a, b) === 0);
  }

  /** Order of converted values as PostgreSQL has it under a C collation; unset comes last. */
  compare(a: unknown, b: unknown): number {
    if (a === b) return 0;
    if (a === null || a === undefined) return 1;
    if (b === null || b === undefined) return -1;
    return this.compareValues(a, b);
  }

  /** As `compare`, for values that are set. */
  protected compareValues(a: unknown, b: unknown): number {
    const left = a as number;
    const right = b as number;
    return left < right ? -1 : left > right ? 1 : 0;
  }

  /** A converted value as JSON shows it. */
  toJson(value: unknown): unknown {
    return value;
  }

  /** The error for a value that does not fit: `expected` continues "takes". A private field's value is not named. */
  refuse(expected: string, value: unknown, hint?: string): FieldValueError {
    return this.refuseWhat(expected, this.private ? kindOfValue(value) : describeValue(value), hint);
  }

  /** As `refuse`, for what is described already. */
  refuseWhat(expected: string, given: string, hint?: string): FieldValueError {
    return new FieldValueError(`${this.model}.${this.name} takes ${expected}, not ${given}.`, {
      model: this.model,
      field: this.name,
      hint,
    });
  }
}

/**
 * A condition on the field is one on the path; what is unset where the path breaks off is unset in the field, too. Only
 * operators without a negation are asked for.
 */
function searchBy(path: string, kind: FieldKind): (operator: string, operand: unknown) => Domain {
  const on = (operator: string, operand: unknown): Domain => new Term({ path, operator, operand, place: [] });
  const isUnset = (value: unknown): boolean => value === null || (kind === 'boolean' && value === false);
  const unset = (): Domain => complementOf(kind === 'boolean' ? on('=', true) : on('!=', null));
  return (operator, operand) => {
    if (operator === '=' && isUnset(operand)) return unset();
    if ((operator !== '=' && operator !== 'in') || !Array.isArray(operand)) return on(operator, operand);
    const others = (operand as readonly unknown[]).filter((value) => !isUnset(value));
    return others.length === operand.length ? on(operator, operand) : anyOf([on('in', others), unset()]);
  };
}

/** The column of a property that names none: `country` → `country_id` for a many2one, `orderCount` → `order_count`. */
export function columnName(property: string, kind: FieldKind): string {
  const name = snakeCase(property);
  return fitName(kind === 'many2one' ? `${name}_id` : name);
}

export function isDigits(value: unknown): value is readonly [precision: number, scale: number] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [precision, scale] = value as readonly unknown[];
  if (!Number.isInteger(precision) || !Number.isInteger(scale)) return false;
  return (
    Number(precision) >= 1 && Number(precision) <= 1000 && Number(scale) >= 0 && Number(scale) <= Number(precision)
  );
}

function textOption(options: FieldDeclaration['options'], name: string): string | null {
  const value = options[name];
  return typeof value === 'string' && value !== '' ? value : null;
}

function indexOption(value: unknown, { always }: { readonly always: boolean }): IndexMethod | null {
  if (typeof value === 'string') return value as IndexMethod;
  return value === true || (always && value !== false) ? 'btree' : null;
}
