import { mustBe, type BenchCase } from './bench-case.js';
import { ITEMS, items } from './items.js';

export const create: BenchCase = {
  kind: 'work',
  name: 'create',
  title: 'create 1,000 records',
  limit: 1.5,
  before: (tables) => tables.empty(),
  beforeEach: (tables) => tables.empty(),
  run: async (session) => mustBe(await session.createMany(items), ITEMS),
  async afterEach(tables) {
    mustBe((await tables.ask('count(*)')) % ITEMS, 0);
    mustBe(
      await tables.ask('count(DISTINCT (name, code, email, quantity, rating, price, open, day, seen, country_id))'),
      ITEMS,
    );
  },
};
