import { ApiProperty } from '@nestjs/swagger';
import { Extend, fields, type Many } from 'nest-registry';
import { OrderDto } from '../sales/order.dto.js';
import { Order } from '../sales/order.model.js';

/** A point is granted for each full amount of this. */
const AMOUNT_PER_POINT = 10;

declare module '../sales/order.model.js' {
  interface Order {
    points: bigint;
  }
}

declare module '../sales/order.dto.js' {
  interface OrderDto {
    points?: number;
  }
}
// Optional for the compiler, yet in every answer where this module is: see `sales/partner.extension.ts`.
ApiProperty({ type: 'integer', description: 'Granted when it was confirmed.' })(OrderDto.prototype, 'points');

/** Orders grant points when they are confirmed. */
@Extend()
export class OrderLoyalty extends Order {
  @fields.BigInt({ required: true, default: 0n }) declare points: bigint;

  override async confirm(this: Many<Order>): Promise<void> {
    // First what every order does; if that refuses, nothing is granted.
    await super.confirm();
    await this.load('total');
    for (const order of this) order.points = BigInt(order.total.div(AMOUNT_PER_POINT).floor().toFixed());
  }

  override toView(): OrderDto {
    return { ...super.toView(), points: Number(this.points) };
  }
}
