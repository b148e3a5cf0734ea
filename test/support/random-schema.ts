import { BaseModel, Model, fields } from '../../lib/core.js';
import type { FieldKind } from '../../lib/types/field-kind.js';
import type { SeededRandom } from './seeded-random.js';

/** A field of a random model, as far as domains and values need to know it. */
export interface DrawnField {
  readonly name: string;
  readonly kind: FieldKind;
  /** Index of the model that a relation leads to. */
  readonly target: number | null;
  /** Of a one2many: the many2one that points back. */
  readonly inverse: string | null;
}

export interface DrawnModel {
  readonly index: number;
  readonly name: string;
  readonly fields: readonly DrawnField[];
  readonly canBeArchived: boolean;
  /** Whether it has a many2one `parent` to itself. */
  readonly isTree: boolean;
  readonly modelClass: ModelClassOfTest;
}

type ModelClassOfTest = new () => BaseModel;
type Decorate = (prototype: object, key: string) => void;
type AnyDecorator = (...parts: readonly unknown[]) => Decorate;

export const scalarKinds = [
  'char',
  'text',
  'integer',
  'bigint',
  'float',
  'decimal',
  'boolean',
  'date',
  'datetime',
  'selection',
  'json',
  'uuid',
  'binary',
] as const satisfies readonly FieldKind[];

const decoratorNames: Readonly<Record<FieldKind, keyof typeof fields>> = {
  char: 'Char',
  text: 'Text',
  integer: 'Integer',
  bigint: 'BigInt',
  float: 'Float',
  decimal: 'Decimal',
  boolean: 'Boolean',
  date: 'Date',
  datetime: 'Datetime',
  selection: 'Selection',
  json: 'Json',
  uuid: 'Uuid',
  binary: 'Binary',
  many2one: 'Many2one',
  one2many: 'One2many',
  many2many: 'Many2many',
};

/**
 * Draws models with random fields and relations, and makes their classes. Between them they have every kind of field; the
 * first is a tree.
 */
export function drawModels(random: SeededRandom, prefix: string, count: number): readonly DrawnModel[] {
  const drafts = Array.from({ length: count }, (_, index) => ({
    index,
    name: `${prefix}.m${index}`,
    fields: [{ name: 'name', kind: 'char', target: null, inverse: null }] as DrawnField[],
    canBeArchived: index === 1 || random.chance(0.4),
    isTree: index === 0 || random.chance(0.3),
  }));
  const at = (index: number): (typeof drafts)[number] => drafts[index]!;
  for (const kind of scalarKinds) {
    const owners = new Set([random.below(count), random.below(count)]);
    for (const owner of owners) at(owner).fields.push({ name: kind + 'Value', kind, target: null, inverse: null });
  }
  for (const draft of drafts) {
    if (draft.isTree) addLinks(at, { from: draft.index, to: draft.index, name: 'parent' });
    if (draft.canBeArchived) draft.fields.push({ name: 'active', kind: 'boolean', target: null, inverse: null });
    addLinks(at, { from: draft.index, to: random.below(count), name: 'link' });
    // One leads to the tree, whatever is drawn.
    const to = draft.index === 1 ? 0 : random.below(count);
    draft.fields.push({ name: 'many', kind: 'many2many', target: to, inverse: null });
  }
  const classes: ModelClassOfTest[] = [];
  for (const draft of drafts) classes.push(makeClass(draft.name, draft.fields, classes));
  return drafts.map((draft, index) => ({ ...draft, modelClass: classes[index]! }));
}

function addLinks(
  at: (index: number) => { readonly fields: DrawnField[] },
  { from, to, name }: { readonly from: number; readonly to: number; readonly name: string },
): void {
  at(from).fields.push({ name, kind: 'many2one', target: to, inverse: null });
  at(to).fields.push({ name: `${name}Of${from}`, kind: 'one2many', target: from, inverse: name });
}

function makeClass(name: string, drawn: readonly DrawnField[], classes: readonly ModelClassOfTest[]): ModelClassOfTest {
  class Drawn extends BaseModel {}
  for (const field of drawn) {
    const make = fields[decoratorNames[field.kind]] as unknown as AnyDecorator;
    make(...positional(field, classes))(Drawn.prototype, field.name);
  }
  (Model(name) as unknown as (target: unknown) => void)(Drawn);
  return Drawn;
}

function positional(field: DrawnField, classes: readonly ModelClassOfTest[]): readonly unknown[] {
  const target = (): unknown => classes[field.target!];
  if (field.kind === 'selection') return [{ draft: 'Draft', done: 'Done', cancelled: 'Cancelled' }];
  if (field.kind === 'one2many') return [target, field.inverse];
  if (field.kind === 'many2one') return [target];
  // A table of its own for each: two that lead from one model to the same other one are two relations.
  if (field.kind === 'many2many') return [target];
  return [];
}
