import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { ApiClosed, ApiNullable } from '../http/api-schemas.js';
import { NamedRecordDto, NamedRecordOrNullDto } from '../http/named.dto.js';
import { NamedCodeDto, NamedCodeOrNullDto } from '../geo/country.dto.js';

export class PartnerListItemDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ example: 'Ada' })
  name!: string;

  @ApiProperty({ type: String, nullable: true, example: 'ada@example.org' })
  email!: string | null;

  @ApiProperty({ example: 'Ada (FR)' })
  label!: string;

  @ApiProperty({ type: NamedCodeOrNullDto, nullable: true })
  country!: NamedCodeDto | null;
}

export class PartnerListDto {
  @ApiProperty({ type: [PartnerListItemDto] })
  items!: PartnerListItemDto[];

  @ApiProperty({ type: 'integer', description: 'How many there are in all, whatever the page.' })
  total!: number;
}

/** The country of a partner, who may have none. */
@ApiNullable()
export class PartnerCountryDto extends NamedCodeDto {
  @ApiProperty({ type: 'integer' })
  id!: number;
}

/** A partner as the API shows it. Modules that extend the model add their properties, see `sales/partner.extension.ts`. */
export class PartnerDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ example: 'Ada' })
  name!: string;

  @ApiProperty({ type: String, nullable: true, example: 'ada@example.org' })
  email!: string | null;

  @ApiProperty({ example: 'Ada (FR)' })
  label!: string;

  @ApiProperty({ description: 'False: archived.' })
  active!: boolean;

  @ApiProperty({ type: PartnerCountryDto, nullable: true })
  country!: PartnerCountryDto | null;

  @ApiProperty({ type: NamedRecordOrNullDto, nullable: true })
  city!: NamedRecordDto | null;

  @ApiProperty({ type: NamedRecordOrNullDto, nullable: true })
  parent!: NamedRecordDto | null;

  @ApiProperty({ type: [NamedRecordDto] })
  children!: NamedRecordDto[];

  @ApiProperty({ type: [NamedRecordDto] })
  tags!: NamedRecordDto[];
}

@ApiClosed()
export class CreatePartnerDto {
  @ApiProperty({ minLength: 1, maxLength: 200, example: 'Ada' })
  name!: string;

  @ApiPropertyOptional({ type: String, nullable: true, maxLength: 200, example: 'ada@example.org' })
  email?: string | null;

  @ApiPropertyOptional({
    // Null must be one of the two as well: `nullable` beside `oneOf` adds nothing to them.
    oneOf: [{ type: 'string', nullable: true }, { type: 'integer' }],
    nullable: true,
    description: 'Code or id of a country.',
    example: 'FR',
  })
  country?: string | number | null;

  @ApiPropertyOptional({ type: 'integer', nullable: true, description: 'Id of a city.' })
  city?: number | null;

  @ApiPropertyOptional({ type: 'integer', nullable: true, description: 'Id of another partner.' })
  parent?: number | null;

  @ApiPropertyOptional({
    type: 'array',
    items: { oneOf: [{ type: 'string' }, { type: 'integer' }] },
    description: 'Ids or names; they replace those there are.',
    example: ['Customer'],
  })
  tags?: (string | number)[];
}

@ApiClosed()
export class UpdatePartnerDto extends PartialType(CreatePartnerDto) {}
