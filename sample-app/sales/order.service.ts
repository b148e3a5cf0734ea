import { Injectable } from '@nestjs/common';
import { Environment, ValidationError, type Values } from 'nest-registry';
import { Partner } from '../contacts/partner.model.js';
import { mustExist, readBody, readValues, refuseKeys, requireKeys } from '../http/body.js';
import type { OrderDto } from './order.dto.js';
import { OrderLine } from './order-line.model.js';
import { Order, orderPaths } from './order.model.js';
import { Product } from './product.model.js';

const MOST_LINES = 1_000;

@Injectable()
export class OrderService {
  constructor(private readonly env: Environment) {}

  async find(id: number): Promise<OrderDto> {
    return this.view(this.env.model(Order).browse(id));
  }

  async create(input: unknown): Promise<OrderDto> {
    const { partner, lines } = readBody(input, ['partner', 'lines']);
    const head = readValues(this.env.model(Order), { partner }, ['partner']);
    requireKeys(head, ['partner'], 'sale.order');
    await mustExist(this.env.model(Partner), [head.partner as number], 'partner');
    const order = await this.env.model(Order).create({ ...head, lines: { create: await this.readLines(lines) } });
    return this.viewChanged(order);
  }

  async confirm(id: number, input: unknown): Promise<OrderDto> {
    refuseKeys(input);
    const order = this.env.model(Order).browse(id);
    await order.confirm();
    return this.viewChanged(order);
  }

  /** The lines of a body → values, with the price of the product where none was agreed. */
  private async readLines(lines: unknown): Promise<readonly Values<OrderLine>[]> {
    if (!Array.isArray(lines) || lines.length < 1 || lines.length > MOST_LINES) {
      throw new ValidationError(`An order has 1 to ${MOST_LINES} lines.`, { model: 'sale.order', field: 'lines' });
    }
    const parsed = lines.map((line: unknown) => {
      const values = readValues(this.env.model(OrderLine), line, ['product', 'quantity', 'unitPrice'], 'A line');
      requireKeys(values, ['product', 'quantity'], 'sale.order.line');
      return values;
    });
    const products = await mustExist(
      this.env.model(Product),
      parsed.map(({ product }) => product as number),
      'product',
    );
    await products.load('price');
    const priceOf = new Map(products.map(({ id, price }) => [id, price]));
    return parsed.map((line) => ({ ...line, unitPrice: line.unitPrice ?? priceOf.get(line.product as number) }));
  }

  private async view(order: Order): Promise<OrderDto> {
    await order.load(...orderPaths);
    return order.toView();
  }

  private async viewChanged(order: Order): Promise<OrderDto> {
    await this.env.flush();
    return this.view(order);
  }
}
