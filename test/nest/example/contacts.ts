import { BaseModel, Constrains, Depends, Model, ValidationError, fields, type Many, type One } from 'nest-registry';

@Model('example.country', { order: 'name' })
export class Country extends BaseModel<Country> {
  @fields.Char({ required: true }) name!: string;
  @fields.Char({ required: true, size: 2 }) code!: string;
}

@Model('example.tag')
export class Tag extends BaseModel<Tag> {
  @fields.Char({ required: true }) name!: string;
}

@Model('example.partner', { order: 'name' })
export class Partner extends BaseModel<Partner> {
  @fields.Char({ required: true, index: 'trigram' }) name!: string;
  @fields.Boolean({ default: true }) active!: boolean;
  @fields.Char() email!: string | null;
  @fields.Many2one(() => Country, { onDelete: 'restrict' }) country!: One<Country>;
  @fields.Many2one(() => Partner) parent!: One<Partner>;
  @fields.One2many(() => Partner, 'parent') children!: Many<Partner>;
  @fields.Many2many(() => Tag) tags!: Many<Tag>;

  @fields.Char({ store: true })
  @Depends('name', 'country.code')
  get label(): string | null {
    return this.country ? `${this.name} (${this.country.code})` : this.name;
  }

  @Constrains('parent')
  async checkParent(): Promise<void> {
    if (await this.hasCycle('parent')) throw new ValidationError('A partner cannot be its own ancestor');
  }

  async archive(this: Many<Partner>): Promise<void> {
    await this.write({ active: false });
  }
}

declare module 'nest-registry' {
  interface Models {
    'example.partner': Partner;
  }
}
