import { Injectable } from '@nestjs/common';
import { Environment } from 'nest-registry';
import { readValues } from '../http/body.js';
import { orderOf, type PageQuery } from '../http/page.js';
import type { ProductDto, ProductListDto } from './product.dto.js';
import { Product } from './product.model.js';

@Injectable()
export class ProductService {
  constructor(private readonly env: Environment) {}

  async list(page: PageQuery): Promise<ProductListDto> {
    const products = this.env.model(Product);
    const order = orderOf(products, 'sale.product', page);
    const [found, total] = await Promise.all([
      products.search([], { limit: page.limit, offset: page.offset, order }),
      products.searchCount([]),
    ]);
    return { items: found.map((product) => product.toView()), total };
  }

  async create(input: unknown): Promise<ProductDto> {
    const products = this.env.model(Product);
    // The keys and values of the body are those of the model, so the model checks them.
    const product = await products.create(readValues(products, input, ['name', 'price']));
    return product.toView();
  }
}
