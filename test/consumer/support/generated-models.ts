/** Models of a generated application, one file each, and files that search them. */
export interface GeneratedFile {
  readonly path: string;
  readonly text: string;
}

const SEARCHES_PER_FILE = 20;

/**
 * An application of `models` models of twenty fields that lead to each other, and of two searches a model. Every tenth
 * model has the same structure as the one before it, under another name.
 */
export function generateApplication(models: number): readonly GeneratedFile[] {
  const modelFiles = Array.from({ length: models }, (_, index) => ({
    path: `src/models/model${index}.ts`,
    text: modelText(index, models),
  }));
  const files = Math.ceil((models * 2) / SEARCHES_PER_FILE);
  const searchFiles = Array.from({ length: files }, (_, index) => ({
    path: `src/searches/search${index}.ts`,
    text: searchesText(index, models),
  }));
  return [...modelFiles, ...searchFiles];
}

function modelText(index: number, models: number): string {
  const step = (by: number): number => (index + by) % models;
  // Near and far, ahead and back, so that all models hang together.
  const [next, seventh, far, last] = [step(1), step(7), step(101), step(models - 1)];
  const name = `Model${index}`;
  const imported = [...new Set([next, seventh, far, last])].filter((target) => target !== index);
  // Of a pair of twins both have fields of the same names and types.
  const own = index % 10 === 9 ? index - 1 : index;
  return `import { BaseModel, Depends, Model, fields, type Decimal, type Many, type One } from 'nest-registry/core';
${imported.map((target) => `import { Model${target} } from './model${target}.js';`).join('\n')}

@Model('app.model${index}', { order: 'name, id' })
export class ${name} extends BaseModel<${name}> {
  @fields.Char({ required: true, index: true }) name!: string;
  @fields.Char() code${own}!: string | null;
  @fields.Text() note!: string | null;
  @fields.Integer({ default: 10 }) sequence!: number | null;
  @fields.Integer({ required: true, default: 0 }) quantity!: number;
  @fields.Float() weight!: number | null;
  @fields.Decimal({ digits: [16, 2] }) price!: Decimal | null;
  @fields.Boolean({ default: true }) active!: boolean;
  @fields.Date() day!: string | null;
  @fields.Datetime() moment!: Date | null;
  @fields.Selection({ draft: 'Draft', done: 'Done', cancelled: 'Cancelled' }, { required: true, default: 'draft' })
  state!: 'draft' | 'done' | 'cancelled';
  @fields.Json() extra!: unknown;

  @fields.Many2one(() => Model${next}) next!: One<Model${next}>;
  @fields.Many2one(() => Model${seventh}) seventh!: One<Model${seventh}>;
  @fields.Many2one(() => ${name}) parent!: One<${name}>;
  @fields.One2many(() => ${name}, 'parent') children!: Many<${name}>;
  @fields.One2many(() => Model${last}, 'next') previous!: Many<Model${last}>;
  @fields.Many2many(() => Model${far}) tags!: Many<Model${far}>;

  @fields.Char({ store: true })
  @Depends('name', 'next.name')
  get label(): string | null {
    return \`\${this.name} \${this.next?.name}\`;
  }

  @fields.Integer()
  @Depends('children.quantity')
  get total(): number | null {
    return this.children.map((child) => child.quantity).reduce((sum, quantity) => sum + quantity, this.quantity);
  }

  async finish(this: Many<${name}>): Promise<void> {
    await this.write({ state: 'done', moment: new Date(0) });
  }
}

declare module 'nest-registry/core' {
  interface Models {
    'app.model${index}': ${name};
  }
}
`;
}

function searchesText(file: number, models: number): string {
  const first = (file * SEARCHES_PER_FILE) / 2;
  const indexes = Array.from({ length: SEARCHES_PER_FILE / 2 }, (_, offset) => first + offset).filter(
    (index) => index < models,
  );
  return `import type { Environment } from 'nest-registry/core';
${indexes.map((index) => `import { Model${index} } from '../models/model${index}.js';`).join('\n')}

${indexes.map(searchText).join('\n')}`;
}

function searchText(index: number): string {
  return `export async function byClass${index}(env: Environment): Promise<string[]> {
  const found = await env.model(Model${index}).search(
    ['|', ['name', 'ilike', 'a'], ['next.next.name', '=', 'b'], ['tags.state', 'in', ['draft', 'done']], ['quantity', '>', 3]],
    { order: 'name desc, id', limit: 20, load: ['next.name', 'children.tags'] },
  );
  await found.finish();
  return found.map((record) => \`\${record.name} \${record.next?.name} \${record.children.length}\`);
}

export async function byName${index}(env: Environment): Promise<number> {
  const found = await env['app.model${index}'].search([['children', 'any', [['seventh.active', '=', true]]], ['day', '>=', '2026-01-01']]);
  await found.write({ state: 'done', next: null });
  const created = await env['app.model${index}'].create({ name: 'new', quantity: 3, parent: found.at(0) ?? null });
  return created.id + found.mapped('seventh').length;
}
`;
}
