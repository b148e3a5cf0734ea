import { Module } from '@nestjs/common';
import { RegistryModule } from 'nest-registry';
import { City } from './city.model.js';
import { Country } from './country.model.js';
import { Currency } from './currency.model.js';
import { GeoController } from './geo.controller.js';
import { GeoImporter } from './geo.importer.js';
import { GeoService } from './geo.service.js';
import { ImportedData } from './imported-data.model.js';
import { Language } from './language.model.js';

/** The world: countries and cities, which the first start imports. */
@Module({
  imports: [RegistryModule.forFeature([Country, City, Currency, Language, ImportedData])],
  controllers: [GeoController],
  providers: [GeoService, GeoImporter],
})
export class GeoModule {}
