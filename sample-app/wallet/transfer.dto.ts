import { ApiProperty } from '@nestjs/swagger';

export class CreateTransferDto {
  @ApiProperty({ type: 'integer', description: 'Id of the account that pays.' })
  from!: number;

  @ApiProperty({ type: 'integer', description: 'Id of the account that receives.' })
  to!: number;

  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'number' }], example: '10.00' })
  amount!: string | number;

  @ApiProperty({ description: 'One for each transfer; sent again, it changes nothing.', example: '7b1c6a52' })
  key!: string;
}

export class TransferDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ type: 'integer' })
  from!: number;

  @ApiProperty({ type: 'integer' })
  to!: number;

  @ApiProperty({ example: '10.00' })
  amount!: string;

  @ApiProperty({ example: '7b1c6a52' })
  key!: string;
}
