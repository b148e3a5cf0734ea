import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startAppWithOffer, type RunningApp } from './running-app.js';

let app: RunningApp;
let partner: { readonly id: number };
let product: { readonly id: number };
beforeAll(async () => {
  ({ app, partner, product } = await startAppWithOffer());
});
afterAll(() => app?.close());

async function newOrder(): Promise<{ id: number }> {
  const lines = [{ product: product.id, quantity: 1 }];
  return (await app.post('/orders', { partner: partner.id, lines })).body;
}

describe('an unknown key', () => {
  it('is refused alike by every route, before anything is done', async () => {
    const order = await newOrder();
    const line = { product: product.id, quantity: 1, x: 1 };
    for (const [method, path, body] of [
      ['POST', '/partners', { name: 'New', x: 1 }],
      ['PATCH', `/partners/${partner.id}`, { name: 'Changed', x: 1 }],
      ['POST', `/partners/${partner.id}/archive`, { x: 1 }],
      ['POST', '/products', { name: 'New', price: 1, x: 1 }],
      ['POST', '/orders', { partner: partner.id, lines: [], x: 1 }],
      ['POST', '/orders', { partner: partner.id, lines: [line] }],
      ['POST', `/orders/${order.id}/confirm`, { x: 1 }],
      ['POST', '/accounts', { name: 'New', balance: 1, x: 1 }],
      ['POST', '/transfers', { from: 1, to: 2, amount: 1, key: 'k', x: 1 }],
    ] as const) {
      const init = { body: JSON.stringify(body), headers: { 'content-type': 'application/json' } };
      const answer = await app.send(method, path, init);
      expect([method, path, answer.body]).toEqual([
        method,
        path,
        { statusCode: 400, code: 'BAD_INPUT', message: 'Unknown key "x".', field: 'x' },
      ]);
    }
    expect((await app.get(`/partners/${partner.id}`)).body).toMatchObject({ name: 'Here', active: true });
    expect((await app.get(`/orders/${order.id}`)).body.state).toBe('draft');
    expect((await app.get('/partners')).body.total).toBe(1);
    expect((await app.get('/products')).body.total).toBe(1);
  });
});

describe('routes without a body', () => {
  it('take none and an empty object, and refuse a list', async () => {
    const json = { 'content-type': 'application/json' };
    for (const init of [{}, { headers: json }, { body: '', headers: json }, { body: '{}', headers: json }]) {
      const { id } = (await app.post('/partners', { name: 'Gone' })).body;
      expect([init, (await app.send('POST', `/partners/${id}/archive`, init)).status]).toEqual([init, 200]);
      const order = await newOrder();
      expect([init, (await app.send('POST', `/orders/${order.id}/confirm`, init)).status]).toEqual([init, 200]);
    }
    const list = await app.send('POST', `/partners/${partner.id}/archive`, { body: '[]', headers: json });
    expect(list).toMatchObject({ status: 400, body: { code: 'BAD_INPUT' } });
  });
});

describe('a missing key', () => {
  it.each([
    ['/partners', {}, 'res.partner', 'name', 'Name'],
    ['/products', { name: 'x' }, 'sale.product', 'price', 'Price'],
    ['/orders', { lines: [{ product: 1, quantity: 1 }] }, 'sale.order', 'partner', 'Partner'],
    ['/accounts', { name: 'x' }, 'wallet.account', 'balance', 'Balance'],
    ['/transfers', { from: 1, to: 2, key: 'k' }, 'wallet.transfer', 'amount', 'Amount'],
  ])('of POST %s is named in plain words', async (path, body, model, field, label) => {
    const answer = await app.post(path, body);
    expect(answer.body).toEqual({
      statusCode: 422,
      code: 'VALIDATION',
      message: `${label} is required.`,
      model,
      field,
    });
  });

  it('of an order line is named in plain words', async () => {
    const { body } = await app.post('/orders', { partner: partner.id, lines: [{ product: product.id }] });
    expect(body).toMatchObject({ statusCode: 422, message: 'Quantity is required.', model: 'sale.order.line' });
  });
});
