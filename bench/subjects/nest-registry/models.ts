import { BaseModel, Model, fields, type Decimal, type One } from 'nest-registry/core';

@Model('bench.country', { order: 'id', log: false })
export class Country extends BaseModel<Country> {
  @fields.Char({ required: true }) name!: string;
}

@Model('bench.item', { order: 'id', log: false })
export class Item extends BaseModel<Item> {
  @fields.Char({ required: true }) name!: string;
  @fields.Char({ required: true }) code!: string;
  @fields.Char() email!: string | null;
  @fields.Integer({ required: true }) quantity!: number;
  @fields.Float() rating!: number | null;
  @fields.Decimal({ digits: [12, 2] }) price!: Decimal | null;
  @fields.Boolean({ required: true }) open!: boolean;
  @fields.Date() day!: string | null;
  @fields.Datetime() seen!: Date | null;
  @fields.Many2one(() => Country) country!: One<Country>;
}

export const models = [Country, Item];
