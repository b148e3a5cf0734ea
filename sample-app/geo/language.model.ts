import { BaseModel, Model, fields } from 'nest-registry';

@Model('geo.language', { order: 'name', log: false })
export class Language extends BaseModel<Language> {
  /** Three letters of ISO 639: `fra`. */
  @fields.Char({ required: true, size: 3, unique: true }) code!: string;
  @fields.Char({ required: true }) name!: string;
}

declare module 'nest-registry' {
  interface Models {
    'geo.language': Language;
  }
}
