import { describe, expect, it } from 'vitest';
import { checkField } from '../../lib/fields/check-field.js';
import { createField } from '../../lib/fields/create-field.js';
import { fields } from '../../lib/fields/decorators.js';
import { columnName } from '../../lib/fields/field.js';
import { ownFieldDeclarations, type FieldDeclaration } from '../../lib/fields/field-declaration.js';
import { displayNameField, idField, logFields } from '../../lib/fields/implicit-fields.js';
import type { Many2manyField } from '../../lib/fields/many2many.js';
import { mergeDeclarations } from '../../lib/fields/merge-declarations.js';
import { humanise, snakeCase } from '../../lib/util/snake-case.js';
import { declaration, field, owner } from './support.js';

describe('decorators', () => {
  class Base {
    @fields.Char({ required: true, help: undefined }) name!: string;
    @fields.Selection({ a: 'A', b: 'B' }) kind!: 'a' | 'b' | null;
    @fields.Integer({ store: true })
    get count(): number {
      return 3;
    }
  }
  class Above extends Base {
    @fields.Char({ required: true, size: 3 }) declare name: string;
  }

  it('note what was really given on the prototype of their class, and run nothing', () => {
    const own = ownFieldDeclarations(Base.prototype);
    expect([...own.keys()]).toEqual(['name', 'kind', 'count']);
    expect(own.get('name')).toMatchObject({ key: 'name', kind: 'char', options: { required: true }, getter: false });
    expect(Object.keys(own.get('name')!.options)).toEqual(['required']);
    expect(own.get('kind')).toMatchObject({ selection: { a: 'A', b: 'B' } });
    expect(own.get('count')).toMatchObject({ kind: 'integer', getter: true, setter: false });
  });

  it('keep the classes of a line apart', () => {
    expect([...ownFieldDeclarations(Above.prototype).keys()]).toEqual(['name']);
    expect(ownFieldDeclarations(Base.prototype).get('name')!.options).not.toHaveProperty('size');
    expect(ownFieldDeclarations(class {}.prototype).size).toBe(0);
  });

  it('leave the target of a relation to be asked later', () => {
    let asked = 0;
    class Order {
      @fields.Many2one(() => {
        asked++;
        return 'res.partner';
      })
      partner!: null;
      @fields.One2many(() => 'sale.line', 'order') lines!: never;
    }
    expect(asked).toBe(0);
    const own = ownFieldDeclarations(Order.prototype);
    expect(own.get('partner')!.target!()).toBe('res.partner');
    expect(own.get('lines')!.inverse).toBe('order');
  });
});

describe('merging a field of two layers', () => {
  const merge = (below: FieldDeclaration, above: FieldDeclaration) => mergeDeclarations(below, above);

  it('goes option by option: what is not given stays, null erases', () => {
    const { declaration: merged, conflict } = merge(
      declaration('char', { size: 10, help: 'text', default: 'x' }),
      declaration('char', { required: true, help: null }),
    );
    expect(conflict).toBe(null);
    expect(merged.options).toEqual({ size: 10, help: null, default: 'x', required: true });
    expect(createField(merged, owner)).toMatchObject({ size: 10, help: null, required: true, hasDefault: true });
  });

  it('lets the last layer decide the kind, where data can follow', () => {
    for (const [below, above, fits] of [
      ['char', 'text', true],
      ['text', 'char', true],
      ['integer', 'bigint', true],
      ['bigint', 'integer', false],
      ['char', 'integer', false],
      ['many2one', 'many2many', false],
    ] as const) {
      const { declaration: merged, conflict } = merge(declaration(below), declaration(above));
      expect(merged.kind).toBe(above);
      expect(conflict === null, `${below} to ${above}`).toBe(fits);
    }
  });

  it('takes the computation of the last layer that has one', () => {
    const getter = declaration('char', {}, { getter: true });
    const method = declaration('char', { compute: 'computeIt' });
    expect(merge(method, getter).declaration).toMatchObject({ getter: true, options: {} });
    expect(merge(getter, method).declaration).toMatchObject({ getter: false, options: { compute: 'computeIt' } });
    expect(merge(getter, declaration('char', { store: true })).declaration.getter).toBe(true);
  });
});

