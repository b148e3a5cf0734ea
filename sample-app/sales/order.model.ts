import { BaseModel, Decimal, Depends, Model, ValidationError, fields, type Many, type One } from 'nest-registry';
import { Partner } from '../contacts/partner.model.js';
import type { OrderDto } from './order.dto.js';
import { OrderLine } from './order-line.model.js';

/** What a partner buys. */
@Model('sale.order', { description: 'Order', order: 'id desc', displayName: 'number' })
export class Order extends BaseModel<Order> {
  // Required, so a partner with orders cannot be deleted: `restrict` is then the default.
  @fields.Many2one(() => Partner, { required: true, index: true }) partner!: One<Partner>;
  @fields.Selection({ draft: 'Draft', confirmed: 'Confirmed' }, { required: true, default: 'draft' })
  state!: 'draft' | 'confirmed';
  @fields.One2many(() => OrderLine, 'order') lines!: Many<OrderLine>;

  /** Made of the id, so no two orders share one and none waits for another. */
  @fields.Char()
  @Depends('id')
  get number(): string {
    return `S${String(this.id).padStart(6, '0')}`;
  }

  /** Kept in a column: exact, and right after any change of any line. */
  @fields.Decimal({ store: true, digits: [26, 2] })
  @Depends('lines.subtotal')
  get total(): Decimal {
    return this.lines.map((line) => line.subtotal).reduce((sum, subtotal) => sum.plus(subtotal), new Decimal(0));
  }

  /** Makes these orders binding, which works once. Other modules add what happens then by overriding it. */
  async confirm(this: Many<Order>): Promise<void> {
    await this.load('state');
    for (const order of this) {
      if (order.state !== 'draft') {
        throw new ValidationError(`Order ${order.number} is confirmed already`, {
          model: 'sale.order',
          field: 'state',
          ids: [order.id],
        });
      }
    }
    await this.write({ state: 'confirmed' });
  }

  /** As the API shows it; `orderPaths` must be loaded. */
  toView(): OrderDto {
    return {
      id: this.id,
      number: this.number,
      state: this.state,
      partner: { id: this.partner!.id, name: this.partner!.name },
      lines: this.lines.map((line) => line.toView()),
      total: this.total.toFixed(2),
    };
  }
}

/** What `toView` reads of other records. */
export const orderPaths = ['partner', 'lines.product'] as const;

declare module 'nest-registry' {
  interface Models {
    'sale.order': Order;
  }
}
