import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { NamedRecordDto } from '../http/named.dto.js';

export class CreateOrderLineDto {
  @ApiProperty({ type: 'integer', description: 'Id of a product.' })
  product!: number;

  @ApiProperty({ type: 'integer', minimum: 1, maximum: 1_000_000 })
  quantity!: number;

  @ApiPropertyOptional({
    oneOf: [{ type: 'string' }, { type: 'number' }],
    description: "Left out: the product's price.",
    example: '3.20',
  })
  unitPrice?: string | number;
}

export class CreateOrderDto {
  @ApiProperty({ type: 'integer', description: 'Id of a partner.' })
  partner!: number;

  @ApiProperty({ type: [CreateOrderLineDto], description: 'At least one.' })
  lines!: CreateOrderLineDto[];
}

export class OrderLineDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ type: NamedRecordDto })
  product!: NamedRecordDto;

  @ApiProperty({ type: 'integer' })
  quantity!: number;

  @ApiProperty({ example: '3.20' })
  unitPrice!: string;

  @ApiProperty({ example: '6.40' })
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

  @ApiProperty({ example: '6.40' })
  total!: string;
}
