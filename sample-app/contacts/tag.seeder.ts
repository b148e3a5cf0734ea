import { Injectable, type OnModuleInit } from '@nestjs/common';
import { Registry } from 'nest-registry';
import { Tag } from './tag.model.js';

const NAMES = ['Customer', 'Prospect', 'Retail', 'Supplier', 'VIP', 'Wholesale'];

/**
 * Makes sure that there are tags to choose from: nobody can make them over HTTP. The registry is there before the first
 * module is initialised.
 */
@Injectable()
export class TagSeeder implements OnModuleInit {
  constructor(private readonly registry: Registry) {}

  async onModuleInit(): Promise<void> {
    // Serializable: of two applications that start together, one is tried again and then finds the other's tags.
    await this.registry.run({ isolation: 'serializable' }, async (env) => {
      const known = await env.model(Tag).search([['name', 'in', NAMES]]);
      const knownNames = known.map(({ name }) => name);
      await env.model(Tag).create(NAMES.filter((name) => !knownNames.includes(name)).map((name) => ({ name })));
    });
  }
}
