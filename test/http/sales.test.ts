import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type RunningApp } from './running-app.js';

let app: RunningApp;
let buyer: { id: number; name: string };
let tea: { id: number };
let cup: { id: number };
beforeAll(async () => {
  app = await startApp();
  buyer = (await app.post('/partners', { name: 'Buyer' })).body;
  tea = (await app.post('/products', { name: 'Tea', price: '3.35' })).body;
  cup = (await app.post('/products', { name: 'Cup', price: 0.1 })).body;
});
afterAll(() => app?.close());

describe('products', () => {
  it('are made and listed, with two places', async () => {
    const { status, body } = await app.post('/products', { name: 'Pot', price: 20 });
    expect(status).toBe(201);
    expect(body).toEqual({ id: expect.any(Number), name: 'Pot', price: '20.00' });
    const list = await app.get('/products?order=-price&limit=1');
    expect(list.body).toEqual({ items: [body], total: expect.any(Number) });
  });
});

describe('orders', () => {
  it('are made as drafts with exact totals, at the price of the product or an agreed one', async () => {
    const { status, body } = await app.post('/orders', {
      partner: buyer.id,
      lines: [
        { product: tea.id, quantity: 3 },
        { product: cup.id, quantity: 3, unitPrice: '0.07' },
      ],
    });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(Number),
      number: expect.stringMatching(/^S\d{6}$/),
      state: 'draft',
      partner: { id: buyer.id, name: 'Buyer' },
      lines: [
        {
          id: expect.any(Number),
          product: { id: tea.id, name: 'Tea' },
          quantity: 3,
          unitPrice: '3.35',
          subtotal: '10.05',
        },
        {
          id: expect.any(Number),
          product: { id: cup.id, name: 'Cup' },
          quantity: 3,
          unitPrice: '0.07',
          subtotal: '0.21',
        },
      ],
      total: '10.26',
      points: 0,
    });
    expect((await app.get(`/orders/${body.id}`)).body).toEqual(body);
  });

  it('add up sums that binary fractions would get wrong', async () => {
    const lines = Array.from({ length: 30 }, () => ({ product: cup.id, quantity: 1 }));
    expect((await app.post('/orders', { partner: buyer.id, lines })).body.total).toBe('3.00');
  });

  it('grant one point for each full 10.00 when confirmed, once', async () => {
    const partner = (await app.post('/partners', { name: 'Loyal' })).body;
    const order = (await app.post('/orders', { partner: partner.id, lines: [{ product: tea.id, quantity: 12 }] })).body;
    expect(order.total).toBe('40.20');
    const draft = (await app.get(`/partners/${partner.id}`)).body;
    expect(draft).toMatchObject({ orderCount: 1, revenue: '0.00', points: 0 });

    const confirmed = await app.post(`/orders/${order.id}/confirm`);
    expect(confirmed.status).toBe(200);
    expect(confirmed.body).toEqual({ ...order, state: 'confirmed', points: 4 });
    expect((await app.get(`/orders/${order.id}`)).body).toEqual(confirmed.body);

    const again = await app.post(`/orders/${order.id}/confirm`);
    expect(again.status).toBe(422);
    expect(again.body).toMatchObject({ code: 'VALIDATION', model: 'sale.order', field: 'state', ids: [order.id] });
    expect((await app.get(`/partners/${partner.id}`)).body).toMatchObject({
      orderCount: 1,
      revenue: '40.20',
      points: 4,
    });
  });

  it('sum up the confirmed ones at their partner', async () => {
    const partner = (await app.post('/partners', { name: 'Regular' })).body;
    for (const quantity of [3, 6, 9]) {
      const { body } = await app.post('/orders', { partner: partner.id, lines: [{ product: tea.id, quantity }] });
      if (quantity > 3) await app.post(`/orders/${body.id}/confirm`);
    }
    expect((await app.get(`/partners/${partner.id}`)).body).toMatchObject({
      orderCount: 3,
      revenue: '50.25',
      points: 2 + 3,
    });
  });

  it('are confirmed by exactly one of many who try at once', async () => {
    const { body } = await app.post('/orders', { partner: buyer.id, lines: [{ product: tea.id, quantity: 1 }] });
    const answers = await Promise.all(Array.from({ length: 8 }, () => app.post(`/orders/${body.id}/confirm`)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([200, ...Array<number>(7).fill(422)]);
  });

  it('of one partner confirmed at the same time are all counted', async () => {
    const partner = (await app.post('/partners', { name: 'Busy' })).body;
    const orders = await Promise.all(
      Array.from({ length: 6 }, () =>
        app.post('/orders', { partner: partner.id, lines: [{ product: tea.id, quantity: 10 }] }),
      ),
    );
    const answers = await Promise.all(orders.map(({ body }) => app.post(`/orders/${body.id}/confirm`)));
    expect(answers.map(({ status }) => status)).toEqual(Array(6).fill(200));
    expect((await app.get(`/partners/${partner.id}`)).body).toMatchObject({
      orderCount: 6,
      revenue: '201.00',
      points: 18,
    });
  });

  it('may be as large as prices and quantities allow', async () => {
    const { body: yacht } = await app.post('/products', { name: 'Yacht', price: '9999999999.99' });
    const lines = Array.from({ length: 3 }, () => ({ product: yacht.id, quantity: 1_000_000 }));
    const order = await app.post('/orders', { partner: buyer.id, lines });
    expect(order.body.total).toBe('29999999999970000.00');
    expect((await app.post(`/orders/${order.body.id}/confirm`)).status).toBe(200);
  });
});
