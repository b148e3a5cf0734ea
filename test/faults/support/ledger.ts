import { expect } from 'vitest';
import type { FaultServer } from './fault-server.js';
import { FINAL, isAcknowledged, type Exchange, type TransferCrowd } from './transfer-crowd.js';

const START_CENTS = 100_000;
/** What no answer may hold: SQL, a stack, a connection string, a path of a source. */
const SECRETS = [
  /\bSELECT\b|\bINSERT\b|\bUPDATE\b.+\bSET\b|\bCOMMIT\b|\bpg_/,
  /\bat .+:\d+:\d+/,
  /postgres(ql)?:|subject|127\.0\.0\.1|ECONN/,
  /\.[jt]s\b/,
];

const centsOf = (amount: string): number => Math.round(Number(amount) * 100);

/** Accounts made by the application; gives their ids. */
export async function makeAccounts(url: string, count: number): Promise<readonly number[]> {
  const ids: number[] = [];
  for (let index = 0; index < count; index++) {
    const response = await fetch(`${url}/accounts`, {
      method: 'POST',
      body: JSON.stringify({ name: `Account ${index}`, balance: (START_CENTS / 100).toFixed(2) }),
      headers: { 'content-type': 'application/json' },
    });
    ids.push(((await response.json()) as { readonly id: number }).id);
  }
  return ids;
}

/** What the database holds: every transfer of the crowd that was acknowledged, no other, each moved once. */
export async function expectLedgerTrue(
  server: FaultServer,
  { crowd, accounts }: { readonly crowd: TransferCrowd; readonly accounts: readonly number[] },
): Promise<void> {
  const made = await server.query<{ id: number; key: string }>(
    'SELECT id::int, key FROM wallet_transfer WHERE from_id = ANY($1) ORDER BY key',
    [accounts],
  );
  const acknowledged = new Map<string, Set<unknown>>();
  for (const exchange of crowd.exchanges.filter(isAcknowledged)) {
    const ids = acknowledged.get(exchange.key) ?? new Set();
    acknowledged.set(exchange.key, ids.add((JSON.parse(exchange.text) as { readonly id: number }).id));
  }
  expect(made.map(({ key }) => key).toSorted()).toEqual([...acknowledged.keys()].toSorted());
  for (const { id, key } of made) expect([...acknowledged.get(key)!], `the answers to "${key}"`).toEqual([id]);

  const cents = new Map(accounts.map((id) => [id, START_CENTS]));
  for (const { key } of made) {
    const { from, to, amount } = crowd.transfers.get(key)!;
    cents.set(from, cents.get(from)! - centsOf(amount));
    cents.set(to, cents.get(to)! + centsOf(amount));
  }
  const balances = await server.query<{ id: number; balance: string }>(
    'SELECT id::int, balance::text FROM wallet_account WHERE id = ANY($1)',
    [accounts],
  );
  const found = new Map(balances.map(({ id, balance }) => [id, centsOf(balance)]));
  expect(new Map([...found].toSorted(([a], [b]) => a - b))).toEqual(cents);
  expect([...found.values()].reduce((sum, one) => sum + one, 0)).toBe(accounts.length * START_CENTS);
}

/** Answers that are not final say when to come again, and none gives anything away. */
export function expectHonestAnswers(
  exchanges: readonly Exchange[],
  { mayBeLost }: { readonly mayBeLost: boolean },
): void {
  for (const exchange of exchanges) {
    const { status, retryAfter, text } = exchange;
    const told = `${status} after ${Math.round(exchange.answeredMs - exchange.sentMs)} ms: ${text}`;
    if (status === 503) expect(retryAfter, told).not.toBeNull();
    else if (status === 409) expect(text, told).toContain('"CONFLICT"');
    else expect(mayBeLost ? [...FINAL, 'lost'] : FINAL, told).toContain(status);
    expect(
      SECRETS.filter((secret) => secret.test(text)),
      told,
    ).toEqual([]);
  }
}
