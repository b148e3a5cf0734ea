import { ApiProperty } from '@nestjs/swagger';
import { ApiDecimal, ApiDecimalInput } from '../http/api-decimal.js';
import { ApiClosed } from '../http/api-schemas.js';

@ApiClosed()
export class CreateTransferDto {
  @ApiProperty({ type: 'integer', description: 'Id of the account that pays.' })
  from!: number;

  @ApiProperty({ type: 'integer', description: 'Id of the account that receives.' })
  to!: number;

  @ApiDecimalInput({ description: 'More than zero.', example: '10.00' })
  amount!: string | number;

  @ApiProperty({
    minLength: 1,
    maxLength: 200,
    description: 'One for each transfer; sent again, it changes nothing.',
    example: '7b1c6a52',
  })
  key!: string;
}

export class TransferDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ type: 'integer' })
  from!: number;

  @ApiProperty({ type: 'integer' })
  to!: number;

  @ApiDecimal({ example: '10.00' })
  amount!: string;

  @ApiProperty({ example: '7b1c6a52' })
  key!: string;
}
