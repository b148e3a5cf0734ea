/*
 * The application that `reset-cost.mjs` asks over HTTP: one handler, whose raw SQL leaves something in its session or
 * nothing, with `reset` as the first argument says. Tells its port to the process that started it.
 */
import 'reflect-metadata';
import { Controller, Get, Inject, Module, Param } from '@nestjs/common';
import { NestFactory } from '@nestjs/core';
import { CurrentEnvironment, RegistryModule } from '../dist/lib/index.js';
import { firstStatements, secondStatement, WORKERS } from './reset-statements.mjs';

const [, , url, reset] = process.argv;

class LeftoverController {
  constructor(current) {
    this.current = current;
  }

  async leave(index) {
    const { cursor } = this.current.env;
    await cursor.execute(...Object.values(firstStatements)[index]);
    const { rows } = await cursor.execute(...secondStatement);
    return rows;
  }
}
Inject(CurrentEnvironment)(LeftoverController, undefined, 0);
Param('index')(LeftoverController.prototype, 'leave', 0);
Get(':index')(
  LeftoverController.prototype,
  'leave',
  Object.getOwnPropertyDescriptor(LeftoverController.prototype, 'leave'),
);
Controller('leftovers')(LeftoverController);

class AppModule {}
Module({
  imports: [RegistryModule.forRoot({ database: { url }, pool: { max: WORKERS, reset } })],
  controllers: [LeftoverController],
})(AppModule);

const app = await NestFactory.create(AppModule, { logger: ['error', 'warn'] });
await app.listen(0, '127.0.0.1');
process.send(app.getHttpServer().address().port);
process.on('disconnect', () => app.close());
