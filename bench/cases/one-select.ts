import { mustBe, type BenchCase } from './bench-case.js';
import { ITEMS, itemValues } from './items.js';

export const oneSelect: BenchCase = {
  kind: 'work',
  name: 'transaction',
  title: 'transaction with one SELECT',
  limit: 0.85,
  before: (tables) => tables.fill(),
  async run(session, step) {
    const id = 1 + (step % ITEMS);
    mustBe(await session.readOne(id), itemValues(id).name);
  },
};
