import { createRequire } from 'node:module';

/** What we use of a country in the package `world-countries`. */
export interface CountryData {
  readonly name: { readonly common: string };
  /** Two letters: `FR`. */
  readonly cca2: string;
  /** Three letters: `FRA`; borders are written with these. */
  readonly cca3: string;
  readonly region: string;
  readonly capital: readonly string[];
  /** By code: `{ EUR: { name: 'Euro' } }`. */
  readonly currencies: Readonly<Record<string, { readonly name: string }>>;
  /** By code: `{ fra: 'French' }`. */
  readonly languages: Readonly<Record<string, string>>;
  readonly borders: readonly string[];
}

/** All countries. Read when asked for, since only the first start needs them. */
export function readCountries(): readonly CountryData[] {
  return createRequire(import.meta.url)('world-countries') as readonly CountryData[];
}
