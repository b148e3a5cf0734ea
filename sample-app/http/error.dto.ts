import { ApiProperty, ApiPropertyOptional } from '@nestjs/swagger';

/** What every error is answered with. */
export class ErrorDto {
  @ApiProperty({ type: 'integer', example: 422 })
  statusCode!: number;

  @ApiProperty({ description: 'Stable; programs may compare it.', example: 'VALIDATION' })
  code!: string;

  @ApiProperty({ description: 'For people.' })
  message!: string;

  @ApiPropertyOptional({ example: 'res.partner' })
  model?: string;

  @ApiPropertyOptional({ example: 'name' })
  field?: string;

  @ApiPropertyOptional({ type: 'array', items: { type: 'integer' } })
  ids?: number[];
}
