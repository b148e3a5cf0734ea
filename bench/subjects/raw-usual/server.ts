import { Body, Controller, Get, Inject, Module, NotFoundException, Param, ParseIntPipe, Post } from '@nestjs/common';
import pg from 'pg';
import type { ItemValues } from '../../cases/items.js';
import { serve } from '../nest-server.js';
import { CONNECTIONS, type OpenServer } from '../subject.js';
import { inTransaction, type ItemRow } from './transaction.js';

@Controller('items')
class ItemController {
  constructor(@Inject(pg.Pool) private readonly pool: pg.Pool) {}

  @Get(':id')
  find(@Param('id', ParseIntPipe) id: number): Promise<ItemRow> {
    return inTransaction(this.pool, async (client) => {
      const { rows } = await client.query<ItemRow>('SELECT * FROM bench_item WHERE id = $1', [id]);
      if (rows[0] === undefined) throw new NotFoundException();
      return rows[0];
    });
  }

  @Post()
  create(@Body() body: ItemValues): Promise<ItemRow> {
    return inTransaction(this.pool, async (client) => {
      const { name, code, email, quantity, rating, price, open, day, seen, country } = body;
      const { rows } = await client.query<ItemRow>(
        `INSERT INTO bench_item (name, code, email, quantity, rating, price, open, day, seen, country_id)
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING *`,
        [name, code, email, quantity, rating, price, open, day, seen, country],
      );
      return rows[0]!;
    });
  }
}

/** A hand-written handler: Nest on Express, a connection, BEGIN, one statement, COMMIT. */
export const openServer: OpenServer = async (url) => {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  @Module({ controllers: [ItemController], providers: [{ provide: pg.Pool, useValue: pool }] })
  class AppModule {}
  const server = await serve(AppModule);
  return { port: server.port, close: () => server.close().then(() => pool.end()) };
};
