import { Registry } from 'nest-registry/core';
import { touched } from '../../cases/items.js';
import { CONNECTIONS, type OpenSession } from '../subject.js';
import { Item, models } from './models.js';

export const openSession: OpenSession = async (url) => {
  const registry = await Registry.create({ database: { url }, models, schema: 'check', pool: { max: CONNECTIONS } });
  return {
    readOne: (id) =>
      registry.run(async (env) => {
        const [item] = await env.model(Item).search([['id', '=', id]]);
        return item!.name;
      }),
    readMany: () =>
      registry.run(async (env) => {
        const items = await env.model(Item).search([['quantity', '>=', 0]]);
        let sum = 0;
        for (const item of items) sum += touched(item);
        return sum;
      }),
    readManyWithCountry: () =>
      registry.run(async (env) => {
        const items = await env.model(Item).search([['quantity', '>=', 0]], { load: ['country.name'] });
        let sum = 0;
        for (const item of items) sum += touched(item) + item.country!.name.length;
        return sum;
      }),
    createMany: (items) =>
      registry.run(async (env) => {
        const created = await env.model(Item).create(items);
        return created.ids.length;
      }),
    changeMany: (step) =>
      registry.run(async (env) => {
        const items = await env.model(Item).search([['quantity', '>=', 0]]);
        for (const item of items) item.quantity = step + item.id;
      }),
    close: () => registry.close(),
  };
};
