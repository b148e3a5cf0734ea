import {
  BaseModel,
  Constrains,
  Depends,
  Model,
  ValidationError,
  check,
  fields,
  type Many,
  type One,
} from 'nest-registry';
import { City } from '../geo/city.model.js';
import { Country } from '../geo/country.model.js';
import type { PartnerDto, PartnerListItemDto } from './partner.dto.js';
import { Tag } from './tag.model.js';

/** A company or a person we deal with. */
@Model('res.partner', {
  description: 'Partner',
  order: 'name',
  constraints: [check("btrim(name) <> ''", 'A partner has a name', { name: 'name_filled' })],
})
export class Partner extends BaseModel<Partner> {
  @fields.Char({ required: true, size: 200, index: 'trigram' }) name!: string;
  @fields.Char({ size: 200 }) email!: string | null;
  // A field of this name archives: searches skip records in which it is false.
  @fields.Boolean({ default: true }) active!: boolean;
  @fields.Many2one(() => Country, { onDelete: 'restrict', index: true }) country!: One<Country>;
  @fields.Many2one(() => City, { onDelete: 'restrict' }) city!: One<City>;
  @fields.Many2one(() => Partner, { index: true }) parent!: One<Partner>;
  @fields.One2many(() => Partner, 'parent') children!: Many<Partner>;
  @fields.Many2many(() => Tag) tags!: Many<Tag>;

  /** Kept in a column, and computed again when the name, the country or the country's code changes. */
  @fields.Char({ store: true })
  @Depends('name', 'country.code')
  get label(): string {
    return this.country ? `${this.name} (${this.country.code})` : this.name;
  }

  @Constrains('parent')
  async checkParent(): Promise<void> {
    if (await this.hasCycle('parent')) throw new ValidationError('A partner cannot be its own ancestor');
  }

  /** Archives these partners and all their descendants. */
  async archive(this: Many<Partner>): Promise<void> {
    const family = await this.env.model(Partner).search([['id', 'child_of', this.ids]]);
    await family.write({ active: false });
  }

  /** As a list shows it; `country` must be loaded. */
  toListItem(): PartnerListItemDto {
    const { id, name, email, label, country } = this;
    return { id, name, email, label, country: country && { code: country.code, name: country.name } };
  }

  /**
   * As the API shows it; `partnerPaths` must be loaded. Modules that extend the model override this to show what they
   * add.
   */
  toView(): PartnerDto {
    const { id, name, email, label, active, country, city, parent } = this;
    return {
      id,
      name,
      email,
      label,
      active,
      country: country && { id: country.id, code: country.code, name: country.name },
      city: city && { id: city.id, name: city.name },
      parent: parent && { id: parent.id, name: parent.name },
      children: this.children.sorted().map((child) => ({ id: child.id, name: child.name })),
      // In the order of their model, also when they have just been given in another one.
      tags: this.tags.sorted().map((tag) => ({ id: tag.id, name: tag.name })),
    };
  }
}

/** What `toView` reads of other records. */
export const partnerPaths = ['country', 'city', 'parent', 'children', 'tags'] as const;

declare module 'nest-registry' {
  interface Models {
    'res.partner': Partner;
  }
}
