import { NestFactory } from '@nestjs/core';
import type { Server } from './subject.js';

/** Serves a Nest application on a free port. */
export async function serve(module: object): Promise<Server> {
  const app = await NestFactory.create(module as never, { logger: ['error', 'warn'] });
  await app.listen(0, '127.0.0.1');
  const { port } = app.getHttpServer().address() as { readonly port: number };
  return { port, close: () => app.close() };
}
