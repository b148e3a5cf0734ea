import { ApiProperty } from '@nestjs/swagger';
import { ApiDecimal, ApiDecimalInputOptional } from '../http/api-decimal.js';
import { ApiClosed } from '../http/api-schemas.js';
import { NamedRecordDto } from '../http/named.dto.js';

@ApiClosed()
export class CreateOrderLineDto {
  @ApiProperty({ type: 'integer', description: 'Id of a product.' })
  product!: number;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: 1_000_000 })
  quantity!: number;

  @ApiDecimalInputOptional({ description: "Left out: the product's price.", example: '3.20' })
  unitPrice?: string | number;
}

@ApiClosed()
export class CreateOrderDto {
  @ApiProperty({ type: 'integer', description: 'Id of a partner.' })
  partner!: number;

  @ApiProperty({ type: [CreateOrderLineDto], minItems: 1, maxItems: 1_000 })
  lines!: CreateOrderLineDto[];
}

export class OrderLineDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ type: NamedRecordDto })
  product!: NamedRecordDto;

  @ApiProperty({ type: 'integer' })
  quantity!: number;

  @ApiDecimal({ example: '3.20' })
  unitPrice!: string;

  @ApiDecimal({ example: '6.40' })
  subtotal!: string;
}

/** An order as the API shows it. Modules that extend the model add their properties. */
export class OrderDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ example: 'S000001' })
  number!: string;

  @ApiProperty({ enum: ['draft', 'confirmed'] })
  state!: 'draft' | 'confirmed';

  @ApiProperty({ type: NamedRecordDto })
  partner!: NamedRecordDto;

  @ApiProperty({ type: [OrderLineDto] })
  lines!: OrderLineDto[];

  @ApiDecimal({ example: '6.40' })
  total!: string;
}
