import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { startApp, type RunningApp } from './running-app.js';

let app: RunningApp;
beforeAll(async () => {
  app = await startApp();
});
afterAll(() => app?.close());

async function account(balance: string): Promise<number> {
  return (await app.post('/accounts', { name: 'Purse', balance })).body.id;
}
async function balanceOf(id: number): Promise<string> {
  return (await app.get(`/accounts/${id}`)).body.balance;
}

describe('accounts', () => {
  it('are made, found and listed', async () => {
    const owner = (await app.post('/partners', { name: 'Owner' })).body;
    const { status, body } = await app.post('/accounts', { name: 'Till', owner: owner.id, balance: 12.5 });
    expect(status).toBe(201);
    expect(body).toEqual({
      id: expect.any(Number),
      name: 'Till',
      owner: { id: owner.id, name: 'Owner' },
      balance: '12.50',
    });
    expect((await app.get(`/accounts/${body.id}`)).body).toEqual(body);
    expect((await app.get('/accounts?limit=200')).body.items).toContainEqual(body);
  });

  it('may belong to nobody', async () => {
    const { body } = await app.post('/accounts', { name: 'Nobody', balance: '0' });
    expect(body).toMatchObject({ owner: null, balance: '0.00' });
  });

  it('never start below zero', async () => {
    const { status, body } = await app.post('/accounts', { name: 'Debt', balance: '-0.01' });
    expect(status).toBe(422);
    expect(body).toMatchObject({ code: 'VALIDATION', message: 'A balance is never negative', model: 'wallet.account' });
  });
});

describe('POST /transfers', () => {
  it('moves money', async () => {
    const [from, to] = [await account('10.00'), await account('1.00')];
    const { status, body } = await app.post('/transfers', { from, to, amount: '2.50', key: 'move-1' });
    expect(status).toBe(201);
    expect(body).toEqual({ id: expect.any(Number), from, to, amount: '2.50', key: 'move-1' });
    expect(await balanceOf(from)).toBe('7.50');
    expect(await balanceOf(to)).toBe('3.50');
  });

  it('moves all there is', async () => {
    const [from, to] = [await account('10.00'), await account('0')];
    expect((await app.post('/transfers', { from, to, amount: 10, key: 'all' })).status).toBe(201);
    expect(await balanceOf(from)).toBe('0.00');
  });

  it('answers the same to the same key and body, and applies it once', async () => {
    const [from, to] = [await account('10.00'), await account('0')];
    const first = await app.post('/transfers', { from, to, amount: '10.00', key: 'again' });
    const second = await app.post('/transfers', { from, to, amount: 10, key: 'again' });
    expect(first.status).toBe(201);
    expect(second).toMatchObject({ status: 200, body: first.body });
    expect(await balanceOf(to)).toBe('10.00');
  });

  it('answers 409 to the same key with another body', async () => {
    const [from, to, third] = [await account('10.00'), await account('0'), await account('5.00')];
    await app.post('/transfers', { from, to, amount: 1, key: 'taken' });
    for (const other of [
      { from, to, amount: 2 },
      { from: to, to: from, amount: 1 },
      { from: third, to, amount: 1 },
    ]) {
      const { status, body } = await app.post('/transfers', { ...other, key: 'taken' });
      expect(status).toBe(409);
      expect(body).toMatchObject({ statusCode: 409, code: expect.any(String), message: expect.any(String) });
    }
    expect(await balanceOf(from)).toBe('9.00');
    expect(await balanceOf(third)).toBe('5.00');
  });

  it('refuses an overdraft, and leaves the key free', async () => {
    const [from, to] = [await account('1.00'), await account('0')];
    const refused = await app.post('/transfers', { from, to, amount: '1.01', key: 'too-much' });
    expect(refused.status).toBe(422);
    expect(refused.body).toMatchObject({ code: 'VALIDATION', field: 'amount', ids: [from] });
    expect(await balanceOf(from)).toBe('1.00');
    expect((await app.post('/transfers', { from, to, amount: '1.00', key: 'too-much' })).status).toBe(201);
  });

  it.each([
    ['an amount of zero', { amount: 0 }],
    ['a negative amount', { amount: '-1.00' }],
    ['more than two places', { amount: '0.001' }],
    ['an amount that is no number', { amount: 'much' }],
    ['an empty key', { key: '' }],
    ['a key that is no text', { key: 7 }],
    ['no key', { key: undefined }],
    ['no amount', { amount: undefined }],
    ['an account that does not exist', { to: 999_999_999 }],
    ['an account that is no id', { to: 'abc' }],
    ['null for an account', { from: null }],
  ])('answers 422 to %s', async (_what, change) => {
    const [from, to] = [await account('10.00'), await account('0')];
    const { status, body } = await app.post('/transfers', { from, to, amount: 1, key: `bad ${_what}`, ...change });
    expect(status).toBe(422);
    expect(body).toMatchObject({ statusCode: 422, code: expect.stringMatching(/^(VALIDATION|FIELD_VALUE)$/) });
    expect(await balanceOf(from)).toBe('10.00');
  });

  it('answers 422 when both accounts are the same', async () => {
    const from = await account('10.00');
    expect((await app.post('/transfers', { from, to: from, amount: 1, key: 'self' })).status).toBe(422);
  });

  it('answers 422 when the receiver could not hold it', async () => {
    const [from, to] = [await account('9999999999999999.99'), await account('1.00')];
    expect((await app.post('/transfers', { from, to, amount: '9999999999999999.99', key: 'huge' })).status).toBe(422);
  });
});
