import type { Relation } from '../domain/field-resolver.js';
import type { Field } from '../fields/field.js';
import type { FieldDeclaration } from '../fields/field-declaration.js';
import { MAX_NAME_BYTES, isFittingName } from '../schema/fit-name.js';
import type { Problems } from './problems.js';

type Many2many = Extract<Relation, { readonly kind: 'many2many' }>;

/** The relation tables met so far. Two fields may share one only as the two sides of one relation. */
export class RelationTables {
  readonly #sides = new Map<string, [first: Side, second?: Side]>();

  add(field: Field, relation: Many2many, problems: Problems): void {
    const side = { field, relation };
    const known = this.#sides.get(relation.table);
    if (known === undefined) {
      this.#sides.set(relation.table, [side]);
      return;
    }
    const [first, second] = known;
    if (second === undefined && isOtherSide(side, first)) {
      this.#sides.set(relation.table, [first, side]);
      return;
    }
    const others = [first, ...(second === undefined ? [] : [second])].map(
      ({ field: other }) => `${other.model}.${other.name}`,
    );
    problems.add({
      model: field.model,
      field: field.name,
      module: field.module,
      message: `It uses the relation table "${relation.table}" of ${others.join(' and ')}, and is not the other side of that relation.`,
      hint: 'Give one of them a table of its own with `table`; for the other side of a relation swap `columns`.',
    });
  }
}

interface Side {
  readonly field: Field;
  readonly relation: Many2many;
}

function isOtherSide(a: Side, b: Side): boolean {
  return (
    a.relation.ownColumn === b.relation.targetColumn &&
    a.relation.targetColumn === b.relation.ownColumn &&
    a.relation.target.name === b.field.model &&
    b.relation.target.name === a.field.model
  );
}

/** Names that are written out are not shortened, so PostgreSQL must be able to hold them. */
export function checkWrittenNames(
  field: Field,
  { table, columns }: FieldDeclaration['options'],
  problems: Problems,
): void {
  const written: unknown[] = [table, ...(Array.isArray(columns) ? (columns as unknown[]) : [])];
  for (const name of written) {
    if (typeof name !== 'string' || name === '' || isFittingName(name)) continue;
    problems.add({
      model: field.model,
      field: field.name,
      module: field.module,
      message: `PostgreSQL cannot hold the name "${name}": a name has 1 to ${MAX_NAME_BYTES} bytes.`,
      hint: 'Give a shorter one, or none: what is generated is shortened.',
    });
  }
}
