import type { INestApplication, NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { AppModule } from './app.module.js';
import { HttpErrorFilter } from './http/http-error.filter.js';

/** Who shows the data names where it comes from: their licences ask for it. */
const SOURCES =
  'Countries are those of [mledoze/countries](https://github.com/mledoze/countries), under the ' +
  '[ODbL 1.0](https://opendatacommons.org/licenses/odbl/1-0/); cities are those of [GeoNames](https://www.geonames.org/), ' +
  'under [CC BY 4.0](https://creativecommons.org/licenses/by/4.0/).';

/** The application, ready to listen: `main.ts` starts it, tests do so on a port of their own. */
export async function createApp(options: NestApplicationOptions = {}): Promise<INestApplication> {
  const app = await NestFactory.create(AppModule, options);
  app.useGlobalFilters(new HttpErrorFilter());
  // SIGTERM and Ctrl+C end requests first, then the pool, then the database that was started with the application.
  app.enableShutdownHooks();
  const description = new DocumentBuilder()
    .setTitle('Sample trading company')
    .setDescription(`Countries, partners, orders, accounts: the sample application of nest-registry.\n\n${SOURCES}`)
    .addTag('geo', 'Countries and cities of the world, to read.')
    .addTag('contacts', 'Partners and their tags.')
    .addTag('sales', 'Products and orders.')
    .addTag('wallet', 'Accounts, and transfers between them.')
    .addTag('health', 'For those who watch over the application.')
    .build();
  // Made when somebody first opens the page.
  SwaggerModule.setup('docs', app, () => SwaggerModule.createDocument(app, description));
  return app;
}
