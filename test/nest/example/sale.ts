import { Inject, Injectable } from '@nestjs/common';
import { BaseModel, Depends, Environment, Extend, Model, fields, type Many, type One } from 'nest-registry';
import { Partner } from './contacts.js';

@Model('example.order')
export class Order extends BaseModel<Order> {
  @fields.Many2one(() => Partner, { required: true }) partner!: One<Partner>;
  @fields.Selection({ open: 'Open', cancelled: 'Cancelled' }, { required: true, default: 'open' })
  state!: 'open' | 'cancelled';
  @fields.One2many(() => OrderLine, 'order') lines!: Many<OrderLine>;

  @fields.Integer({ store: true })
  @Depends('lines.amount')
  get total(): number | null {
    return this.lines.map(({ amount }) => amount).reduce((sum, amount) => sum + amount, 0);
  }

  async cancel(this: Many<Order>): Promise<void> {
    await this.write({ state: 'cancelled' });
  }
}

@Model('example.order.line')
export class OrderLine extends BaseModel<OrderLine> {
  @fields.Many2one(() => Order, { required: true, onDelete: 'cascade' }) order!: One<Order>;
  @fields.Integer({ required: true }) amount!: number;
}

declare module './contacts.js' {
  interface Partner {
    orders: Many<Order>;
    orderCount: number | null;
  }
}

@Extend()
export class PartnerSale extends Partner {
  @fields.One2many(() => Order, 'partner') declare orders: Many<Order>;
  @fields.Integer({ compute: 'countOrders' }) declare orderCount: number | null;

  @Depends('orders')
  countOrders(this: Many<Partner>): void {
    for (const partner of this) partner.orderCount = partner.orders.length;
  }

  override async archive(this: Many<Partner>): Promise<void> {
    await this.env
      .model(Order)
      .search([['partner', 'in', this.ids]])
      .then((orders) => orders.cancel());
    await super.archive();
  }
}

interface Listed {
  readonly name: string;
  readonly country: string | undefined;
  readonly total: number;
}

@Injectable()
export class OrderService {
  constructor(@Inject(Environment) private readonly env: Environment) {}

  async list(q: string): Promise<Listed[]> {
    const partners = await this.env['example.partner'].search(
      [
        ['name', 'ilike', q],
        ['country.code', '=', 'FR'],
      ],
      { limit: 20, load: ['country.name', 'orders.total'] },
    );
    return partners.map((partner) => ({
      name: partner.name,
      country: partner.country?.name,
      total: partner.orders.map(({ total }) => total ?? 0).reduce((sum, total) => sum + total, 0),
    }));
  }
}
