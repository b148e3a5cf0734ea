import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type RunningApp } from './running-app.js';

let app: RunningApp;
let importMs: number;
beforeAll(async () => {
  const startMs = Date.now();
  app = await startApp({ cities: 'all' });
  importMs = Date.now() - startMs;
}, 120_000);
afterAll(() => app?.close());

describe('with all 135,000 cities', () => {
  it('the first start takes under 30 s', () => {
    expect(importMs).toBeLessThan(30_000);
  });

  it('finds every Springfield of the United States', async () => {
    const { body } = await app.get('/cities?q=springfield&country=US&limit=200');
    expect(body.total).toBe(24);
    expect(body.items).toHaveLength(24);
    for (const city of body.items) {
      expect(city.name).toMatch(/springfield/i);
      expect(city.country).toEqual({ code: 'US', name: 'United States' });
    }
  });

  it('counts the cities of a country and the people in them', async () => {
    const { body } = await app.get('/countries/FR');
    expect(body).toMatchObject({ cityCount: 8836, population: 53811747 });
    expect(body.largestCities.map(({ name }: { name: string }) => name)).toEqual([
      'Paris',
      'Marseille',
      'Lyon',
      'Toulouse',
      'Nice',
    ]);
  });

  it('has all of them', async () => {
    expect((await app.get('/cities?limit=1')).body.total).toBe(135_233);
  });
});
