import type { LinkTable } from '../cache/link-changes.js';
import type { Relation } from '../domain/field-resolver.js';
import type { Field } from '../fields/field.js';
import type { ComposedModel } from './composed-model.js';

/** The model a relational field leads to. */
export function targetOf(field: Field): ComposedModel {
  return field.relation!.target as ComposedModel;
}

/** The relation of an x2many, narrowed. */
function one2manyOf(field: Field): Extract<Relation, { kind: 'one2many' }> {
  return field.relation as Extract<Relation, { kind: 'one2many' }>;
}

export function many2manyOf(field: Field): Extract<Relation, { kind: 'many2many' }> {
  return field.relation as Extract<Relation, { kind: 'many2many' }>;
}

/** The many2one of the target that a one2many mirrors. */
export function inverseOf(field: Field): Field {
  return targetOf(field).fields.get(one2manyOf(field).inverse)!;
}

/** The relation table of a many2many with its columns in one order for both sides. */
export function linkTableOf(field: Field): LinkTable & { readonly ownFirst: boolean } {
  const { table, ownColumn, targetColumn } = many2manyOf(field);
  const ownFirst = ownColumn < targetColumn;
  return { table, columns: ownFirst ? [ownColumn, targetColumn] : [targetColumn, ownColumn], ownFirst };
}

/** Many2many fields of the target that show the same table from the other side. */
export function otherSidesOf(field: Field): Field[] {
  const { table, ownColumn } = many2manyOf(field);
  return [...targetOf(field).fields.values()].filter((other) => {
    const relation = other.relation;
    return relation?.kind === 'many2many' && relation.table === table && relation.targetColumn === ownColumn;
  });
}
