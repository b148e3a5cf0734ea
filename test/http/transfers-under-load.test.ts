import { setTimeout as sleep } from 'node:timers/promises';
import { ConnectionPool } from 'nest-registry';
import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { SeededRandom } from '../support/seeded-random.js';
import { startApp, type Answer, type RunningApp } from './running-app.js';

const CLIENTS = 64;
const TRANSFERS = 2_000;
const ACCOUNTS = 10;
/** Balances in cents are whole numbers, so that the test's own sums are exact. */
const START_CENTS = 10_000;

let app: RunningApp;
beforeAll(async () => {
  app = await startApp({ cities: 1 });
});
afterAll(() => app?.close());

interface Transfer {
  readonly from: number;
  readonly to: number;
  readonly amount: string;
  readonly key: string;
}

/** Sends everything with so many clients at once; what is answered with a conflict is sent again with its key. */
async function sendAll(transfers: readonly Transfer[]): Promise<Answer[]> {
  const answers: Answer[] = [];
  let next = 0;
  const client = async (): Promise<void> => {
    for (let index = next++; index < transfers.length; index = next++) {
      let answer = await app.post('/transfers', transfers[index]);
      while (answer.status === 409 && answer.body.code === 'CONFLICT') {
        answer = await app.post('/transfers', transfers[index]);
      }
      answers[index] = answer;
    }
  };
  await Promise.all(Array.from({ length: CLIENTS }, client));
  return answers;
}

async function makeAccounts(count: number): Promise<number[]> {
  const made = await Promise.all(
    Array.from({ length: count }, (_, index) =>
      app.post('/accounts', { name: `Account ${index}`, balance: (START_CENTS / 100).toFixed(2) }),
    ),
  );
  return made.map(({ body }) => body.id as number);
}

const centsOf = (amount: string): number => Math.round(Number(amount) * 100);

async function balances(ids: readonly number[]): Promise<Map<number, number>> {
  const answers = await Promise.all(ids.map((id) => app.get(`/accounts/${id}`)));
  return new Map(answers.map(({ body }) => [body.id as number, centsOf(body.balance as string)]));
}

/** What the transfers that were made leave on each account. */
function expectedBalances(
  ids: readonly number[],
  transfers: readonly Transfer[],
  answers: readonly Answer[],
): Map<number, number> {
  const cents = new Map(ids.map((id) => [id, START_CENTS]));
  const applied = new Map<string, Transfer>();
  transfers.forEach((transfer, index) => {
    if (answers[index]!.status < 300) applied.set(transfer.key, transfer);
  });
  for (const { from, to, amount } of applied.values()) {
    cents.set(from, cents.get(from)! - centsOf(amount));
    cents.set(to, cents.get(to)! + centsOf(amount));
  }
  return cents;
}

async function onDatabase<T>(statement: string): Promise<T[]> {
  const client = new pg.Client({ connectionString: app.database.url });
  await client.connect();
  try {
    return (await client.query(statement)).rows as T[];
  } finally {
    await client.end();
  }
}

describe('64 clients that send 2,000 transfers among 10 accounts', () => {
  it('lose and make no money, are all answered, and leave nothing open', { timeout: 120_000 }, async () => {
    const ids = await makeAccounts(ACCOUNTS);
    const random = new SeededRandom(7);
    // Every fourth key is sent twice, now and then by two clients at the same time.
    const transfers = Array.from({ length: TRANSFERS }, (_, index): Transfer => {
      const from = random.below(ACCOUNTS);
      const to = (from + 1 + random.below(ACCOUNTS - 1)) % ACCOUNTS;
      return {
        from: ids[from]!,
        to: ids[to]!,
        amount: (1 + random.below(5_000) / 100).toFixed(2),
        key: `load ${index}`,
      };
    }).map((transfer, index, all) => (index % 4 === 3 ? all[index - 1]! : transfer));

    const answers = await sendAll(transfers);

    expect(answers.filter(Boolean)).toHaveLength(TRANSFERS);
    const statuses = new Set(answers.map(({ status }) => status));
    expect([...statuses].filter((status) => ![200, 201, 422].includes(status))).toEqual([]);
    expect(statuses).toContain(201);
    expect(statuses).toContain(200);

    const found = await balances(ids);
    expect(found).toEqual(expectedBalances(ids, transfers, answers));
    expect([...found.values()].reduce((sum, cents) => sum + cents, 0)).toBe(ACCOUNTS * START_CENTS);
    expect(Math.min(...found.values())).toBeGreaterThanOrEqual(0);

    const [made] = await onDatabase<{ rows: number; keys: number }>(
      'SELECT count(*)::int AS rows, count(DISTINCT key)::int AS keys FROM wallet_transfer',
    );
    const created = answers.filter(({ status }) => status === 201);
    expect(made).toEqual({ rows: created.length, keys: created.length });

    // An answer may be sent a moment before its connection is given back.
    await sleep(200);
    expect(
      await onDatabase(
        "SELECT state FROM pg_stat_activity WHERE datname = current_database() AND state LIKE '%in transaction%'",
      ),
    ).toEqual([]);
    const { borrowed, waiting, connecting, idle, total, max } = app.app.get(ConnectionPool).stats();
    expect({ borrowed, waiting, connecting }).toEqual({ borrowed: 0, waiting: 0, connecting: 0 });
    expect(total).toBe(idle);
    expect(total).toBeLessThanOrEqual(max);
  });
});

describe('one key sent by 32 clients at once', () => {
  it('is applied once, and all of them get the same answer', async () => {
    const [from, to] = await makeAccounts(2);
    const body = { from, to, amount: '40.00', key: 'everybody' };
    const answers = await Promise.all(Array.from({ length: 32 }, () => app.post('/transfers', body)));
    expect(answers.map(({ status }) => status).toSorted()).toEqual([...Array<number>(31).fill(200), 201]);
    expect(new Set(answers.map((answer) => JSON.stringify(answer.body))).size).toBe(1);
    expect((await balances([from!, to!])).get(from!)).toBe(START_CENTS - 4_000);
  });

  it('is applied once when they ask for different transfers, and the others get 409', async () => {
    const ids = await makeAccounts(8);
    const answers = await Promise.all(
      ids.map((from, index) =>
        app.post('/transfers', { from, to: ids[(index + 1) % 8], amount: '1.00', key: 'one of many' }),
      ),
    );
    expect(answers.map(({ status }) => status).toSorted()).toEqual([201, ...Array<number>(7).fill(409)]);
    const found = await balances(ids);
    expect([...found.values()].filter((cents) => cents !== START_CENTS)).toHaveLength(2);
  });
});
