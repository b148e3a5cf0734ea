import { BaseModel, Decimal, Model, check, fields } from 'nest-registry';
import type { ProductDto } from './product.dto.js';

/** What we sell. */
@Model('sale.product', {
  description: 'Product',
  order: 'name',
  constraints: [
    check("btrim(name) <> ''", 'A product has a name', { name: 'name_filled' }),
    check('price >= 0', 'A price is never negative'),
  ],
})
export class Product extends BaseModel<Product> {
  @fields.Char({ required: true, size: 200 }) name!: string;
  @fields.Decimal({ required: true, digits: [12, 2] }) price!: Decimal;

  toView(): ProductDto {
    return { id: this.id, name: this.name, price: this.price.toFixed(2) };
  }
}

declare module 'nest-registry' {
  interface Models {
    'sale.product': Product;
  }
}
