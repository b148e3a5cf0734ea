import { ApiProperty } from '@nestjs/swagger';
import { Depends, Extend, fields, type Many } from 'nest-registry';
import { PartnerDto } from '../contacts/partner.dto.js';
import { Partner } from '../contacts/partner.model.js';
// For its types: that orders have points, and partners orders.
import type {} from './order.extension.js';
import type {} from '../sales/partner.extension.js';

declare module '../contacts/partner.model.js' {
  interface Partner {
    points: bigint | null;
  }
}

declare module '../contacts/partner.dto.js' {
  interface PartnerDto {
    points?: number;
  }
}
// Optional for the compiler, yet in every answer where this module is: see `sales/partner.extension.ts`.
ApiProperty({ type: 'integer', description: 'Of all its orders.' })(PartnerDto.prototype, 'points');

/** Partners collect the points of their orders. It extends what sales has extended before, and each calls the next. */
@Extend()
export class PartnerLoyalty extends Partner {
  @fields.BigInt({ store: true, compute: 'sumPoints' }) declare points: bigint | null;

  @Depends('orders.points')
  sumPoints(this: Many<Partner>): void {
    for (const partner of this) {
      partner.points = partner.orders.map((order) => order.points).reduce((sum, points) => sum + points, 0n);
    }
  }

  override toView(): PartnerDto {
    return { ...super.toView(), points: Number(this.points) };
  }
}
