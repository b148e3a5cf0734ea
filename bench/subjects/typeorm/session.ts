import { DataSource, MoreThanOrEqual } from 'typeorm';
import { touched } from '../../cases/items.js';
import type { OpenSession } from '../subject.js';
import { ItemEntity, settings } from './entities.js';

export const openSession: OpenSession = async (url) => {
  const source = await new DataSource(settings(url)).initialize();
  const all = { where: { quantity: MoreThanOrEqual(0) }, order: { id: 'ASC' } } as const;
  return {
    readOne: (id) =>
      source.transaction(async (manager) => (await manager.findOneByOrFail(ItemEntity, { id: String(id) })).name),
    readMany: () =>
      source.transaction(async (manager) => {
        const items = await manager.find(ItemEntity, all);
        return items.reduce((sum, item) => sum + touched(item), 0);
      }),
    readManyWithCountry: () =>
      source.transaction(async (manager) => {
        const items = await manager.find(ItemEntity, { ...all, relations: { country: true } });
        return items.reduce((sum, item) => sum + touched(item) + item.country!.name.length, 0);
      }),
    createMany: (items) =>
      source.transaction(async (manager) => {
        const entities = items.map(({ country, ...item }) =>
          manager.create(ItemEntity, { ...item, countryId: country }),
        );
        const saved = await manager.save(ItemEntity, entities);
        return saved.filter(({ id }) => id !== undefined).length;
      }),
    changeMany: (step) =>
      source.transaction(async (manager) => {
        const items = await manager.find(ItemEntity, all);
        for (const item of items) item.quantity = step + Number(item.id);
        await manager.save(ItemEntity, items);
      }),
    close: () => source.destroy(),
  };
};
