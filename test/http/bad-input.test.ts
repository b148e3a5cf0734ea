import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAppWithOffer, type RunningApp } from './running-app.js';

let app: RunningApp;
let partner: { readonly id: number };
let product: { readonly id: number };
beforeAll(async () => {
  ({ app, partner, product } = await startAppWithOffer());
});
afterAll(() => app?.close());

const lists = ['/countries', '/cities', '/partners', '/products', '/accounts', '/tags'];
const shape = (statusCode: number): object => ({
  statusCode,
  code: expect.stringMatching(/^[A-Z_]+$/),
  message: expect.any(String),
});

describe('lists', () => {
  const wrong = [
    'limit=-1',
    'limit=0',
    'limit=201',
    'limit=ten',
    'limit=1.5',
    'limit=',
    'limit=1&limit=2',
    'offset=-1',
    'offset=x',
    'order=nonsense',
    'order=-',
    'order=name,id',
    'order=name%20desc',
    'order=constructor',
    'order=name;drop',
    'order=id&order=name',
  ];
  it.each(lists)('%s answers 400 to a wrong limit, offset or order', async (path) => {
    for (const query of wrong) {
      const { status, body } = await app.get(`${path}?${query}`);
      expect([query, status, body]).toEqual([query, 400, expect.objectContaining(shape(400))]);
    }
  });

  it.each(lists)('%s takes the most and the least that is allowed', async (path) => {
    for (const query of ['limit=1', 'limit=200', 'offset=0', 'offset=9007199254740991', 'order=id', 'order=-id']) {
      expect((await app.get(`${path}?${query}`)).status).toBe(200);
    }
  });

  it('answer 400 to filters of the wrong form', async () => {
    for (const path of [
      '/partners?archived=perhaps',
      '/partners?country=France',
      '/partners?q=a&q=b',
      '/cities?q=%00',
      '/cities?country=%00%00',
      '/countries?region=a&region=b',
    ]) {
      expect([path, (await app.get(path)).status]).toEqual([path, 400]);
    }
  });
});

describe('ids in a path', () => {
  const paths = (id: string): [string, string][] => [
    ['GET', `/partners/${id}`],
    ['PATCH', `/partners/${id}`],
    ['DELETE', `/partners/${id}`],
    ['POST', `/partners/${id}/archive`],
    ['GET', `/orders/${id}`],
    ['POST', `/orders/${id}/confirm`],
    ['GET', `/accounts/${id}`],
  ];
  it.each(['abc', '1.5', '1e3', '0x10', '%00', '1%3BSELECT'])('answer 400 when %s is no number', async (id) => {
    for (const [method, path] of paths(id)) {
      const { status, body } = await app.send(method, path);
      expect([method, path, status, body]).toEqual([method, path, 400, expect.objectContaining(shape(400))]);
    }
  });

  it.each(['999999999', '0', '-1', '99999999999999999999'])('answer 404 when no record has %s', async (id) => {
    for (const [method, path] of paths(id)) {
      const body = method === 'PATCH' ? { body: '{}', headers: { 'content-type': 'application/json' } } : {};
      const answer = await app.send(method, path, body);
      expect([method, path, answer.status, answer.body]).toEqual([
        method,
        path,
        404,
        expect.objectContaining(shape(404)),
      ]);
    }
  });
});

