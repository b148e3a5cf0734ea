import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { serverUrl } from '../support/database.js';
import { CountingProxy } from './counting-proxy.js';
import { startApp, type RunningApp } from './running-app.js';

let proxy: CountingProxy;
let app: RunningApp;
beforeAll(async () => {
  proxy = await CountingProxy.open(serverUrl());
  app = await startApp({ urlFor: (url) => proxy.detour(url) });
  proxy.holdBack(25);
});
afterAll(async () => {
  await app?.close();
  await proxy?.close();
});

/** Round trips of a second, identical request: the first one may open connections and prepare statements. */
async function roundTripsOf(request: () => Promise<unknown>): Promise<number> {
  await request();
  await sleep(200);
  proxy.take();
  await request();
  // The COMMIT may still be on its way after the answer.
  await sleep(200);
  return proxy.take();
}

describe('round trips to the database', () => {
  it('of GET /partners/:id are three at most: the record, its relations, the COMMIT', async () => {
    const city = (await app.get('/cities?q=paris&country=FR')).body.items[0];
    const parent = (await app.post('/partners', { name: 'Parent' })).body;
    const values = { name: 'Rich', country: 'FR', city: city.id, parent: parent.id, tags: ['VIP', 'Customer'] };
    const { id } = (await app.post('/partners', values)).body;
    await app.post('/partners', { name: 'Child', parent: id });
    await app.post('/partners', { name: 'Another child', parent: id });
    const product = (await app.post('/products', { name: 'Tea', price: 12 })).body;
    const order = (await app.post('/orders', { partner: id, lines: [{ product: product.id, quantity: 1 }] })).body;
    await app.post(`/orders/${order.id}/confirm`);

    const count = await roundTripsOf(() => app.get(`/partners/${id}`));
    expect(count).toBeLessThanOrEqual(3);
    const { body } = await app.get(`/partners/${id}`);
    expect(body).toMatchObject({ children: [{}, {}], tags: [{}, {}], country: {}, city: {}, parent: {}, points: 1 });
  });

  it('of a list do not grow with its length', async () => {
    for (const path of ['/countries', '/cities']) {
      const short = await roundTripsOf(() => app.get(`${path}?limit=1`));
      const long = await roundTripsOf(() => app.get(`${path}?limit=200`));
      expect([path, long]).toEqual([path, short]);
      // The page with its count, what it refers to, the COMMIT, and after raw SQL a clean-up of the session.
      expect(long).toBeLessThanOrEqual(4);
    }
  });

  it('of a transfer are three', async () => {
    const [from, to] = await Promise.all(
      ['100.00', '0'].map(
        async (balance) => (await app.post('/accounts', { name: 'Purse', balance })).body.id as number,
      ),
    );
    let key = 0;
    const count = await roundTripsOf(() => app.post('/transfers', { from, to, amount: 1, key: `trip ${key++}` }));
    // Its turn with the key and the balances; the transfer with the new balances; the COMMIT.
    expect(count).toBe(3);
  });

  it('are none for a request that needs no data', async () => {
    expect(await roundTripsOf(() => app.get('/partners/abc'))).toBe(0);
  });
});
