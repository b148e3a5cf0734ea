import { mustBe, type BenchCase } from './bench-case.js';
import { ITEMS } from './items.js';

export const change: BenchCase = {
  kind: 'work',
  name: 'change',
  title: '1,000 different changes',
  before: (tables) => tables.fill(),
  beforeEach: (tables) => tables.tidy(),
  run: async (session, step) => session.changeMany(step),
  async afterEach(tables) {
    mustBe(await tables.ask('count(DISTINCT quantity)'), ITEMS);
    mustBe(await tables.ask('max(quantity) - min(quantity)'), ITEMS - 1);
    mustBe(await tables.ask('count(DISTINCT quantity - id)'), 1);
  },
};
