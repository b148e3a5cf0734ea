import { Module } from '@nestjs/common';
import { RegistryModule } from 'nest-registry';
import { ContactsModule } from './contacts/contacts.module.js';
import { GeoModule } from './geo/geo.module.js';
import { HealthModule } from './health/health.module.js';
import { LoyaltyModule } from './loyalty/loyalty.module.js';
import { SalesModule } from './sales/sales.module.js';
import { WalletModule } from './wallet/wallet.module.js';

/**
 * The whole company. Without a `database`, `forRoot` takes DATABASE_URL or PG*; without these, outside production, it starts a
 * PostgreSQL of its own. Take a module out of the list, and its fields, routes and points are gone with it.
 */
@Module({
  imports: [
    // Enough to keep a small server busy. Whoever waits here waits in order and holds no locks: see the guide, Sizing.
    RegistryModule.forRoot({ pool: { max: 16 } }),
    GeoModule,
    ContactsModule,
    SalesModule,
    WalletModule,
    LoyaltyModule,
    HealthModule,
  ],
})
export class AppModule {}
