import { Injectable } from '@nestjs/common';
import { CurrentEnvironment, MissingError, and, type Environment } from 'nest-registry';
import { refuseKeys } from '../http/body.js';
import { orderOf, type PageQuery } from '../http/page.js';
import type { PartnerDto, PartnerListDto } from './partner.dto.js';
import { readPartner } from './partner.input.js';
import { Partner, partnerPaths } from './partner.model.js';

export interface PartnerFilter {
  readonly q: string | undefined;
  readonly country: string | undefined;
  /** Whether archived partners are listed too. */
  readonly archived: boolean;
}

/**
 * Partners are what this API is asked for most. So this service, unlike others, injects `CurrentEnvironment`: it and
 * its controller stay singletons, while injecting `Environment` would have both of them made anew for each request. The
 * environment is the same object either way.
 */
@Injectable()
export class PartnerService {
  constructor(private readonly current: CurrentEnvironment) {}

  private get env(): Environment {
    return this.current.env;
  }

  async list(filter: PartnerFilter, page: PageQuery): Promise<PartnerListDto> {
    const env = filter.archived ? this.env.withContext({ activeTest: false }) : this.env;
    const partners = env.model(Partner);
    const domain = and(
      filter.q === undefined ? [] : [['name', 'ilike', filter.q]],
      filter.country === undefined ? [] : [['country.code', '=', filter.country]],
    );
    const order = orderOf(partners, 'res.partner', page);
    const [found, total] = await Promise.all([
      partners.search(domain, { limit: page.limit, offset: page.offset, order, load: ['country'] }),
      partners.searchCount(domain),
    ]);
    return { items: found.map((partner) => partner.toListItem()), total };
  }

  /**
   * At most three round trips, however many relations: BEGIN with the record and its lists; the records that it points
   * at; the COMMIT, for which nobody waits, because nothing was written.
   */
  async find(id: number): Promise<PartnerDto> {
    return this.view(this.env.model(Partner).browse(id));
  }

  async create(input: unknown): Promise<PartnerDto> {
    const values = await readPartner(this.env, input);
    return this.viewChanged(await this.env.model(Partner).create(values));
  }

  async update(id: number, input: unknown): Promise<PartnerDto> {
    const partner = await this.existing(id);
    await partner.write(await readPartner(this.env, input));
    return this.viewChanged(partner);
  }

  async archive(id: number, input: unknown): Promise<PartnerDto> {
    refuseKeys(input);
    const partner = await this.existing(id);
    await partner.archive();
    return this.viewChanged(partner);
  }

  /** Orders and accounts refer to their partner with `restrict`: the database then refuses, and the client gets a 422. */
  async delete(id: number): Promise<void> {
    const partner = await this.existing(id);
    await partner.unlink();
  }

  private async existing(id: number): Promise<Partner> {
    const partner = this.env.model(Partner).browse(id);
    if ((await partner.exists()).length > 0) return partner;
    throw new MissingError('There is no partner with this id.', { model: 'res.partner', ids: [id] });
  }

  private async view(partner: Partner): Promise<PartnerDto> {
    await partner.load(...partnerPaths);
    return partner.toView();
  }

  /** What was changed is written first, so that every stored field, whichever module computes it, shows its new value. */
  private async viewChanged(partner: Partner): Promise<PartnerDto> {
    await this.env.flush();
    return this.view(partner);
  }
}
