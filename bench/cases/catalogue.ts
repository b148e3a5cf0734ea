import type { BenchCase } from './bench-case.js';
import { change } from './change.js';
import { create } from './create.js';
import { httpGet, httpPost } from './http.js';
import { oneSelect } from './one-select.js';
import { poolIdle, poolWaiters } from './pool.js';
import { search, searchWithCountry } from './search.js';

export const cases: readonly BenchCase[] = [
  oneSelect,
  search,
  searchWithCountry,
  create,
  change,
  httpGet,
  httpPost,
  poolIdle,
  poolWaiters,
];

/** @throws Error for a name that no case has */
export function findCase(name: string): BenchCase {
  const found = cases.find((one) => one.name === name);
  if (found === undefined) {
    throw new Error(`There is no case "${name}"; there are ${cases.map((one) => one.name).join(', ')}.`);
  }
  return found;
}
