import { Decimal } from 'decimal.js';
import { FieldValueError } from '../../lib/errors/use-errors.js';
import type { Domain } from '../../lib/domain/domain.js';
import type { FieldResolver, OrderTerm, Relation, ResolvedField } from '../../lib/domain/field-resolver.js';
import type { FieldKind } from '../../lib/types/field-kind.js';

/** A field written by hand: as much of a real one as domains need. */
export class FakeField implements ResolvedField {
  readonly model: string;
  readonly name: string;
  readonly kind: FieldKind;
  readonly column: string | null;
  readonly columnType: string | null;
  readonly relation: Relation | null;
  readonly search: ((operator: string, operand: unknown) => Domain) | null;

  constructor(
    model: string,
    name: string,
    facts: {
      readonly kind: FieldKind;
      readonly column?: string | null;
      readonly columnType?: string;
      readonly relation?: Relation;
      readonly search?: (operator: string, operand: unknown) => Domain;
    },
  ) {
    this.model = model;
    this.name = name;
    this.kind = facts.kind;
    this.relation = facts.relation ?? null;
    const stored =
      facts.kind === 'one2many' || facts.kind === 'many2many' ? null : facts.kind === 'many2one' ? `${name}_id` : name;
    this.column = facts.column === undefined ? stored : facts.column;
    this.columnType = this.column === null ? null : (facts.columnType ?? columnTypes[facts.kind]);
    this.search = facts.search ?? null;
  }

  convert(value: unknown): unknown {
    if (value === null) return null;
    const converted = convertOf(this.kind, value);
    if (converted !== undefined) return converted;
    throw new FieldValueError(`${this.model}.${this.name} cannot hold this value.`, {
      model: this.model,
      field: this.name,
    });
  }

  toParameter(value: unknown): unknown {
    if (value === null) return null;
    if (value instanceof Decimal || typeof value === 'bigint') return value.toString();
    if (value instanceof Date) return value.toISOString();
    return this.kind === 'json' ? JSON.stringify(value) : value;
  }

  equal(a: unknown, b: unknown): boolean {
    if (a === null || b === null) return a === b;
    if (this.kind === 'json') return JSON.stringify(a) === JSON.stringify(b);
    return this.compare(a, b) === 0;
  }

  compare(a: unknown, b: unknown): number {
    if (a instanceof Decimal && b instanceof Decimal) return a.comparedTo(b);
    if (a instanceof Buffer && b instanceof Buffer) return a.compare(b);
    if (typeof a === 'string' && typeof b === 'string') return Buffer.from(a).compare(Buffer.from(b));
    const [left, right] = [a as number | bigint | boolean | Date, b as number | bigint | boolean | Date];
    return left < right ? -1 : left > right ? 1 : 0;
  }
}

const columnTypes: Record<FieldKind, string> = {
  char: 'text',
  text: 'text',
  selection: 'text',
  integer: 'int4',
  bigint: 'int8',
  float: 'float8',
  decimal: 'numeric(20,4)',
  boolean: 'boolean',
  date: 'date',
  datetime: 'timestamptz(3)',
  json: 'jsonb',
  uuid: 'uuid',
  binary: 'bytea',
  many2one: 'int8',
  one2many: '',
  many2many: '',
};

function convertOf(kind: FieldKind, value: unknown): unknown {
  switch (kind) {
    case 'char':
    case 'text':
    case 'selection':
    case 'uuid':
    case 'date':
      return typeof value === 'string' ? value : undefined;
    case 'integer':
      return typeof value === 'number' && Number.isSafeInteger(value) ? value : undefined;
    case 'float':
      return typeof value === 'number' ? value : undefined;
    case 'bigint':
      return typeof value === 'bigint' || typeof value === 'number' || typeof value === 'string'
        ? BigInt(value)
        : undefined;
    case 'decimal':
      return typeof value === 'number' || typeof value === 'string' || value instanceof Decimal
        ? new Decimal(value)
        : undefined;
    case 'boolean':
      return typeof value === 'boolean' ? value : undefined;
    case 'datetime':
      return typeof value === 'string' || value instanceof Date ? new Date(value) : undefined;
    case 'binary':
      return value instanceof Buffer ? value : undefined;
    default:
      return value;
  }
}

/** A model written by hand. Fields are added after construction, because relations go round in circles. */
export class FakeModel implements FieldResolver {
  readonly name: string;
  readonly table: string;
  readonly order: readonly OrderTerm[];
  readonly activeField: string | null;
  readonly displayNameField: string | null;
  readonly parentField?: string | null;
  readonly fields = new Map<string, FakeField>();

