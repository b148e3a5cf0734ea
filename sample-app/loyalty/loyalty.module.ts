import { Module } from '@nestjs/common';
import { RegistryModule } from 'nest-registry';
import { SalesModule } from '../sales/sales.module.js';
import { OrderLoyalty } from './order.extension.js';
import { PartnerLoyalty } from './partner.extension.js';

/** Points for loyal partners. Nothing but models: the other modules' routes show what it adds. */
@Module({ imports: [SalesModule, RegistryModule.forFeature([OrderLoyalty, PartnerLoyalty])] })
export class LoyaltyModule {}
