import { Controller, Get, Inject, Module, Query } from '@nestjs/common';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { RegistryModule, ValidationError } from 'nest-registry';
import { Country, Partner, Tag } from './example/contacts.js';
import { Order, OrderLine, OrderService, PartnerSale } from './example/sale.js';
import { startApplication, type RunningApplication } from './support/application.js';

@Module({ imports: [RegistryModule.forFeature([Country, Tag, Partner])] })
class ContactsModule {}

@Controller('orders')
class OrderController {
  constructor(@Inject(OrderService) private readonly orders: OrderService) {}
  @Get() list(@Query('q') q: string) {
    return this.orders.list(q);
  }
}

@Module({
  imports: [ContactsModule, RegistryModule.forFeature([PartnerSale, Order, OrderLine])],
  providers: [OrderService],
  controllers: [OrderController],
})
class SaleModule {}

describe('the idea in one page', () => {
  let application: RunningApplication;

  beforeAll(async () => {
    application = await startApplication({ imports: [ContactsModule, SaleModule] });
    await application.registry.run(async (env) => {
      const france = await env.model(Country).create({ name: 'France', code: 'FR' });
      const anna = await env
        .model(Partner)
        .create({ name: 'Anna', country: france, tags: { create: [{ name: 'vip' }] } });
      await env.model(Partner).create({ name: 'Joanna' });
      await env.model(Order).create([
        { partner: anna, lines: { create: [{ amount: 3 }, { amount: 4 }] } },
        { partner: anna, lines: { create: [{ amount: 5 }] } },
      ]);
    });
  });

  afterAll(() => application.stop());

  it('answers a request from an environment of its own, in two modules’ terms', async () => {
    const response = await fetch(`${application.url}/orders?q=ann`);
    expect([response.status, await response.json()]).toEqual([200, [{ name: 'Anna', country: 'France', total: 12 }]]);
  });

  it('keeps a stored label up to date when what it depends on changes elsewhere', async () => {
    await application.registry.run(async (env) => {
      const [france] = await env.model(Country).search([['code', '=', 'FR']]);
      france!.code = 'FX';
    });
    await application.registry.run(async (env) => {
      const found = await env['example.partner'].search([['label', '=', 'Anna (FX)']]);
      expect(found.map(({ name }) => name)).toEqual(['Anna']);
      found.one().country!.code = 'FR';
    });
  });

  it('refuses a partner that would be its own ancestor', async () => {
    const circle = application.registry.run(async (env) => {
      const [anna] = await env.model(Partner).search([['name', '=', 'Anna']]);
      const child = await env.model(Partner).create({ name: 'Child', parent: anna! });
      anna!.parent = child;
    });
    await expect(circle).rejects.toThrow(ValidationError);
    await expect(circle).rejects.toThrow('A partner cannot be its own ancestor');
  });

  it('runs the extension’s override and then the model’s own, whoever calls it', async () => {
    await application.registry.run(async (env) => {
      const partners = await env['example.partner'].search([['name', '=', 'Anna']], { load: ['orderCount'] });
      expect(partners.one().orderCount).toBe(2);
      await partners.archive();
    });
    await application.registry.run(async (env) => {
      expect(await env.model(Partner).searchCount([['name', '=', 'Anna']])).toBe(0);
      const orders = await env.model(Order).search([]);
      expect(orders.map(({ state }) => state)).toEqual(['cancelled', 'cancelled']);
    });
  });
});
