import { BaseModel, Model, fields } from 'nest-registry';

/** A word to sort partners by. */
@Model('res.tag', { order: 'name' })
export class Tag extends BaseModel<Tag> {
  @fields.Char({ required: true, unique: true }) name!: string;
}

declare module 'nest-registry' {
  interface Models {
    'res.tag': Tag;
  }
}