  constructor(
    name: string,
    options: {
      readonly order?: readonly OrderTerm[];
      readonly activeField?: string | null;
      readonly displayNameField?: string | null;
      readonly parentField?: string | null;
    } = {},
  ) {
    this.name = name;
    this.table = name.replaceAll('.', '_');
    this.order = options.order ?? [];
    this.activeField = options.activeField ?? null;
    this.displayNameField = options.displayNameField === undefined ? 'name' : options.displayNameField;
    if (options.parentField !== undefined) this.parentField = options.parentField;
    this.add('id', { kind: 'integer', columnType: 'int8' });
  }

  add(name: string, facts: ConstructorParameters<typeof FakeField>[2]): this {
    this.fields.set(name, new FakeField(this.name, name, facts));
    return this;
  }

  findField(name: string): FakeField | undefined {
    return this.fields.get(name);
  }

  fieldNames(): Iterable<string> {
    return this.fields.keys();
  }

  /** CREATE TABLE for this model and its relation tables; no foreign keys, no indexes. */
  ddl(): string {
    const columns: string[] = [];
    let links = '';
    for (const field of this.fields.values()) {
      if (field.column !== null) columns.push(`"${field.column}" ${field.columnType}`);
      const { relation } = field;
      if (relation?.kind !== 'many2many') continue;
      links += `CREATE TABLE "${relation.table}" ("${relation.ownColumn}" int8, "${relation.targetColumn}" int8);`;
    }
    return `CREATE TABLE "${this.table}" (${columns.join(', ')});${links}`;
  }
}

/** The models of the tests: nodes in a tree with a field of each kind, countries, tags in a tree, lines. */
export function domainModels(): Readonly<Record<'node' | 'country' | 'tag' | 'line', FakeModel>> {
  const asc = (field: string): OrderTerm => ({ field, descending: false });
  const desc = (field: string): OrderTerm => ({ field, descending: true });
  const country = new FakeModel('geo.country', { order: [desc('code'), asc('name')], activeField: 'active' });
  const tag = new FakeModel('tag', { order: [asc('name')], activeField: 'active', parentField: 'above' });
  const line = new FakeModel('line', {
    order: [asc('node'), desc('qty')],
    activeField: 'active',
    displayNameField: 'label',
  });
  const node = new FakeModel('node', { order: [asc('parent'), asc('name')], activeField: 'active' });
  country.add('name', { kind: 'char' }).add('code', { kind: 'char' }).add('active', { kind: 'boolean' });
  country.add('nodes', {
    kind: 'one2many',
    relation: { kind: 'one2many', target: node, inverse: 'country', inverseColumn: 'country_id' },
  });
  tag.add('name', { kind: 'char' }).add('active', { kind: 'boolean' });
  tag.add('above', { kind: 'many2one', relation: { kind: 'many2one', target: tag } });
  line.add('label', { kind: 'char' }).add('qty', { kind: 'integer' }).add('active', { kind: 'boolean' });
  line.add('node', { kind: 'many2one', relation: { kind: 'many2one', target: node } });
  for (const kind of [
    'text',
    'integer',
    'bigint',
    'float',
    'decimal',
    'date',
    'datetime',
    'selection',
    'json',
    'uuid',
    'binary',
  ] as const) {
    node.add(kind, { kind });
  }
  node.add('name', { kind: 'char' }).add('active', { kind: 'boolean' }).add('flag', { kind: 'boolean' });
  node.add('parent', { kind: 'many2one', relation: { kind: 'many2one', target: node } });
  node.add('country', { kind: 'many2one', relation: { kind: 'many2one', target: country } });
  node.add('mainTag', { kind: 'many2one', column: 'main_tag_id', relation: { kind: 'many2one', target: tag } });
  node.add('children', {
    kind: 'one2many',
    relation: { kind: 'one2many', target: node, inverse: 'parent', inverseColumn: 'parent_id' },
  });
  node.add('lines', {
    kind: 'one2many',
    relation: { kind: 'one2many', target: line, inverse: 'node', inverseColumn: 'node_id' },
  });
  node.add('tags', {
    kind: 'many2many',
    relation: { kind: 'many2many', target: tag, table: 'node_tag', ownColumn: 'node_id', targetColumn: 'tag_id' },
  });
  node.add('closest', {
    kind: 'many2many',
    relation: { kind: 'many2many', target: node, table: 'node_closest', ownColumn: 'from_id', targetColumn: 'to_id' },
  });
  return { node, country, tag, line };
}
