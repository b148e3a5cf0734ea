import { ApiProperty } from '@nestjs/swagger';

/** How an answer names another record. */
export class NamedRecordDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty()
  name!: string;
}
