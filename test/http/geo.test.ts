import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type RunningApp } from './running-app.js';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp({ cities: 2_000 });
});
afterAll(() => app?.close());

describe('GET /countries', () => {
  it('lists countries by name, fifty at a time, and says how many there are in all', async () => {
    const { status, body } = await app.get('/countries');
    expect(status).toBe(200);
    expect(body.total).toBe(250);
    expect(body.items).toHaveLength(50);
    expect(body.items[0]).toEqual({
      id: expect.any(Number),
      code: 'AF',
      name: 'Afghanistan',
      region: 'Asia',
      cityCount: expect.any(Number),
    });
  });

  it('counts the cities of each country', async () => {
    const { body } = await app.get('/countries?limit=200');
    const more = await app.get('/countries?limit=200&offset=200');
    const counts = [...body.items, ...more.body.items].map(({ cityCount }) => cityCount);
    expect(counts.reduce((sum: number, count: number) => sum + count, 0)).toBe(2_000);
    expect(Math.min(...counts)).toBe(0);
  });

  it('keeps to a region', async () => {
    const { body } = await app.get('/countries?region=Oceania&limit=200');
    expect(new Set(body.items.map(({ region }: { region: string }) => region))).toEqual(new Set(['Oceania']));
    expect(body.total).toBe(body.items.length);
  });

  it('finds nothing in a region that does not exist', async () => {
    expect((await app.get('/countries?region=Atlantis')).body).toEqual({ items: [], total: 0 });
  });

  it('orders by a field, descending with a minus before it', async () => {
    const { body } = await app.get('/countries?order=-code&limit=2');
    expect(body.items.map(({ code }: { code: string }) => code)).toEqual(['ZW', 'ZM']);
  });

  it('orders by the number of cities, which has no column, page by page and within a region', async () => {
    const countsOf = async (query: string): Promise<number[]> => {
      const { status, body } = await app.get(`/countries?${query}`);
      expect([query, status, body.total]).toEqual([query, 200, query.includes('region') ? 27 : 250]);
      return body.items.map(({ cityCount }: { cityCount: number }) => cityCount);
    };
    const ascending = [
      ...(await countsOf('order=cityCount&limit=200')),
      ...(await countsOf('order=cityCount&limit=200&offset=200')),
    ];
    expect(ascending).toHaveLength(250);
    expect(ascending).toEqual(ascending.toSorted((a, b) => a - b));
    expect(await countsOf('order=-cityCount&limit=30&offset=5')).toEqual(ascending.toReversed().slice(5, 35));
    const oceania = await countsOf('order=-cityCount&region=Oceania');
    expect(oceania).toEqual(oceania.toSorted((a, b) => b - a));
    expect(await countsOf('order=cityCount&offset=9007199254740991')).toEqual([]);
  });

  it('gives the next page with an offset', async () => {
    const [first, second] = await Promise.all([
      app.get('/countries?order=code&limit=2'),
      app.get('/countries?order=code&limit=2&offset=1'),
    ]);
    expect(second.body.items[0]).toEqual(first.body.items[1]);
  });
});

describe('GET /countries/:code', () => {
  it('shows a country with its currencies, languages, neighbours and largest cities', async () => {
    const { status, body } = await app.get('/countries/FR');
    expect(status).toBe(200);
    expect(body).toMatchObject({
      id: expect.any(Number),
      code: 'FR',
      name: 'France',
      region: 'Europe',
      capital: 'Paris',
      currencies: [{ code: 'EUR', name: 'Euro' }],
      languages: ['French'],
    });
    const neighbours = body.neighbours.map(({ code }: { code: string }) => code);
    expect(neighbours.toSorted()).toEqual(['AD', 'BE', 'CH', 'DE', 'ES', 'IT', 'LU', 'MC']);
    expect(body.neighbours).toContainEqual({ code: 'ES', name: 'Spain' });
    expect(body.largestCities).toHaveLength(5);
    expect(body.largestCities[0]).toEqual({ id: expect.any(Number), name: 'Paris', population: 2138551 });
    expect(Object.keys(body).toSorted()).toEqual(
      ['id code name region capital currencies languages neighbours cityCount population largestCities'][0]!
        .split(' ')
        .toSorted(),
    );
  });

  it('gives the sum of its cities as its population', async () => {
    const { body } = await app.get('/countries/NL');
    const cities = await app.get('/cities?country=NL&limit=200');
    const sum = cities.body.items.reduce(
      (total: number, { population }: { population: number }) => total + population,
      0,
    );
    expect(body.population).toBe(sum);
    expect(body.cityCount).toBe(cities.body.total);
  });

  it('shows a country without cities', async () => {
    const { body } = await app.get('/countries/BV');
    expect(body).toMatchObject({ cityCount: 0, population: 0, largestCities: [], capital: null });
  });

  it.each(['XX', 'France', '%00', '1'])('answers 404 to the code %s, which no country has', async (code) => {
    const { status, body } = await app.get(`/countries/${code}`);
    expect(status).toBe(404);
    expect(body).toMatchObject({ statusCode: 404, code: 'MISSING' });
  });
});

describe('GET /cities', () => {
  it('shows cities with their country and place', async () => {
    const { body } = await app.get('/cities?q=berlin&country=DE');
    expect(body).toEqual({
      items: [
        {
          id: expect.any(Number),
          name: 'Berlin',
          country: { code: 'DE', name: 'Germany' },
          population: 3426354,
          latitude: expect.closeTo(52.52, 1),
          longitude: expect.closeTo(13.41, 1),
        },
      ],
      total: 1,
    });
  });

  it('finds text in the middle of a name, whatever its case', async () => {
    const { body } = await app.get('/cities?q=ANGHA&limit=200');
    expect(body.items.map(({ name }: { name: string }) => name)).toContain('Shanghai');
  });

  it.each(['%25', '_', '%5C'])('takes %s literally', async (character) => {
    expect((await app.get(`/cities?q=${character}`)).body).toEqual({ items: [], total: 0 });
  });

  it('takes a code in small letters', async () => {
    const [small, large] = await Promise.all([app.get('/cities?country=fr'), app.get('/cities?country=FR')]);
    expect(small.body).toEqual(large.body);
    expect(small.body.total).toBeGreaterThan(0);
  });

  it('orders by population', async () => {
    const { body } = await app.get('/cities?order=-population&limit=3');
    const populations = body.items.map(({ population }: { population: number }) => population);
    expect(populations).toEqual(populations.toSorted((a: number, b: number) => b - a));
    expect(body.items[0].name).toBe('Shanghai');
    expect(body.total).toBe(2_000);
  });
});
