import { mustBe, type BenchCase } from './bench-case.js';
import { ITEMS, itemValues } from './items.js';

export const httpGet: BenchCase = {
  kind: 'http',
  name: 'http-get',
  title: 'HTTP GET of one record',
  limit: 1 / 1.1,
  before: (tables) => tables.fill(),
  request: (step) => ({ method: 'GET', path: `/items/${1 + (step % ITEMS)}`, status: 200 }),
};

export const httpPost: BenchCase = {
  kind: 'http',
  name: 'http-post',
  title: 'HTTP POST creating one record',
  before: (tables) => tables.empty(),
  beforeEach: (tables) => tables.empty(),
  request: (step) => ({
    method: 'POST',
    path: '/items',
    body: JSON.stringify(itemValues(1 + (step % ITEMS))),
    status: 201,
  }),
  async afterEach(tables) {
    if ((await tables.ask('count(*)')) === 0) mustBe('no record', 'at least one');
  },
};
