import { BaseModel, Depends, fields, type Decimal, type Many, type One } from 'nest-registry';
import { RECORD_MEMBERS } from '../../lib/fields/reserved-names.js';
import type { AnyRecord, BaseModelFace } from '../../lib/types/records.js';
import { Country } from './fixtures/country.js';
import { Partner } from './fixtures/partner.js';

interface Address {
  readonly street: string;
}
declare const schema: {
  readonly '~standard': {
    readonly version: 1;
    readonly vendor: string;
    readonly validate: (value: unknown) => { readonly value: Address };
    readonly types?: { readonly input: unknown; readonly output: Address };
  };
};

// What a property of each kind is.
export class Right extends BaseModel<Right> {
  @fields.Char({ required: true, size: 3, default: 'x' }) char!: string;
  @fields.Text({ default: (env) => String(env.uid) }) text!: string | null;
  @fields.Integer({ required: true }) integer!: number;
  @fields.BigInt() bigint!: bigint | null;
  @fields.Float({ digits: [6, 2] }) float!: number | null;
  @fields.Decimal({ required: true, digits: [12, 2], default: 0 }) decimal!: Decimal;
  @fields.Boolean() boolean!: boolean;
  @fields.Date() date!: string | null;
  @fields.Datetime({ required: true }) datetime!: Date;
  @fields.Selection({ a: 'A', b: 'B' }, { default: 'a' }) selection!: 'a' | 'b' | null;
  @fields.Json({ schema }) address!: Address | null;
  @fields.Json<readonly string[]>({ required: true }) words!: readonly string[];
  @fields.Json() anything!: unknown;
  @fields.Uuid() uuid!: string | null;
  @fields.Binary() bytes!: Buffer | null;
  @fields.Binary({ required: true }) array!: Uint8Array;
  @fields.Many2one(() => Country, { required: true, onDelete: 'cascade' }) country!: Country;
  @fields.Many2one(() => Country, { required: true }) viaOne!: One<Country>;
  @fields.Many2one(() => 'res.partner') named!: One<Partner>;
  @fields.Many2one(() => 'not.in.models') unnamed!: One<AnyRecord>;
  @fields.One2many(() => 'res.partner', 'country') partners!: Many<Partner>;
  @fields.Many2many(() => Partner, { table: 'right_partner', columns: ['right_id', 'partner_id'] })
  many!: Many<Partner>;

  @fields.Selection({ low: 'Low', high: 'High' })
  @Depends('integer')
  get level(): 'low' | 'high' {
    return this.integer > 3 ? 'high' : 'low';
  }

  @fields.Many2one(() => Country)
  @Depends('country')
  get sameCountry(): One<Country> {
    return this.country;
  }
}

export class Wrong extends BaseModel<Wrong> {
  // @ts-expect-error an integer on a text property
  @fields.Integer() name!: string;
  // @ts-expect-error not required, so it may be null
  @fields.Char() title!: string;
  // @ts-expect-error required, so it is never null
  @fields.Char({ required: true }) never!: string | null;
  // @ts-expect-error a boolean has no unset
  @fields.Boolean() flag!: boolean | null;
  // @ts-expect-error a day is text
  @fields.Date() day!: Date | null;
  // @ts-expect-error an exact number is no float
  @fields.Decimal() amount!: number | null;
  // @ts-expect-error a value is missing
  @fields.Selection({ a: 'A', b: 'B' }, { required: true }) choice!: 'a';
  // @ts-expect-error a value too many
  @fields.Selection({ a: 'A' }) choices!: 'a' | 'b' | null;
  // @ts-expect-error not what the schema gives
  @fields.Json({ schema }) address!: { readonly town: string } | null;
  // @ts-expect-error not required, so it may be null
  @fields.Many2one(() => Country) country!: Country;
  // @ts-expect-error another model
  @fields.Many2one(() => Country) partner!: One<Partner>;
  // @ts-expect-error another model
  @fields.Many2one(() => 'res.country') named!: One<Partner>;
  // @ts-expect-error a set, not an array
  @fields.Many2many(() => Country) countries!: Country[];
  // @ts-expect-error no such field on the other side
  @fields.One2many(() => Partner, 'countri') partners!: Many<Partner>;
  // @ts-expect-error no such field on the other side
  @fields.One2many(() => 'res.partner', 'countri') byName!: Many<Partner>;
  // @ts-expect-error an unknown option
  @fields.Char({ requierd: true }) typo!: string | null;
  // @ts-expect-error a default of another type
  @fields.Integer({ default: 'x' }) count!: number | null;
  // @ts-expect-error a default that is not in the selection
  @fields.Selection({ a: 'A' }, { default: 'b' }) preset!: 'a' | null;
  // @ts-expect-error no such rule
  @fields.Many2one(() => Country, { onDelete: 'explode' }) other!: One<Country>;

  // @ts-expect-error the getter gives something else
  @fields.Integer()
  @Depends('name')
  get size(): string {
    return '';
  }
}

// Every member of a recordset is a reserved name.
type Unreserved = Exclude<keyof BaseModelFace<AnyRecord> & string, (typeof RECORD_MEMBERS)[number]>;
export const complete: [Unreserved] extends [never] ? true : Unreserved = true;
