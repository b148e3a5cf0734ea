import { Injectable } from '@nestjs/common';
import { Environment } from 'nest-registry';
import { Partner } from '../contacts/partner.model.js';
import { mustExist, readValues } from '../http/body.js';
import { orderOf, type PageQuery } from '../http/page.js';
import type { AccountDto, AccountListDto } from './account.dto.js';
import { Account } from './account.model.js';

@Injectable()
export class AccountService {
  constructor(private readonly env: Environment) {}

  async list(page: PageQuery): Promise<AccountListDto> {
    const accounts = this.env.model(Account);
    const order = orderOf(accounts, 'wallet.account', page);
    const [found, total] = await Promise.all([
      accounts.search([], { limit: page.limit, offset: page.offset, order, load: ['owner'] }),
      accounts.searchCount([]),
    ]);
    return { items: found.map((account) => account.toView()), total };
  }

  async find(id: number): Promise<AccountDto> {
    const account = this.env.model(Account).browse(id);
    await account.load('owner');
    return account.toView();
  }

  async create(input: unknown): Promise<AccountDto> {
    const values = readValues(this.env.model(Account), input, ['name', 'owner', 'balance']);
    const owner = values.owner as number | null | undefined;
    if (owner) await mustExist(this.env.model(Partner), [owner], 'owner');
    const account = await this.env.model(Account).create(values);
    await account.load('owner');
    return account.toView();
  }
}
