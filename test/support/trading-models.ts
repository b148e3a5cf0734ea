import {
  BaseModel,
  Constrains,
  Decimal,
  Depends,
  Extend,
  Model,
  ValidationError,
  check,
  fields,
  unique,
  type Many,
  type One,
  type Values,
} from '../../lib/core.js';

@Model('t.country', { order: 'name', constraints: [unique('code', 'There is a country with that code already')] })
export class Country extends BaseModel<Country> {
  @fields.Char({ required: true }) name!: string;
  @fields.Char({ required: true, size: 2 }) code!: string;
  @fields.One2many(() => Partner, 'country') partners!: Many<Partner>;
  @fields.Many2many(() => Country) neighbours!: Many<Country>;
}

@Model('t.tag', { order: 'name' })
export class Tag extends BaseModel<Tag> {
  @fields.Char({ required: true }) name!: string;
  @fields.Many2many(() => Partner) partners!: Many<Partner>;
}

@Model('t.partner', { order: 'name' })
export class Partner extends BaseModel<Partner> {
  @fields.Char({ required: true, index: 'trigram' }) name!: string;
  @fields.Char() email!: string | null;
  @fields.Boolean({ default: true }) active!: boolean;
  @fields.Integer() score!: number | null;
  @fields.Many2one(() => Country) country!: One<Country>;
  @fields.Many2one(() => Partner) parent!: One<Partner>;
  @fields.One2many(() => Partner, 'parent') children!: Many<Partner>;
  @fields.Many2many(() => Tag) tags!: Many<Tag>;

  @fields.Char({ store: true })
  @Depends('name', 'country.code')
  get label(): string | null {
    return this.country ? `${this.name} (${this.country.code})` : this.name;
  }

  @fields.Integer()
  @Depends('tags.name')
  get tagLetters(): number | null {
    return this.tags.map((tag) => tag.name.length).reduce((sum, length) => sum + length, 0);
  }

  @Constrains('parent')
  async checkParent(): Promise<void> {
    if (await this.hasCycle('parent')) throw new ValidationError('A partner cannot be its own ancestor');
  }

  async archive(this: Many<Partner>): Promise<void> {
    await this.write({ active: false });
  }

  greeting(): string {
    return `Hello ${this.name}`;
  }
}

@Model('t.order', { order: 'id', displayName: 'number' })
export class Order extends BaseModel<Order> {
  @fields.Char({ required: true }) number!: string;
  @fields.Selection({ draft: 'Draft', confirmed: 'Confirmed' }, { required: true, default: 'draft' }) state!:
    'draft' | 'confirmed';
  @fields.Many2one(() => Partner, { required: true }) partner!: Partner;
  @fields.One2many(() => OrderLine, 'order') lines!: Many<OrderLine>;

  @fields.Decimal({ store: true, digits: [12, 2] })
  @Depends('lines.subtotal')
  get total(): Decimal | null {
    return this.lines
      .map((line) => line.subtotal ?? new Decimal(0))
      .reduce((sum, value) => sum.plus(value), new Decimal(0));
  }
}

@Model('t.order.line', { constraints: [check('quantity >= 1', 'A quantity is at least 1')] })
export class OrderLine extends BaseModel<OrderLine> {
  @fields.Many2one(() => Order, { required: true, onDelete: 'cascade' }) order!: Order;
  @fields.Integer({ required: true, default: 1 }) quantity!: number;
  @fields.Decimal({ required: true, digits: [12, 2] }) price!: Decimal;

  @fields.Decimal({ store: true, digits: [12, 2] })
  @Depends('quantity', 'price')
  get subtotal(): Decimal | null {
    return this.price.times(this.quantity);
  }
}

/** Adds orders to the partner; the partner was never told. */
@Extend()
export class PartnerSale extends Partner {
  @fields.One2many(() => Order, 'partner') declare orders: Many<Order>;
  @fields.Decimal({ store: true, digits: [12, 2], compute: 'computeRevenue' }) declare revenue: Decimal | null;
  @fields.Integer({ compute: 'countOrders' }) declare orderCount: number | null;

  @Depends('orders.total', 'orders.state')
  computeRevenue(this: Many<Partner>): void {
    for (const partner of this) {
      partner.revenue = partner.orders
        .filter((order) => order.state === 'confirmed')
        .map((order) => order.total ?? new Decimal(0))
        .reduce((sum, total) => sum.plus(total), new Decimal(0));
    }
  }

  @Depends('orders')
  async countOrders(this: Many<Partner>): Promise<void> {
    for (const partner of this) partner.orderCount = partner.orders.length;
  }

  override greeting(): string {
    return `${super.greeting()}, customer`;
  }

  override async write(values: Values<Partner>): Promise<void> {
    await super.write(values.name === '' ? { ...values, name: 'nameless' } : values);
  }
}
declare module './trading-models.js' {
  interface Partner {
    orders: Many<Order>;
    revenue: Decimal | null;
    orderCount: number | null;
  }
}

export const tradingModels = [Country, Tag, Partner, Order, OrderLine, PartnerSale];
