import { Module } from '@nestjs/common';
import { RegistryModule } from 'nest-registry';
import { ContactsModule } from '../contacts/contacts.module.js';
import { AccountController } from './account.controller.js';
import { Account } from './account.model.js';
import { AccountService } from './account.service.js';
import { TransferController } from './transfer.controller.js';
import { Transfer } from './transfer.model.js';
import { TransferService } from './transfer.service.js';

/** Accounts, and money that moves between them. */
@Module({
  imports: [ContactsModule, RegistryModule.forFeature([Account, Transfer])],
  controllers: [AccountController, TransferController],
  providers: [AccountService, TransferService],
})
export class WalletModule {}