describe('bodies', () => {
  const routes: [string, string][] = [
    ['POST', '/partners'],
    ['PATCH', '/partners/1'],
    ['POST', '/products'],
    ['POST', '/orders'],
    ['POST', '/accounts'],
    ['POST', '/transfers'],
  ];
  it.each(routes)('%s %s answers 400 to what is no JSON object', async (method, path) => {
    const json = { 'content-type': 'application/json' };
    for (const init of [
      { body: '{"name":', headers: json },
      { body: 'name=x', headers: json },
      { body: '[]', headers: json },
      { body: 'null', headers: json },
      { body: '"text"', headers: json },
      { body: 'plain', headers: { 'content-type': 'text/plain' } },
      {},
    ]) {
      const { status, body } = await app.send(method, path, init);
      expect([init, status, body]).toEqual([init, 400, expect.objectContaining(shape(400))]);
    }
  });

  it.each(routes)('%s %s refuses unknown keys', async (method, path) => {
    for (const key of ['nmae', 'id', 'createdAt', '__proto__', 'constructor', 'env', 'ids']) {
      const { status, body } = await app.send(method, path, {
        body: `{"${key}":1}`,
        headers: { 'content-type': 'application/json' },
      });
      expect([400, 422]).toContain(status);
      expect(body).toMatchObject(shape(status));
    }
  });

  it.each(routes)('%s %s refuses values that are nested however deep', async (method, path) => {
    for (const depth of [3_000, 6_000]) {
      const { status, body } = await app.send(method, path, {
        body: `{"name":${'['.repeat(depth)}${']'.repeat(depth)}}`,
        headers: { 'content-type': 'application/json' },
      });
      expect([400, 422]).toContain(status);
      expect(body).toMatchObject(shape(status));
    }
  });

  it('do not reach fields that a route does not offer', async () => {
    for (const extra of [{ active: false }, { label: 'x' }, { points: 1000 }, { revenue: '1' }, { children: [] }]) {
      expect([400, 422]).toContain((await app.post('/partners', { name: 'Sly', ...extra })).status);
      expect([400, 422]).toContain((await app.patch(`/partners/${partner.id}`, extra)).status);
    }
    const lines = [{ product: product.id, quantity: 1 }];
    for (const extra of [{ state: 'confirmed' }, { total: '0' }, { points: 5 }, { number: 'S1' }]) {
      expect([400, 422]).toContain((await app.post('/orders', { partner: partner.id, lines, ...extra })).status);
    }
  });

  it('answer 413 when they are too large, in the same shape', async () => {
    const { status, body } = await app.post('/products', { name: 'x'.repeat(200_000), price: 1 });
    expect(status).toBe(413);
    expect(body).toMatchObject(shape(413));
  });

  const wrongPartners = [
    {},
    { name: null },
    { name: '' },
    { name: '   ' },
    { name: 7 },
    { name: ['x'] },
    { name: 'a\0b' },
    { name: 'x'.repeat(201) },
    { name: 'x', email: 5 },
    { name: 'x', country: 'XX' },
    { name: 'x', country: 'France' },
    { name: 'x', country: '\0' },
    { name: 'x', country: 999_999 },
    { name: 'x', country: 1.5 },
    { name: 'x', country: {} },
    { name: 'x', city: 999_999_999 },
    { name: 'x', city: 'Paris' },
    { name: 'x', parent: 999_999_999 },
    { name: 'x', parent: -1 },
    { name: 'x', tags: ['Nonsense'] },
    { name: 'x', tags: ['\0'] },
    { name: 'x', tags: [999_999] },
    { name: 'x', tags: [null] },
    { name: 'x', tags: 'VIP' },
    { name: 'x', tags: { create: [{ name: 'New' }] } },
  ];
  it('of partners answer 422 to values that do not fit, and nothing is made', async () => {
    const before = (await app.get('/partners?archived=true')).body.total;
    for (const values of wrongPartners) {
      const { status, body } = await app.post('/partners', values);
      expect([values, status, body]).toEqual([values, 422, expect.objectContaining(shape(422))]);
    }
    expect((await app.get('/partners?archived=true')).body.total).toBe(before);
  });

  it('of products answer 422 to values that do not fit', async () => {
    for (const values of [
      { price: 1 },
      { name: 'x' },
      { name: 'x', price: null },
      { name: 'x', price: -1 },
      { name: 'x', price: '1.001' },
      { name: 'x', price: 'dear' },
      { name: 'x', price: '1e400' },
      { name: 'x', price: true },
      { name: '', price: 1 },
    ]) {
      const { status, body } = await app.post('/products', values);
      expect([values, status, body]).toEqual([values, 422, expect.objectContaining(shape(422))]);
    }
  });

  it('of orders answer 422 to values that do not fit', async () => {
    const line = { product: product.id, quantity: 1 };
    const here = { partner: partner.id };
    for (const values of [
      {},
      here,
      { lines: [line] },
      { ...here, lines: [] },
      { ...here, lines: {} },
      { ...here, lines: null },
      { partner: 999_999_999, lines: [line] },
      { partner: 'x', lines: [line] },
      { partner: null, lines: [line] },
      ...[0, -1, 1.5, '1', null, 1_000_001, 2 ** 31].map((quantity) => ({ ...here, lines: [{ ...line, quantity }] })),
      ...[999_999_999, null, 'x', 0].map((id) => ({ ...here, lines: [{ ...line, product: id }] })),
      ...['x', -1, null, '0.001'].map((unitPrice) => ({ ...here, lines: [{ ...line, unitPrice }] })),
      { ...here, lines: [{ product: product.id }] },
      { ...here, lines: [{ quantity: 1 }] },
    ]) {
      const { status, body } = await app.post('/orders', values);
      expect([values, status, body]).toEqual([values, 422, expect.objectContaining(shape(422))]);
    }
    for (const lines of [[{ ...line, subtotal: 1 }], [{ ...line, order: 1 }], ['x'], [null], [[]]]) {
      expect([400, 422]).toContain((await app.post('/orders', { ...here, lines })).status);
    }
  });
});

describe('routes', () => {
  it('that do not exist answer 404 in the same shape', async () => {
    const { status, body } = await app.get('/nowhere');
    expect(status).toBe(404);
    expect(body).toMatchObject(shape(404));
  });

  it('with a broken escape in the path answer 400', async () => {
    const { status, body } = await app.get('/countries/%E0%A4%A');
    expect(status).toBe(400);
    expect(body).toMatchObject(shape(400));
  });
});
