import { ConflictException, Injectable } from '@nestjs/common';
import { CurrentEnvironment, Decimal, ValidationError, sql, type Environment, type Many } from 'nest-registry';
import { readValues, requireKeys } from '../http/body.js';
import { Account } from './account.model.js';
import type { TransferDto } from './transfer.dto.js';
import { Transfer } from './transfer.model.js';

const KEYS = ['from', 'to', 'amount', 'key'] as const;
/** The most an account can hold; see the digits of its balance. */
const MOST = new Decimal('9999999999999999.99');

/** What a client asked for, checked. */
interface Wanted {
  readonly from: number;
  readonly to: number;
  readonly amount: Decimal;
  readonly key: string;
}

export interface Outcome {
  readonly transfer: TransferDto;
  /** False: the key had been applied before, and this is the answer of that time. */
  readonly isNew: boolean;
}

/** Transfers come in crowds, so this service and its controller are singletons: see `PartnerService` for the reason. */
@Injectable()
export class TransferService {
  constructor(private readonly current: CurrentEnvironment) {}

  /** Moves money, once for each key. The unit of work must run under `read committed`, see the controller. */
  async transfer(input: unknown): Promise<Outcome> {
    const { env } = this.current;
    const wanted = readWanted(env, input);
    // In one write: every round trip with these locks held is time in which others wait for them.
    const [, transfers, accounts] = await Promise.all([
      takeTurn(env, wanted),
      env.model(Transfer).search([['key', '=', wanted.key]]),
      env.model(Account).search([['id', 'in', [wanted.from, wanted.to]]]),
    ]);
    const known = transfers.first();
    if (known !== undefined) return { transfer: sameAnswer(known, wanted), isNew: false };

    moveMoney(accounts, wanted);
    const [transfer] = await Promise.all([env.model(Transfer).create({ ...wanted }), env.flush()]);
    return { transfer: transfer.toView(), isNew: true };
  }
}

function readWanted(env: Environment, input: unknown): Wanted {
  const values = readValues(env.model(Transfer), input, KEYS);
  requireKeys(values, KEYS, 'wallet.transfer');
  const wanted = values as Wanted;
  const about = { model: 'wallet.transfer' };
  if (wanted.key === '') throw new ValidationError('A key is not empty', { ...about, field: 'key' });
  if (wanted.amount.lte(0)) throw new ValidationError('An amount is more than zero', { ...about, field: 'amount' });
  if (wanted.from === wanted.to) {
    throw new ValidationError('A transfer goes from one account to another', { ...about, field: 'to' });
  }
  return wanted;
}

/**
 * Waits until nobody else uses this key or moves money of these accounts. Everybody takes the key first, then the
 * accounts by id: so no two of them ever wait for each other. All statements travel together.
 *
 * Those who wait for a row are not served in the order in which they came, so in a crowd some would wait for ever; those
 * who wait for an advisory lock are. The row is locked too, against whoever does not know of this.
 */
async function takeTurn(env: Environment, { from, to, key }: Wanted): Promise<void> {
  const ids = [from, to].sort((a, b) => a - b);
  const lock = (name: string, kind: number): Promise<unknown> =>
    env.cursor.execute(sql`SELECT pg_advisory_xact_lock(hashtextextended(${name}, ${kind}))`);
  await Promise.all([
    lock(key, 0),
    ...ids.map((id) => lock(String(id), 1)),
    env.cursor.execute(sql`SELECT id FROM wallet_account WHERE id IN (${from}, ${to}) ORDER BY id FOR NO KEY UPDATE`),
  ]);
}

/** The answer to a key that was applied before, provided that the same was asked for. */
function sameAnswer(known: Transfer, wanted: Wanted): TransferDto {
  const isSame = known.from?.id === wanted.from && known.to?.id === wanted.to && known.amount.eq(wanted.amount);
  if (isSame) return known.toView();
  const message = 'This key was used for another transfer';
  throw new ConflictException({ statusCode: 409, code: 'KEY_IN_USE', message, model: 'wallet.transfer', field: 'key' });
}

function moveMoney(accounts: Many<Account>, { from, to, amount }: Wanted): void {
  const missing = [from, to].filter((id) => !accounts.ids.includes(id));
  if (missing.length > 0) {
    const field = missing[0] === from ? 'from' : 'to';
    throw new ValidationError('There is no account with this id', { model: 'wallet.transfer', field, ids: missing });
  }
  const payer = accounts.filter(({ id }) => id === from).one();
  const receiver = accounts.filter(({ id }) => id === to).one();
  if (payer.balance.lt(amount)) {
    throw new ValidationError('The account does not hold enough', {
      model: 'wallet.transfer',
      field: 'amount',
      ids: [payer.id],
    });
  }
  if (receiver.balance.plus(amount).gt(MOST)) {
    throw new ValidationError('The receiving account cannot hold so much', {
      model: 'wallet.transfer',
      field: 'amount',
      ids: [receiver.id],
    });
  }
  payer.balance = payer.balance.minus(amount);
  receiver.balance = receiver.balance.plus(amount);
}
