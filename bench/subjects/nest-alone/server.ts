import { Body, Controller, Get, Module, Param, ParseIntPipe, Post } from '@nestjs/common';
import { itemValues, type ItemValues } from '../../cases/items.js';
import { serve } from '../nest-server.js';
import type { OpenServer } from '../subject.js';

@Controller('items')
class ItemController {
  @Get(':id')
  find(@Param('id', ParseIntPipe) id: number): Promise<object> {
    return Promise.resolve({ id, ...itemValues(id) });
  }

  @Post()
  create(@Body() body: ItemValues): Promise<object> {
    return Promise.resolve({ id: 1, ...body });
  }
}

@Module({ controllers: [ItemController] })
class AppModule {}

/** What Nest and Express take by themselves: the same answers from handlers that ask no database. */
export const openServer: OpenServer = () => serve(AppModule);
