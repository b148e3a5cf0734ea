import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { PagePipe, PageQuery } from '../http/page.js';
import { CreateProductDto, ProductDto, ProductListDto } from './product.dto.js';
import { ProductService } from './product.service.js';

@ApiTags('sales')
@Controller('products')
export class ProductController {
  constructor(private readonly products: ProductService) {}

  @Get()
  @ApiOkResponse({ type: ProductListDto })
  list(@Query(PagePipe) page: PageQuery): Promise<ProductListDto> {
    return this.products.list(page);
  }

  @Post()
  @ApiBody({ type: CreateProductDto })
  @ApiCreatedResponse({ type: ProductDto })
  create(@Body() body: unknown): Promise<ProductDto> {
    return this.products.create(body);
  }
}
