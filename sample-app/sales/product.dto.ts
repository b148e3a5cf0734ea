import { ApiProperty } from '@nestjs/swagger';

export class CreateProductDto {
  @ApiProperty({ example: 'Tea' })
  name!: string;

  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'number' }], example: '3.50' })
  price!: string | number;
}

export class ProductDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ example: 'Tea' })
  name!: string;

  @ApiProperty({ example: '3.50' })
  price!: string;
}

export class ProductListDto {
  @ApiProperty({ type: [ProductDto] })
  items!: ProductDto[];

  @ApiProperty({ type: 'integer', description: 'How many there are in all, whatever the page.' })
  total!: number;
}
