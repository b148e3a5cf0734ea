import { BaseModel, Decimal, Depends, Model, check, fields, type One } from 'nest-registry';
import type { OrderLineDto } from './order.dto.js';
import { Order } from './order.model.js';
import { Product } from './product.model.js';

/** So many pieces of a product, at a price. */
@Model('sale.order.line', {
  constraints: [
    check('quantity between 1 and 1000000', 'A quantity is a whole number from 1 to 1,000,000'),
    check('unit_price >= 0', 'A price is never negative'),
  ],
})
export class OrderLine extends BaseModel<OrderLine> {
  @fields.Many2one(() => Order, { required: true, onDelete: 'cascade', index: true }) order!: One<Order>;
  @fields.Many2one(() => Product, { required: true }) product!: One<Product>;
  @fields.Integer({ required: true }) quantity!: number;
  /** The product's price on the day of the order, or what was agreed. */
  @fields.Decimal({ required: true, digits: [12, 2] }) unitPrice!: Decimal;

  // Never rounded: a price with two places times a whole number has two places.
  @fields.Decimal({ store: true, digits: [20, 2] })
  @Depends('quantity', 'unitPrice')
  get subtotal(): Decimal {
    return this.unitPrice.times(this.quantity);
  }

  /** `product` must be loaded. */
  toView(): OrderLineDto {
    return {
      id: this.id,
      product: { id: this.product!.id, name: this.product!.name },
      quantity: this.quantity,
      unitPrice: this.unitPrice.toFixed(2),
      subtotal: this.subtotal.toFixed(2),
    };
  }
}

declare module 'nest-registry' {
  interface Models {
    'sale.order.line': OrderLine;
  }
}