describe('the facts of a field', () => {
  it('have their defaults decided in one place', () => {
    expect(field('char')).toMatchObject({
      column: 'value',
      columnType: 'text',
      required: false,
      store: true,
      lazy: false,
      copy: true,
      readonly: false,
      index: null,
      dependsOnView: false,
      label: 'Value',
    });
    expect(field('char', { unique: true })).toMatchObject({ copy: false });
    expect(field('binary')).toMatchObject({ lazy: true });
    expect(field('binary', { lazy: false })).toMatchObject({ lazy: false });
    expect(field('char', {}, { getter: true })).toMatchObject({
      store: false,
      column: null,
      columnType: null,
      parse: null,
      readonly: true,
      copy: false,
      dependsOnView: true,
    });
    expect(field('char', { store: true, readonly: false }, { getter: true })).toMatchObject({
      store: true,
      column: 'value',
      readonly: false,
      dependsOnView: false,
    });
    expect(field('many2one')).toMatchObject({ column: 'value_id', onDelete: 'set null', index: 'btree' });
    expect(field('many2one', { required: true, index: false })).toMatchObject({ onDelete: 'restrict', index: null });
    expect(field('many2one', { required: true, onDelete: 'cascade' })).toMatchObject({ onDelete: 'cascade' });
    expect(field('one2many')).toMatchObject({
      column: null,
      store: false,
      copy: false,
      dependsOnView: true,
      onDelete: null,
    });
    expect(field('char', { index: true, column: 'Odd Name' })).toMatchObject({ index: 'btree', column: 'Odd Name' });
  });

  it('put what the database can check into a condition', () => {
    expect(field('char', { size: 3, column: 'a"b' }).columnCheck).toEqual({
      name: 'size',
      expression: 'char_length("a""b") <= 3',
    });
    expect(field('selection', {}, { selection: { a: 'A', "it's": 'B' } }).columnCheck?.expression).toBe(
      `"value" IN ('a', 'it''s')`,
    );
    expect(field('char').columnCheck).toBe(null);
  });

  it('name columns in snake case and shorten them in one way', () => {
    expect(['orderCount', 'taxID', 'HTMLBody', 'line2Total', 'res.partner', 'naïveÉtat'].map(snakeCase)).toEqual([
      'order_count',
      'tax_id',
      'html_body',
      'line2_total',
      'res_partner',
      'naïve_état',
    ]);
    expect(humanise('orderCount')).toBe('Order count');
    const long = columnName('x'.repeat(80), 'many2one');
    expect(Buffer.byteLength(long)).toBeLessThanOrEqual(63);
    expect(long).toBe(columnName('x'.repeat(80), 'many2one'));
    expect(long).not.toBe(columnName('x'.repeat(81), 'many2one'));
  });

  it('let both sides of a many2many meet in one table', () => {
    const tags = field('many2many', {}, { key: 'tags' }) as Many2manyField;
    expect(tags.relationNames('res_tag')).toEqual({
      table: 'res_tag_res_thing_rel',
      ownColumn: 'res_thing_id',
      targetColumn: 'res_tag_id',
    });
    expect(tags.relationNames('res_thing')).toEqual({
      table: 'res_thing_tags_rel',
      ownColumn: 'res_thing_id',
      targetColumn: 'related_res_thing_id',
    });
    const named = field('many2many', { table: 'own_table', columns: ['a', 'b'] }) as Many2manyField;
    expect(named.relationNames('res_tag')).toEqual({ table: 'own_table', ownColumn: 'a', targetColumn: 'b' });
  });

  it('exist for every model', () => {
    expect(idField(owner)).toMatchObject({
      name: 'id',
      kind: 'integer',
      column: 'id',
      columnType: 'int8',
      ddlType: 'bigint',
      readonly: true,
    });
    expect(idField(owner).convert(5n)).toBe(5);
    expect(() => idField(owner).convert('5')).toThrow('takes a safe whole number');
    expect(logFields(owner).map(({ name, column, ddlType }) => [name, column, ddlType])).toEqual([
      ['createdAt', 'created_at', 'timestamp(3) with time zone'],
      ['createdBy', 'created_by', 'bigint'],
      ['updatedAt', 'updated_at', 'timestamp(3) with time zone'],
      ['updatedBy', 'updated_by', 'bigint'],
    ]);
    const shown = displayNameField(owner, 'name');
    expect(shown).toMatchObject({ name: 'displayName', column: null, source: 'name', readonly: true });
    expect(shown.search!('ilike', 'x')).toMatchObject({ kind: 'term', path: 'name', operator: 'ilike', operand: 'x' });
    expect(displayNameField(owner, null).search).toBe(null);
  });
});

