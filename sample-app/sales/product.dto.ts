import { ApiProperty } from '@nestjs/swagger';
import { ApiDecimal, ApiDecimalInput } from '../http/api-decimal.js';
import { ApiClosed } from '../http/api-schemas.js';

@ApiClosed()
export class CreateProductDto {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'Tea' })
  name!: string;

  @ApiDecimalInput({ example: '3.50' })
  price!: string | number;
}

export class ProductDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ example: 'Tea' })
  name!: string;

  @ApiDecimal({ example: '3.50' })
  price!: string;
}

export class ProductListDto {
  @ApiProperty({ type: [ProductDto] })
  items!: ProductDto[];

  @ApiProperty({ type: 'integer', description: 'How many there are in all, whatever the page.' })
  total!: number;
}
