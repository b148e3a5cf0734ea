import { Injectable, type BeforeApplicationShutdown, type OnApplicationBootstrap } from '@nestjs/common';
import { Registry, sql, type Environment } from 'nest-registry';
import { readCities, type CityData } from '../data/cities.js';
import { readCountries, type CountryData } from '../data/countries.js';
import { City } from './city.model.js';
import { Country } from './country.model.js';
import { Currency } from './currency.model.js';
import { ImportProgress } from './import-progress.js';
import { ImportedData } from './imported-data.model.js';
import { Language } from './language.model.js';

/** Cities made by one INSERT and kept by one COMMIT: what an interruption loses at most. */
const PORTION = 5_000;
/** Any number, as long as nobody else locks the same one. */
const IMPORT_LOCK = 20_260_101;

/**
 * Imports the world at the first start, before the application listens. It goes through the models like any other code,
 * in units of work of its own, since there is no request.
 */
@Injectable()
export class GeoImporter implements OnApplicationBootstrap, BeforeApplicationShutdown {
  #isStopping = false;
  #importing: Promise<void> = Promise.resolve();

  constructor(private readonly registry: Registry) {}

  async onApplicationBootstrap(): Promise<void> {
    this.#importing = this.importWorld();
    await this.#importing;
  }

  /** A shutdown waits for the portion under way, not for the rest. */
  async beforeApplicationShutdown(): Promise<void> {
    this.#isStopping = true;
    // Should it fail, the start fails with it and says so.
    await Promise.allSettled([this.#importing]);
  }

  private async importWorld(): Promise<void> {
    const wanted = wantedCities(process.env['SAMPLE_CITIES']);
    await this.importCountries();
    await this.importCities(wanted);
  }

  private async importCountries(): Promise<void> {
    await this.inTurn(async (env) => {
      const imported = env.model(ImportedData);
      if ((await imported.searchCount([['name', '=', 'countries']])) > 0) return;
      await createCountries(env, readCountries());
      await imported.create({ name: 'countries' });
    });
  }

  private async importCities(wanted: number | null): Promise<void> {
    const idOfCountry = await this.registry.run(async (env) => {
      const [imported] = await env.model(ImportedData).search([['name', '=', 'cities']]);
      const isEnough = imported && (imported.wanted === null || (wanted !== null && imported.wanted >= wanted));
      if (isEnough) return undefined;
      const countries = await env.model(Country).search([]);
      return new Map(countries.map(({ code, id }) => [code, id]));
    });
    if (idOfCountry === undefined) return;

    const cities = readCities().slice(0, wanted ?? undefined);
    const progress = new ImportProgress('cities', cities.length);
    for (let start = 0; start < cities.length; start += PORTION) {
      if (this.#isStopping) return;
      const portion = cities.slice(start, start + PORTION);
      await this.inTurn((env) => createCities(env, portion, idOfCountry));
      progress.advance(portion.length);
    }
    progress.end();

    await this.inTurn(async (env) => {
      const [imported] = await env.model(ImportedData).search([['name', '=', 'cities']]);
      if (imported === undefined) await env.model(ImportedData).create({ name: 'cities', wanted });
      else imported.wanted = wanted;
    });
  }

  /**
   * One unit of work that waits for its turn: two applications may start on one empty database. After the wait, `read
   * committed` sees what the other one has brought; under `repeatable read` it would be invisible.
   */
  private inTurn<T>(work: (env: Environment) => Promise<T>): Promise<T> {
    return this.registry.run({ isolation: 'read committed' }, async (env) => {
      await env.cursor.execute(sql`SELECT pg_advisory_xact_lock(${IMPORT_LOCK}::int8)`);
      return work(env);
    });
  }
}

/** Tests and the impatient may have a part of the cities, SAMPLE_CITIES=2000; null: all of them. */
function wantedCities(setting: string | undefined): number | null {
  if (setting === undefined || setting === '') return null;
  if (/^\d{1,9}$/.test(setting)) return Number(setting);
  throw new Error(
    `SAMPLE_CITIES is "${setting}": it takes a number of cities, such as 2000. Without it all are imported.`,
  );
}

async function createCountries(env: Environment, data: readonly CountryData[]): Promise<void> {
  const currencyNames = new Map(
    data.flatMap(({ currencies }) => Object.entries(currencies).map(([code, { name }]) => [code, name])),
  );
  const languageNames = new Map(data.flatMap(({ languages }) => Object.entries(languages)));
  const currencies = await env.model(Currency).create([...currencyNames].map(([code, name]) => ({ code, name })));
  const languages = await env.model(Language).create([...languageNames].map(([code, name]) => ({ code, name })));
  const idOfCurrency = new Map(currencies.map(({ code, id }) => [code, id]));
  const idOfLanguage = new Map(languages.map(({ code, id }) => [code, id]));

  const countries = await env.model(Country).create(
    data.map((country) => ({
      code: country.cca2,
      name: country.name.common,
      region: country.region,
      capital: country.capital[0] ?? null,
      currencies: Object.keys(country.currencies).map((code) => idOfCurrency.get(code)!),
      languages: Object.keys(country.languages).map((code) => idOfLanguage.get(code)!),
    })),
  );
  // In a second pass, because a neighbour must be there before a country can name it.
  const byLongCode = new Map(data.map(({ cca3 }, index) => [cca3, countries.at(index)!]));
  for (const { cca3, borders } of data) {
    const neighbours = borders.map((code) => byLongCode.get(code)!.id);
    if (neighbours.length > 0) await byLongCode.get(cca3)!.write({ neighbours });
  }
}

/** Creates those cities of a portion that are not there yet. */
async function createCities(
  env: Environment,
  portion: readonly CityData[],
  idOfCountry: ReadonlyMap<string, number>,
): Promise<void> {
  const known = await env.model(City).search([['geonameId', 'in', portion.map(({ cityId }) => cityId)]]);
  const knownIds = new Set(known.map(({ geonameId }) => geonameId));
  await env.model(City).create(
    portion
      .filter(({ cityId }) => !knownIds.has(cityId))
      .map(
        ({
          cityId,
          name,
          country,
          population,
          loc: {
            coordinates: [longitude, latitude],
          },
        }) => ({
          geonameId: cityId,
          name,
          country: idOfCountry.get(country)!,
          population,
          longitude,
          latitude,
        }),
      ),
  );
}
