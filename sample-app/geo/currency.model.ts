import { BaseModel, Model, fields } from 'nest-registry';

@Model('geo.currency', { order: 'code', log: false })
export class Currency extends BaseModel<Currency> {
  /** Three letters of ISO 4217: `EUR`. */
  @fields.Char({ required: true, size: 3, unique: true }) code!: string;
  @fields.Char({ required: true }) name!: string;
}

declare module 'nest-registry' {
  interface Models {
    'geo.currency': Currency;
  }
}
