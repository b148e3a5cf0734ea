import type { INestApplication, NestApplicationOptions } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { DocumentBuilder, SwaggerModule } from '@nestjs/swagger';
import { AppModule } from './app.module.js';
import { HttpErrorFilter } from './http/http-error.filter.js';

/** The application, ready to listen: `main.ts` starts it, tests do so on a port of their own. */
export async function createApp(options: NestApplicationOptions = {}): Promise<INestApplication> {
  const app = await NestFactory.create(AppModule, options);
  app.useGlobalFilters(new HttpErrorFilter());
  // SIGTERM and Ctrl+C end requests first, then the pool, then the database that was started with the application.
  app.enableShutdownHooks();
  const description = new DocumentBuilder()
    .setTitle('Sample trading company')
    .setDescription('Countries, partners, orders, accounts: the sample application of nest-registry.')
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