describe('wrong definitions', () => {
  const problems = (...parts: Parameters<typeof declaration>): string[] => {
    const given = declaration(...parts);
    return checkField(createField(given, owner), given).map(({ message, hint }) => `${message} ${hint}`);
  };

  it('are none for what is right', () => {
    for (const given of [
      declaration('char', { required: true, index: 'trigram', size: 10, default: 'x', string: 'Name', help: null }),
      declaration('decimal', { digits: [12, 2], default: '0.00' }),
      declaration('char', { translate: false, groups: null }),
      declaration('many2one', { required: true, onDelete: 'cascade' }, { target: () => 'x' }),
      declaration('one2many', {}, { target: () => 'x', inverse: 'y' }),
      declaration('many2many', { table: 't', columns: ['a', 'b'] }, { target: () => 'x' }),
      declaration('char', {}, { getter: true, key: 'displayName' }),
      declaration('selection', { default: 'a' }, { selection: { a: 'A' } }),
    ]) {
      expect(checkField(createField(given, owner), given)).toEqual([]);
    }
  });

  it('name model, field and module', () => {
    const given = declaration('char', { requierd: true });
    expect(checkField(createField(given, owner), given)).toEqual([
      expect.objectContaining({ model: 'res.thing', field: 'value', module: 'things' }),
    ]);
  });

  it('are typing mistakes, options of another kind, and options of later versions', () => {
    expect(problems('char', { requierd: true })).toEqual([expect.stringContaining('Did you mean "required"?')]);
    expect(problems('char', { digits: [1, 2] })).toEqual([
      expect.stringContaining('A field of kind char does not take it.'),
    ]);
    for (const [name, value] of Object.entries({
      inverse: 'x',
      search: 'x',
      groups: ['g'],
      translate: true,
      recursive: true,
      precompute: true,
    })) {
      expect(problems('char', { [name]: value }), name).toEqual([
        expect.stringContaining('is not available in this version'),
      ]);
    }
    expect(problems('integer', { aggregate: 'sum' })).toHaveLength(1);
    expect(problems('many2one', { domain: [] }, { target: () => 'x' })).toHaveLength(1);
  });

  it('are values that an option cannot have', () => {
    for (const [kind, options] of [
      ['char', { required: 'yes' }],
      ['char', { size: 0 }],
      ['char', { index: 'fast' }],
      ['char', { column: '' }],
      ['char', { column: 'x'.repeat(64) }],
      ['float', { digits: [2, 3] }],
      ['integer', { index: 'trigram' }],
      ['integer', { default: 'x' }],
      ['json', { schema: {} }],
      ['json', { unique: true }],
      ['char', { store: false }],
    ] as const) {
      expect(problems(kind, options), JSON.stringify(options)).toHaveLength(1);
    }
    expect(problems('many2one', { onDelete: 'explode' }, { target: () => 'x' })).toHaveLength(1);
    expect(problems('many2one', { required: true, onDelete: 'set null' }, { target: () => 'x' })).toHaveLength(1);
    expect(problems('many2many', { columns: ['a', 'a'] }, { target: () => 'x' })).toHaveLength(1);
    expect(problems('selection', {}, { selection: {} })).toHaveLength(1);
    expect(problems('one2many', {}, { target: () => 'x', inverse: '' })).toHaveLength(1);
    expect(problems('many2one')).toEqual([expect.stringContaining('() => Country')]);
  });

  it('are computations that contradict themselves', () => {
    expect(problems('char', { compute: 'x' }, { getter: true })).toHaveLength(1);
    expect(problems('char', {}, { getter: true, setter: true })).toHaveLength(1);
    expect(problems('char', { required: true }, { getter: true })).toHaveLength(1);
    expect(problems('char', { default: 'x', store: true }, { getter: true })).toHaveLength(1);
    expect(problems('many2many', { compute: 'x' }, { target: () => 'x' })).toHaveLength(1);
  });

  it('are names that records need for themselves, with a proposal', () => {
    expect(problems('char', {}, { key: 'then' })).toEqual([expect.stringContaining('looks like a promise')]);
    expect(problems('integer', {}, { key: 'length' })).toEqual([expect.stringMatching(/"extent".*`column: 'length'`/)]);
    for (const key of ['env', 'ids', 'load', 'write', 'id', 'createdAt', 'constructor', '__proto__', 'toString']) {
      expect(problems('char', {}, { key }), key).toHaveLength(1);
    }
  });
});
