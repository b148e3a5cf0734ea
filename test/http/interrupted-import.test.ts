import { expect, it } from 'vitest';
import { Registry } from 'nest-registry';
import pg from 'pg';
import { GeoImporter } from '../../sample-app/geo/geo.importer.js';
import { City } from '../../sample-app/geo/city.model.js';
import { Country } from '../../sample-app/geo/country.model.js';
import { Currency } from '../../sample-app/geo/currency.model.js';
import { ImportedData } from '../../sample-app/geo/imported-data.model.js';
import { Language } from '../../sample-app/geo/language.model.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

const models = [Country, City, Currency, Language, ImportedData];

async function withImporter<T>(database: TestDatabase, work: (importer: GeoImporter) => Promise<T>): Promise<T> {
  const registry = await Registry.create({ database: { url: database.url }, models });
  try {
    return await work(new GeoImporter(registry));
  } finally {
    await registry.close();
  }
}

async function cityCounts(database: TestDatabase): Promise<{ rows: number; distinct: number; finished: number }> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    const { rows } = await client.query(
      `SELECT count(*)::int AS rows, count(DISTINCT geoname_id)::int AS distinct,
              (SELECT count(*)::int FROM geo_imported_data WHERE name = 'cities') AS finished FROM geo_city`,
    );
    return rows[0] as { rows: number; distinct: number; finished: number };
  } finally {
    await client.end();
  }
}

/** Waits until the import has committed its first cities; asked often enough to be far ahead of its end. */
async function firstCity(database: TestDatabase): Promise<void> {
  const client = new pg.Client({ connectionString: database.url });
  await client.connect();
  try {
    while ((await client.query('SELECT FROM geo_city LIMIT 1')).rowCount === 0);
  } finally {
    await client.end();
  }
}

it('an import that was interrupted is completed by the next start, and not repeated by the one after', async () => {
  const database = await createTestDatabase('sample_import');
  process.env['SAMPLE_CITIES'] = '40000';
  try {
    await withImporter(database, async (importer) => {
      const importing = importer.onApplicationBootstrap();
      await firstCity(database);
      await importer.beforeApplicationShutdown();
      await importing;
    });
    const interrupted = await cityCounts(database);
    expect(interrupted.rows).toBeLessThan(40_000);
    expect(interrupted.finished).toBe(0);

    await withImporter(database, (importer) => importer.onApplicationBootstrap());
    expect(await cityCounts(database)).toEqual({ rows: 40_000, distinct: 40_000, finished: 1 });
    await withImporter(database, (importer) => importer.onApplicationBootstrap());
    expect(await cityCounts(database)).toEqual({ rows: 40_000, distinct: 40_000, finished: 1 });
  } finally {
    delete process.env['SAMPLE_CITIES'];
    await database.drop();
  }
}, 60_000);

it('two applications that start on one empty database import everything once', async () => {
  const database = await createTestDatabase('sample_import');
  process.env['SAMPLE_CITIES'] = '6000';
  try {
    await withImporter(database, (first) =>
      withImporter(database, (second) =>
        Promise.all([first.onApplicationBootstrap(), second.onApplicationBootstrap()]),
      ),
    );
    expect(await cityCounts(database)).toEqual({ rows: 6_000, distinct: 6_000, finished: 1 });
  } finally {
    delete process.env['SAMPLE_CITIES'];
    await database.drop();
  }
}, 60_000);

it('a number of cities that is none is refused before anything is imported', async () => {
  const database = await createTestDatabase('sample_import');
  try {
    await withImporter(database, async (importer) => {
      for (const setting of ['abc', '-1', '1.5', '1e3', ' ']) {
        process.env['SAMPLE_CITIES'] = setting;
        await expect(importer.onApplicationBootstrap()).rejects.toThrow(`SAMPLE_CITIES is "${setting}"`);
      }
    });
    expect(await cityCounts(database)).toEqual({ rows: 0, distinct: 0, finished: 0 });
  } finally {
    delete process.env['SAMPLE_CITIES'];
    await database.drop();
  }
});
