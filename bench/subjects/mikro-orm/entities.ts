import { defineEntity, p, type InferEntity } from '@mikro-orm/core';
import { defineConfig } from '@mikro-orm/postgresql';
import { CONNECTIONS } from '../subject.js';

export const Country = defineEntity({
  name: 'Country',
  tableName: 'bench_country',
  properties: {
    id: p.bigint('number').primary(),
    name: p.string(),
  },
});

export const Item = defineEntity({
  name: 'Item',
  tableName: 'bench_item',
  properties: {
    id: p.bigint('number').primary(),
    name: p.string(),
    code: p.string(),
    email: p.string().nullable(),
    quantity: p.integer(),
    rating: p.double().nullable(),
    price: p.decimal('string').precision(12).scale(2).nullable(),
    open: p.boolean(),
    day: p.date().nullable(),
    seen: p.datetime(3).nullable(),
    country: () => p.manyToOne(Country).nullable(),
  },
});
export type Item = InferEntity<typeof Item>;

export function settings(url: string) {
  return defineConfig({ clientUrl: url, entities: [Country, Item], pool: { max: CONNECTIONS } });
}
