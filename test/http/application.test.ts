import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type RunningApp } from './running-app.js';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.close());

describe('GET /docs', () => {
  it('is a page', async () => {
    const { status, headers, body } = await app.get('/docs');
    expect(status).toBe(200);
    expect(headers.get('content-type')).toContain('text/html');
    expect(body).toContain('swagger-ui');
  });

  it('describes every route, with what other modules add to a partner', async () => {
    const { body } = await app.get('/docs-json');
    expect(Object.keys(body.paths).toSorted()).toEqual([
      '/accounts',
      '/accounts/{id}',
      '/cities',
      '/countries',
      '/countries/{code}',
      '/health',
      '/orders',
      '/orders/{id}',
      '/orders/{id}/confirm',
      '/partners',
      '/partners/{id}',
      '/partners/{id}/archive',
      '/products',
      '/tags',
      '/transfers',
    ]);
    expect(Object.keys(body.components.schemas.PartnerDto.properties)).toEqual(
      expect.arrayContaining(['name', 'orderCount', 'revenue', 'points']),
    );
  });
});

describe('the description of the API', () => {
  it('names where the data comes from, and its licences', async () => {
    const { body } = await app.get('/docs-json');
    for (const name of ['mledoze/countries', 'ODbL 1.0', 'GeoNames', 'CC BY 4.0']) {
      expect(body.info.description).toContain(name);
    }
  });
});

describe('GET /health', () => {
  it('is ok while the database is there', async () => {
    expect(await app.get('/health')).toMatchObject({ status: 200, body: { status: 'ok' } });
  });
});

describe('without its database', () => {
  beforeAll(() => app.database.drop());

  it('GET /health answers 503', async () => {
    const { status, body } = await app.get('/health');
    expect(status).toBe(503);
    expect(body).toEqual({ status: 'error' });
  });

  it('other routes answer 503 and say when to try again', async () => {
    const { status, headers, body } = await app.get('/partners');
    expect(status).toBe(503);
    expect(body).toMatchObject({ statusCode: 503, code: expect.any(String), message: expect.any(String) });
    expect(Number(headers.get('retry-after'))).toBeGreaterThan(0);
  });

  it('the documentation is still there', async () => {
    expect((await app.get('/docs')).status).toBe(200);
  });
});
