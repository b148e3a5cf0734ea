import { Body, Controller, Get, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiErrors } from '../http/api-errors.js';
import { PagePipe, PageQuery } from '../http/page.js';
import { CreateProductDto, ProductDto, ProductListDto } from './product.dto.js';
import { ProductService } from './product.service.js';

@ApiTags('sales')
@Controller('products')
export class ProductController {
  constructor(private readonly products: ProductService) {}

  @Get()
  @ApiOperation({ summary: 'List products' })
  @ApiOkResponse({ type: ProductListDto })
  @ApiErrors(400)
  list(@Query(PagePipe) page: PageQuery): Promise<ProductListDto> {
    return this.products.list(page);
  }

  @Post()
  @ApiOperation({ summary: 'Make a product' })
  @ApiBody({ type: CreateProductDto })
  @ApiCreatedResponse({ type: ProductDto })
  @ApiErrors(400, 409, 413, 422)
  create(@Body() body: unknown): Promise<ProductDto> {
    return this.products.create(body);
  }
}
