import { BaseModel, Decimal, Model, check, fields, type One } from 'nest-registry';
import { Account } from './account.model.js';
import type { TransferDto } from './transfer.dto.js';

/** Money that went from one account to another. Nothing changes a transfer; a mistake is sent back by another one. */
@Model('wallet.transfer', {
  order: 'id desc',
  constraints: [
    check('amount > 0', 'An amount is more than zero'),
    check('from_id <> to_id', 'A transfer goes from one account to another', { name: 'two_accounts' }),
  ],
})
export class Transfer extends BaseModel<Transfer> {
  @fields.Many2one(() => Account, { required: true, index: true }) from!: One<Account>;
  @fields.Many2one(() => Account, { required: true, index: true }) to!: One<Account>;
  @fields.Decimal({ required: true, digits: [18, 2] }) amount!: Decimal;
  /** Chosen by the client, who sends it again when it did not hear our answer: one key, one transfer. */
  @fields.Char({ required: true, size: 200, unique: true }) key!: string;

  /** `from` and `to` need not be loaded: the ids are in the record itself. */
  toView(): TransferDto {
    const { id, from, to, amount, key } = this;
    return { id, from: from!.id, to: to!.id, amount: amount.toFixed(2), key };
  }
}

declare module 'nest-registry' {
  interface Models {
    'wallet.transfer': Transfer;
  }
}
