import { ApiProperty } from '@nestjs/swagger';
import { Decimal, Depends, Extend, fields, type Many } from 'nest-registry';
import { PartnerDto } from '../contacts/partner.dto.js';
import { Partner } from '../contacts/partner.model.js';
import { ApiDecimal } from '../http/api-decimal.js';
import { Order } from './order.model.js';

declare module '../contacts/partner.model.js' {
  interface Partner {
    orders: Many<Order>;
    orderCount: number | null;
    revenue: Decimal | null;
  }
}

declare module '../contacts/partner.dto.js' {
  interface PartnerDto {
    orderCount?: number;
    revenue?: string;
  }
}
// Optional for the compiler, because contacts alone answers without them; where this module is, they are in every answer.
ApiProperty({ type: 'integer' })(PartnerDto.prototype, 'orderCount');
ApiDecimal({ example: '6.40', description: 'Total of its confirmed orders.' })(PartnerDto.prototype, 'revenue');

/** What sales add to every partner, in its own table; contacts was never told. */
@Extend()
export class PartnerSales extends Partner {
  @fields.One2many(() => Order, 'partner') declare orders: Many<Order>;
  @fields.Integer({ store: true, compute: 'summariseOrders' }) declare orderCount: number | null;
  @fields.Decimal({ store: true, digits: [28, 2], compute: 'summariseOrders' }) declare revenue: Decimal | null;

  /**
   * Fills both fields for all partners of a set. In columns, because partners are read far more often than they buy;
   * the price is that a partner's orders are read again with each new one.
   */
  @Depends('orders.state', 'orders.total')
  summariseOrders(this: Many<Partner>): void {
    for (const partner of this) {
      const confirmed = partner.orders.filter((order) => order.state === 'confirmed');
      partner.orderCount = partner.orders.length;
      partner.revenue = confirmed.map((order) => order.total).reduce((sum, total) => sum.plus(total), new Decimal(0));
    }
  }

  override toView(): PartnerDto {
    return {
      ...super.toView(),
      orderCount: this.orderCount ?? 0,
      revenue: (this.revenue ?? new Decimal(0)).toFixed(2),
    };
  }
}
