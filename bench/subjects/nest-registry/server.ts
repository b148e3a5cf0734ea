import { Body, Controller, Get, Module, Param, ParseIntPipe, Post } from '@nestjs/common';
import { CurrentEnvironment, RegistryModule, parseValues } from 'nest-registry';
import { serve } from '../nest-server.js';
import { CONNECTIONS, type OpenServer } from '../subject.js';
import { Item, models } from './models.js';

@Controller('items')
class ItemController {
  constructor(private readonly current: CurrentEnvironment) {}

  @Get(':id')
  async find(@Param('id', ParseIntPipe) id: number): Promise<Item> {
    const item = this.current.env.model(Item).browse(id);
    await item.load('name');
    return item;
  }

  @Post()
  create(@Body() body: unknown): Promise<Item> {
    const items = this.current.env.model(Item);
    return items.create(parseValues(items, body));
  }
}

/** A singleton controller: the environment is looked up where it is needed. */
export const openServer: OpenServer = (url) => {
  @Module({
    imports: [
      RegistryModule.forRoot({ database: { url }, schema: 'check', pool: { max: CONNECTIONS } }),
      RegistryModule.forFeature(models, { module: 'bench' }),
    ],
    controllers: [ItemController],
  })
  class AppModule {}
  return serve(AppModule);
};
