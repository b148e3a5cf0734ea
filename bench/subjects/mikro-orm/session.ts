import { MikroORM } from '@mikro-orm/postgresql';
import { touched } from '../../cases/items.js';
import type { OpenSession } from '../subject.js';
import { Item, settings } from './entities.js';

/** A forked entity manager a unit of work, as a request has it. */
export const openSession: OpenSession = async (url) => {
  const orm = await MikroORM.init(settings(url));
  const all = { quantity: { $gte: 0 } };
  return {
    readOne: (id) => orm.em.fork().transactional(async (em) => (await em.findOneOrFail(Item, { id })).name),
    readMany: () =>
      orm.em.fork().transactional(async (em) => {
        const items = await em.find(Item, all, { orderBy: { id: 'asc' } });
        return items.reduce((sum, item) => sum + touched(item), 0);
      }),
    readManyWithCountry: () =>
      orm.em.fork().transactional(async (em) => {
        const items = await em.find(Item, all, { orderBy: { id: 'asc' }, populate: ['country'] });
        return items.reduce((sum, item) => sum + touched(item) + item.country!.name.length, 0);
      }),
    createMany: (items) =>
      orm.em.fork().transactional(async (em) => {
        const created = items.map((item) => em.create(Item, item));
        await em.flush();
        return created.filter(({ id }) => id !== undefined).length;
      }),
    changeMany: (step) =>
      orm.em.fork().transactional(async (em) => {
        const items = await em.find(Item, all, { orderBy: { id: 'asc' } });
        for (const item of items) item.quantity = step + item.id;
      }),
    close: () => orm.close(),
  };
};
