import { Body, Controller, Get, Inject, Module, NotFoundException, Param, ParseIntPipe, Post } from '@nestjs/common';
import pg from 'pg';
import type { ItemValues } from '../../cases/items.js';
import { serve } from '../nest-server.js';
import type { OpenServer } from '../subject.js';
import { inOneTrip, pipelinedPool } from './pipeline.js';
import { findItem, insertItem, rowOf, type ItemRow } from './statements.js';

function viewOf(row: ItemRow): object {
  const [id, name, code, email, quantity, rating, price, open, day, seen, country] = row;
  return { id, name, code, email, quantity, rating, price, open, day, seen, country };
}

@Controller('items')
class ItemController {
  constructor(@Inject(pg.Pool) private readonly pool: pg.Pool) {}

  @Get(':id')
  async find(@Param('id', ParseIntPipe) id: number): Promise<object> {
    const [row] = await inOneTrip<ItemRow>(this.pool, findItem([id]));
    if (row === undefined) throw new NotFoundException();
    return viewOf(row);
  }

  @Post()
  async create(@Body() body: ItemValues): Promise<object> {
    const [row] = await inOneTrip<ItemRow>(this.pool, insertItem(rowOf(body)));
    return viewOf(row!);
  }
}

/** Nest on Express, one round trip a request. */
export const openServer: OpenServer = async (url) => {
  const pool = pipelinedPool(url);
  @Module({ controllers: [ItemController], providers: [{ provide: pg.Pool, useValue: pool }] })
  class AppModule {}
  const server = await serve(AppModule);
  return { port: server.port, close: () => server.close().then(() => pool.end()) };
};
