import type { ColumnSpec, ConstraintSpec, ForeignKeySpec, IndexSpec, TableSpec } from './table-spec.js';

/** What stands under the name that a constraint or index of ours is to have. */
export type Replaced = 'constraint' | 'index' | null;

/** A definition that PostgreSQL prints in its own words. */
export type PrintedObject =
  | { readonly type: 'default'; readonly name: string }
  | { readonly type: 'constraint'; readonly name: string }
  | { readonly type: 'index'; readonly name: string; readonly unique: boolean };

/** One thing that is not as the specification wants it. */
export type Difference =
  | { readonly kind: 'rename-table'; readonly table: TableSpec; readonly from: string }
  | { readonly kind: 'rename-column'; readonly table: TableSpec; readonly column: ColumnSpec; readonly from: string }
  | {
      readonly kind: 'rename-object';
      readonly table: TableSpec;
      readonly type: 'constraint' | 'index';
      readonly from: string;
      readonly to: string;
    }
  | { readonly kind: 'create-extension'; readonly table: TableSpec; readonly extension: string }
  | { readonly kind: 'create-table'; readonly table: TableSpec; readonly constraints: readonly ConstraintSpec[] }
  | { readonly kind: 'widen-column'; readonly table: TableSpec; readonly column: ColumnSpec; readonly from: string }
  | {
      readonly kind: 'add-column' | 'set-default' | 'drop-default' | 'make-optional' | 'require-column';
      readonly table: TableSpec;
      readonly column: ColumnSpec;
    }
  | {
      readonly kind: 'number-column';
      readonly table: TableSpec;
      readonly column: ColumnSpec;
      readonly from: 'always' | 'no';
    }
  | { readonly kind: 'add-primary-key' | 'comment-table'; readonly table: TableSpec }
  | {
      readonly kind: 'add-constraint';
      readonly table: TableSpec;
      readonly constraint: ConstraintSpec;
      readonly replaces: Replaced;
    }
  | {
      readonly kind: 'add-index';
      readonly table: TableSpec;
      readonly index: IndexSpec;
      readonly definition: string;
      readonly replaces: Replaced;
    }
  | {
      readonly kind: 'add-foreign-key';
      readonly table: TableSpec;
      readonly key: ForeignKeySpec;
      readonly replaces: Replaced;
    }
  | { readonly kind: 'validate-constraint'; readonly table: TableSpec; readonly name: string }
  | {
      readonly kind: 'note';
      readonly table: TableSpec;
      readonly object: PrintedObject;
      readonly definition: string;
      readonly printed: string;
      readonly comment: string | null;
    };

/** Something a person should know. `drift` and above would need a person's decision. */
export interface SchemaNotice {
  /** `info`: left as it is; `warning`: could not be done yet; `drift`: is not done without a person's decision. */
  readonly level: 'info' | 'warning' | 'drift';
  readonly table: string;
  readonly message: string;
  readonly hint?: string;
}

/** A definition whose print must be asked of the server. */
export interface PrintQuestion {
  readonly key: string;
  readonly table: string;
  readonly object: PrintedObject;
  readonly definition: string;
  /** How what is there now is printed. */
  readonly printed: string;
}

/** What only the database can answer, asked when a difference hangs on it. */
export interface Questions {
  readonly prints: readonly PrintQuestion[];
  readonly nullRows: readonly { readonly table: string; readonly column: string }[];
  readonly extensions: readonly string[];
}

/** Answers to earlier questions. */
export interface Answers {
  /** By key; null: the definition cannot be made on the table as it is. */
  readonly prints: ReadonlyMap<string, string | null>;
  /** Rows without a value, by `table.column`. */
  readonly nullRows: ReadonlyMap<string, number>;
  /** Whether an extension that is not installed could be. */
  readonly creatable: ReadonlyMap<string, boolean>;
}

export interface Diff {
  readonly differences: readonly Difference[];
  readonly notices: readonly SchemaNotice[];
  readonly questions: Questions;
}

export const NO_ANSWERS: Answers = { prints: new Map(), nullRows: new Map(), creatable: new Map() };

/** Key of a column or a printed object among the answers. */
export function answerKey(table: string, ...path: readonly string[]): string {
  return [table, ...path].join('.');
}
