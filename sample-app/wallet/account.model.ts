import { BaseModel, Decimal, Model, check, fields, type One } from 'nest-registry';
import { Partner } from '../contacts/partner.model.js';
import type { AccountDto } from './account.dto.js';

/** Money that belongs to somebody. */
@Model('wallet.account', {
  description: 'Account',
  order: 'name, id',
  constraints: [
    check("btrim(name) <> ''", 'An account has a name', { name: 'name_filled' }),
    // The last line of defence: whatever code forgets to ask, no account is ever overdrawn.
    check('balance >= 0', 'A balance is never negative', { name: 'not_overdrawn' }),
  ],
})
export class Account extends BaseModel<Account> {
  @fields.Char({ required: true, size: 200 }) name!: string;
  @fields.Many2one(() => Partner, { onDelete: 'restrict', index: true }) owner!: One<Partner>;
  @fields.Decimal({ required: true, digits: [18, 2] }) balance!: Decimal;

  /** `owner` must be loaded. */
  toView(): AccountDto {
    const { id, name, owner, balance } = this;
    return { id, name, owner: owner && { id: owner.id, name: owner.name }, balance: balance.toFixed(2) };
  }
}

declare module 'nest-registry' {
  interface Models {
    'wallet.account': Account;
  }
}
