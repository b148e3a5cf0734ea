import { mustBe, type BenchCase } from './bench-case.js';
import { expectedSum } from './items.js';

const SUM = expectedSum(false);
const SUM_WITH_COUNTRY = expectedSum(true);

export const search: BenchCase = {
  kind: 'work',
  name: 'search',
  title: 'search of 1,000 records',
  limit: 1.1,
  before: (tables) => tables.fill(),
  run: async (session) => mustBe(await session.readMany(), SUM),
};

export const searchWithCountry: BenchCase = {
  kind: 'work',
  name: 'search-country',
  title: 'the same, a many2one loaded',
  before: (tables) => tables.fill(),
  run: async (session) => mustBe(await session.readManyWithCountry(), SUM_WITH_COUNTRY),
};
