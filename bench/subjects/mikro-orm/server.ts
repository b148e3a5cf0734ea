import { MikroOrmModule } from '@mikro-orm/nestjs';
import { EntityManager } from '@mikro-orm/postgresql';
import { Body, Controller, Get, Module, NotFoundException, Param, ParseIntPipe, Post } from '@nestjs/common';
import type { ItemValues } from '../../cases/items.js';
import { serve } from '../nest-server.js';
import type { OpenServer } from '../subject.js';
import { Item, settings } from './entities.js';

@Controller('items')
class ItemController {
  constructor(private readonly em: EntityManager) {}

  @Get(':id')
  find(@Param('id', ParseIntPipe) id: number): Promise<Item> {
    return this.em.transactional(async (em) => {
      const item = await em.findOne(Item, { id });
      if (item === null) throw new NotFoundException();
      return item;
    });
  }

  @Post()
  create(@Body() body: ItemValues): Promise<Item> {
    return this.em.transactional(async (em) => {
      const item = em.create(Item, body);
      await em.flush();
      return item;
    });
  }
}

/** A forked entity manager a request by the module's own middleware, and a transaction around each handler's work. */
export const openServer: OpenServer = async (url) => {
  const database = await MikroOrmModule.forRoot(settings(url));
  @Module({ imports: [database], controllers: [ItemController] })
  class AppModule {}
  return serve(AppModule);
};
