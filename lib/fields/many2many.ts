import { fitName } from '../schema/fit-name.js';
import { snakeCase } from '../util/snake-case.js';
import type { FieldDeclaration } from './field-declaration.js';
import type { FieldOwner } from './field-owner.js';
import { RelationalField } from './relational.js';

/** Names of a relation table and of its two columns, unquoted. */
export interface RelationNames {
  readonly table: string;
  readonly ownColumn: string;
  readonly targetColumn: string;
}

/** Any number of records of another model, kept in a relation table. */
export class Many2manyField extends RelationalField {
  readonly #ownTable: string;
  readonly #table: string | null;
  readonly #columns: readonly [own: string, target: string] | null;

  constructor(declaration: FieldDeclaration, owner: FieldOwner) {
    super(declaration, owner, null);
    const { table, columns } = declaration.options;
    this.#ownTable = owner.table;
    this.#table = typeof table === 'string' ? table : null;
    this.#columns = isColumnPair(columns) ? columns : null;
  }

  /**
   * Where the pairs are kept, given the target's table. Without names of its own the two sides of one relation meet in
   * the same table, because it is named after both models in alphabetical order; a relation of a model with itself
   * carries the field's name, because there the two ends cannot be told apart by their models.
   */
  relationNames(targetTable: string): RelationNames {
    const own = this.#ownTable;
    const isSelf = own === targetTable;
    const standard = isSelf ? `${own}_${snakeCase(this.name)}_rel` : `${[own, targetTable].sort().join('_')}_rel`;
    const [ownColumn, targetColumn] = this.#columns ?? [
      `${own}_id`,
      isSelf ? `related_${own}_id` : `${targetTable}_id`,
    ];
    return {
      table: fitName(this.#table ?? standard),
      ownColumn: fitName(ownColumn),
      targetColumn: fitName(targetColumn),
    };
  }
}

export function isColumnPair(value: unknown): value is readonly [own: string, target: string] {
  if (!Array.isArray(value) || value.length !== 2) return false;
  const [own, target] = value as readonly unknown[];
  return typeof own === 'string' && typeof target === 'string' && own !== '' && target !== '' && own !== target;
}
