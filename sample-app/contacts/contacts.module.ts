import { Module } from '@nestjs/common';
import { RegistryModule } from 'nest-registry';
import { GeoModule } from '../geo/geo.module.js';
import { PartnerController } from './partner.controller.js';
import { Partner } from './partner.model.js';
import { PartnerService } from './partner.service.js';
import { TagController } from './tag.controller.js';
import { Tag } from './tag.model.js';
import { TagSeeder } from './tag.seeder.js';

/** Whom we deal with. It knows nothing of sales or loyalty, which extend its partners. */
@Module({
  imports: [GeoModule, RegistryModule.forFeature([Partner, Tag])],
  controllers: [PartnerController, TagController],
  providers: [PartnerService, TagSeeder],
})
export class ContactsModule {}
