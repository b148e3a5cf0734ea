import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type RunningApp } from './running-app.js';

let app: RunningApp;
let paris: { id: number; name: string };
beforeAll(async () => {
  app = await startApp();
  paris = (await app.get('/cities?q=paris&country=FR')).body.items[0];
});
afterAll(() => app?.close());

async function partner(values: object): Promise<{ id: number; [key: string]: unknown }> {
  const { status, body } = await app.post('/partners', values);
  expect(status).toBe(201);
  return body;
}

describe('POST /partners', () => {
  it('makes a partner of a name alone', async () => {
    const { status, body } = await app.post('/partners', { name: 'Plain' });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(Number),
      name: 'Plain',
      email: null,
      label: 'Plain',
      active: true,
      country: null,
      city: null,
      parent: null,
      children: [],
      tags: [],
      orderCount: 0,
      revenue: '0.00',
      points: 0,
    });
  });

  it('makes a partner with everything, and finds it again as it was answered', async () => {
    const parent = await partner({ name: 'Parent' });
    const { status, body } = await app.post('/partners', {
      name: 'Full',
      email: 'full@example.org',
      country: 'FR',
      city: paris.id,
      parent: parent.id,
      tags: ['VIP', 'Customer'],
    });
    expect(status).toBe(201);
    expect(body).toMatchObject({
      email: 'full@example.org',
      label: 'Full (FR)',
      country: { id: expect.any(Number), code: 'FR', name: 'France' },
      city: { id: paris.id, name: paris.name },
      parent: { id: parent.id, name: 'Parent' },
      tags: [
        { id: expect.any(Number), name: 'Customer' },
        { id: expect.any(Number), name: 'VIP' },
      ],
    });
    expect(await app.get(`/partners/${body.id}`)).toMatchObject({ status: 200, body });
    expect((await app.get(`/partners/${parent.id}`)).body.children).toEqual([{ id: body.id, name: 'Full' }]);
  });

  it('takes ids of a country and of tags as well', async () => {
    const { body: france } = await app.get('/countries/FR');
    const { body: tags } = await app.get('/tags');
    const made = await partner({ name: 'By id', country: france.id, tags: [tags.items[0].id] });
    expect(made).toMatchObject({ country: { code: 'FR' }, tags: [tags.items[0]] });
  });
});

describe('PATCH /partners/:id', () => {
  it('changes what is given and leaves the rest', async () => {
    const made = await partner({ name: 'Before', email: 'a@example.org', country: 'FR', tags: ['VIP'] });
    const { status, body } = await app.patch(`/partners/${made.id}`, { name: 'After', country: 'DE' });
    expect(status).toBe(200);
    expect(body).toMatchObject({
      name: 'After',
      label: 'After (DE)',
      email: 'a@example.org',
      country: { code: 'DE' },
      tags: [{ name: 'VIP' }],
    });
    expect((await app.get(`/partners/${made.id}`)).body).toEqual(body);
  });

  it('unsets with null, and replaces tags', async () => {
    const made = await partner({ name: 'Unset', email: 'a@example.org', country: 'FR', tags: ['VIP', 'Retail'] });
    const { body } = await app.patch(`/partners/${made.id}`, { email: null, country: null, tags: ['Supplier'] });
    expect(body).toMatchObject({ email: null, country: null, label: 'Unset', tags: [{ name: 'Supplier' }] });
  });

  it('changes nothing for an empty body', async () => {
    const made = await partner({ name: 'Same' });
    expect((await app.patch(`/partners/${made.id}`, {})).body).toEqual(made);
  });

  it('refuses a partner that would be its own ancestor, and leaves it as it was', async () => {
    const root = await partner({ name: 'Root' });
    const child = await partner({ name: 'Child', parent: root.id });
    const { status, body } = await app.patch(`/partners/${root.id}`, { parent: child.id });
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'VALIDATION', model: 'res.partner', field: 'parent', ids: [root.id] });
    expect((await app.get(`/partners/${root.id}`)).body.parent).toBeNull();
  });
});

describe('archiving', () => {
  it('takes all descendants along, and hides them from lists', async () => {
    const root = await partner({ name: 'Dynasty root' });
    const child = await partner({ name: 'Dynasty child', parent: root.id });
    const grandchild = await partner({ name: 'Dynasty grandchild', parent: child.id });
    const other = await partner({ name: 'Dynasty stranger' });
    const { status, body } = await app.post(`/partners/${root.id}/archive`);
    expect(status).toBe(200);
    expect(body).toMatchObject({ id: root.id, active: false });
    for (const { id } of [child, grandchild]) {
      expect((await app.get(`/partners/${id}`)).body.active).toBe(false);
    }
    expect((await app.get('/partners?q=dynasty')).body).toMatchObject({ items: [{ id: other.id }], total: 1 });
    expect((await app.get('/partners?q=dynasty&archived=false')).body.total).toBe(1);
    expect((await app.get('/partners?q=dynasty&archived=true')).body.total).toBe(4);
  });
});

describe('GET /partners', () => {
  it('lists by part of the name and by country', async () => {
    const made = await partner({ name: 'Findable One', email: 'one@example.org', country: 'BE' });
    await partner({ name: 'Findable Two', country: 'LU' });
    expect((await app.get('/partners?q=NDABLE&country=be')).body).toEqual({
      items: [
        {
          id: made.id,
          name: 'Findable One',
          email: 'one@example.org',
          label: 'Findable One (BE)',
          country: { code: 'BE', name: 'Belgium' },
        },
      ],
      total: 1,
    });
    expect((await app.get('/partners?q=findable&order=-name')).body.items[0].name).toBe('Findable Two');
  });
});

describe('DELETE /partners/:id', () => {
  it('deletes, once', async () => {
    const { id } = await partner({ name: 'Short-lived' });
    expect((await app.delete(`/partners/${id}`)).status).toBe(204);
    expect((await app.get(`/partners/${id}`)).status).toBe(404);
    expect((await app.delete(`/partners/${id}`)).status).toBe(404);
  });

  it('leaves the children of a deleted partner without parent', async () => {
    const { id } = await partner({ name: 'Gone' });
    const child = await partner({ name: 'Orphan', parent: id });
    expect((await app.delete(`/partners/${id}`)).status).toBe(204);
    expect((await app.get(`/partners/${child.id}`)).body.parent).toBeNull();
  });

  it('is refused while an account or an order refers to the partner', async () => {
    const owner = await partner({ name: 'Owner' });
    await app.post('/accounts', { name: 'Purse', owner: owner.id, balance: 1 });
    const buyer = await partner({ name: 'Buyer' });
    const { body: product } = await app.post('/products', { name: 'Cup', price: 1 });
    await app.post('/orders', { partner: buyer.id, lines: [{ product: product.id, quantity: 1 }] });
    for (const { id } of [owner, buyer]) {
      const { status, body } = await app.delete(`/partners/${id}`);
      expect(status).toBe(422);
      expect(body.code).toBe('VALIDATION');
      expect((await app.get(`/partners/${id}`)).status).toBe(200);
    }
  });
});
