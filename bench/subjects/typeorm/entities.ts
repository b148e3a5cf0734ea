import { EntitySchema, type DataSourceOptions } from 'typeorm';
import { CONNECTIONS } from '../subject.js';

export interface Country {
  id: string;
  name: string;
}

export interface Item {
  id: string;
  name: string;
  code: string;
  email: string | null;
  quantity: number;
  rating: number | null;
  price: string | null;
  open: boolean;
  day: string | null;
  seen: Date | null;
  countryId: number | string | null;
  country?: Country | null;
}

export const CountryEntity = new EntitySchema<Country>({
  name: 'Country',
  tableName: 'bench_country',
  columns: {
    id: { type: 'bigint', primary: true, generated: true },
    name: { type: 'varchar' },
  },
});

export const ItemEntity = new EntitySchema<Item>({
  name: 'Item',
  tableName: 'bench_item',
  columns: {
    id: { type: 'bigint', primary: true, generated: true },
    name: { type: 'varchar' },
    code: { type: 'varchar' },
    email: { type: 'varchar', nullable: true },
    quantity: { type: 'int' },
    rating: { type: 'float8', nullable: true },
    price: { type: 'numeric', precision: 12, scale: 2, nullable: true },
    open: { type: 'boolean' },
    day: { type: 'date', nullable: true },
    seen: { type: 'timestamptz', precision: 3, nullable: true },
    countryId: { name: 'country_id', type: 'bigint', nullable: true },
  },
  relations: {
    country: { type: 'many-to-one', target: 'Country', joinColumn: { name: 'country_id' }, nullable: true },
  },
});

export function settings(url: string) {
  return {
    type: 'postgres',
    url,
    entities: [CountryEntity, ItemEntity],
    poolSize: CONNECTIONS,
  } as const satisfies DataSourceOptions;
}
