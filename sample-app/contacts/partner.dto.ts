import { ApiProperty, ApiPropertyOptional, PartialType } from '@nestjs/swagger';
import { NamedRecordDto } from '../http/named.dto.js';
import { NamedCodeDto } from '../geo/country.dto.js';

export class PartnerListItemDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ example: 'Ada' })
  name!: string;

  @ApiProperty({ type: String, nullable: true, example: 'ada@example.org' })
  email!: string | null;

  @ApiProperty({ type: String, nullable: true, example: 'Ada (FR)' })
  label!: string | null;

  @ApiProperty({ type: NamedCodeDto, nullable: true })
  country!: NamedCodeDto | null;
}

export class PartnerListDto {
  @ApiProperty({ type: [PartnerListItemDto] })
  items!: PartnerListItemDto[];

  @ApiProperty({ type: 'integer', description: 'How many there are in all, whatever the page.' })
  total!: number;
}

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

  @ApiProperty({ type: String, nullable: true, example: 'Ada (FR)' })
  label!: string | null;

  @ApiProperty({ description: 'False: archived.' })
  active!: boolean;

  @ApiProperty({ type: PartnerCountryDto, nullable: true })
  country!: PartnerCountryDto | null;

  @ApiProperty({ type: NamedRecordDto, nullable: true })
  city!: NamedRecordDto | null;

  @ApiProperty({ type: NamedRecordDto, nullable: true })
  parent!: NamedRecordDto | null;

  @ApiProperty({ type: [NamedRecordDto] })
  children!: NamedRecordDto[];

  @ApiProperty({ type: [NamedRecordDto] })
  tags!: NamedRecordDto[];
}

export class CreatePartnerDto {
  @ApiProperty({ example: 'Ada' })
  name!: string;

  @ApiPropertyOptional({ type: String, nullable: true, example: 'ada@example.org' })
  email?: string | null;

  @ApiPropertyOptional({ oneOf: [{ type: 'string' }, { type: 'integer' }], nullable: true, example: 'FR' })
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

export class UpdatePartnerDto extends PartialType(CreatePartnerDto) {}
