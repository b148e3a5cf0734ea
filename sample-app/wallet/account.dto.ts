import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { ApiDecimal, ApiDecimalInput } from '../http/api-decimal.js';
import { ApiClosed } from '../http/api-schemas.js';
import { NamedRecordOrNullDto, type NamedRecordDto } from '../http/named.dto.js';

@ApiClosed()
export class CreateAccountDto {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'Till' })
  name!: string;

  @ApiPropertyOptional({ type: 'integer', nullable: true, description: 'Id of a partner.' })
  owner?: number | null;

  @ApiDecimalInput({ example: '100.00' })
  balance!: string | number;
}

export class AccountDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ example: 'Till' })
  name!: string;

  @ApiProperty({ type: NamedRecordOrNullDto, nullable: true })
  owner!: NamedRecordDto | null;

  @ApiDecimal({ example: '100.00' })
  balance!: string;
}

export class AccountListDto {
  @ApiProperty({ type: [AccountDto] })
  items!: AccountDto[];

  @ApiProperty({ type: 'integer', description: 'How many there are in all, whatever the page.' })
  total!: number;
}
