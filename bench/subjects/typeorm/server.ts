import { Body, Controller, Get, Module, NotFoundException, Param, ParseIntPipe, Post } from '@nestjs/common';
import { TypeOrmModule } from '@nestjs/typeorm';
import { DataSource } from 'typeorm';
import type { ItemValues } from '../../cases/items.js';
import { serve } from '../nest-server.js';
import type { OpenServer } from '../subject.js';
import { ItemEntity, settings, type Item } from './entities.js';

@Controller('items')
class ItemController {
  constructor(private readonly source: DataSource) {}

  @Get(':id')
  find(@Param('id', ParseIntPipe) id: number): Promise<Item> {
    return this.source.transaction(async (manager) => {
      const item = await manager.findOneBy(ItemEntity, { id: String(id) });
      if (item === null) throw new NotFoundException();
      return item;
    });
  }

  @Post()
  create(@Body() body: ItemValues): Promise<Item> {
    const { country, ...item } = body;
    return this.source.transaction((manager) =>
      manager.save(ItemEntity, manager.create(ItemEntity, { ...item, countryId: country })),
    );
  }
}

/** A transaction around each handler's work, as the documentation of `@nestjs/typeorm` shows it. */
export const openServer: OpenServer = (url) => {
  @Module({ imports: [TypeOrmModule.forRoot(settings(url))], controllers: [ItemController] })
  class AppModule {}
  return serve(AppModule);
};
