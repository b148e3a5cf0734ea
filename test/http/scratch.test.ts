import { expect, it } from 'vitest';
import { Registry, Decimal } from 'nest-registry';
import { createTestDatabase } from '../support/database.js';
import { City } from '../../sample-app/geo/city.model.js';
import { Country } from '../../sample-app/geo/country.model.js';
import { Currency } from '../../sample-app/geo/currency.model.js';
import { Language } from '../../sample-app/geo/language.model.js';
import { ImportedData } from '../../sample-app/geo/imported-data.model.js';
import { Partner, partnerPaths } from '../../sample-app/contacts/partner.model.js';
import { Tag } from '../../sample-app/contacts/tag.model.js';
import { Product } from '../../sample-app/sales/product.model.js';
import { Order, orderPaths } from '../../sample-app/sales/order.model.js';
import { OrderLine } from '../../sample-app/sales/order-line.model.js';
import { PartnerSales } from '../../sample-app/sales/partner.extension.js';
import { Account } from '../../sample-app/wallet/account.model.js';
import { Transfer } from '../../sample-app/wallet/transfer.model.js';
import { PartnerLoyalty } from '../../sample-app/loyalty/partner.extension.js';
import { OrderLoyalty } from '../../sample-app/loyalty/order.extension.js';
import { GeoImporter } from '../../sample-app/geo/geo.importer.js';

it('works', async () => {
  const db = await createTestDatabase('scratch');
  const registry = await Registry.create({
    database: { url: db.url },
    models: [
      City,
      Country,
      Currency,
      Language,
      ImportedData,
      Partner,
      Tag,
      Product,
      Order,
      OrderLine,
      PartnerSales,
      Account,
      Transfer,
      OrderLoyalty,
      PartnerLoyalty,
    ],
  });
  try {
    process.env['SAMPLE_CITIES'] = process.env['N'] ?? '2000';
    const t = performance.now();
    await new GeoImporter(registry).onApplicationBootstrap();
    console.log('import ms', performance.now() - t);
    await new GeoImporter(registry).onApplicationBootstrap();
    await registry.run(async (env) => {
      const [fr] = await env.model(Country).search([['code', '=', 'FR']]);
      await fr!.load('currencies', 'languages', 'neighbours', 'cityCount', 'population');
      console.log(fr!.toView());
    });
    const id = await registry.run(async (env) => {
      const [fr] = await env.model(Country).search([['code', '=', 'FR']]);
      const p = await env.model(Partner).create({ name: 'Ada', country: fr! });
      await env.flush();
      await p.load(...partnerPaths);
      console.log(p.toView());
      const tea = await env.model(Product).create({ name: 'Tea', price: '3.5' });
      const o = await env
        .model(Order)
        .create({ partner: p, lines: { create: [{ product: tea, quantity: 7, unitPrice: tea.price }] } });
      await env.flush();
      await o.load(...orderPaths);
      console.log(o.toView());
      await o.confirm();
      await env.flush();
      await o.load(...orderPaths);
      console.log(o.toView());
      return p.id;
    });
    await registry.run(async (env) => {
      const p = env.model(Partner).browse(id);
      await p.load(...partnerPaths);
      console.log(p.toView(), env.cursor.stats());
      await p.archive();
      await env.flush();
      console.log(p.active);
    });
    expect(new Decimal(1)).toBeTruthy();
  } finally {
    await registry.close();
    await db.drop();
  }
}, 120000);
