import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';
import { NamedRecordDto } from '../http/named.dto.js';

export class CreateAccountDto {
  @ApiProperty({ example: 'Till' })
  name!: string;

  @ApiPropertyOptional({ type: 'integer', nullable: true, description: 'Id of a partner.' })
  owner?: number | null;

  @ApiProperty({ oneOf: [{ type: 'string' }, { type: 'number' }], example: '100.00' })
  balance!: string | number;
}

export class AccountDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ example: 'Till' })
  name!: string;

  @ApiProperty({ type: NamedRecordDto, nullable: true })
  owner!: NamedRecordDto | null;

  @ApiProperty({ example: '100.00' })
  balance!: string;
}

export class AccountListDto {
  @ApiProperty({ type: [AccountDto] })
  items!: AccountDto[];

  @ApiProperty({ type: 'integer', description: 'How many there are in all, whatever the page.' })
  total!: number;
}
