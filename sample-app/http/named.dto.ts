import { ApiProperty } from '@nestjs/swagger';
import { ApiNullable } from './api-schemas.js';

/** How an answer names another record. */
export class NamedRecordDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty()
  name!: string;
}

/** The same where there may be none. */
@ApiNullable()
export class NamedRecordOrNullDto extends NamedRecordDto {}
