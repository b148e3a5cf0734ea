import { ApiProperty } from '@nestjs/swagger';
import { ApiNullable } from '../http/api-schemas.js';

/** A code with the name that goes with it: a country, a currency. */
export class NamedCodeDto {
  @ApiProperty({ example: 'FR' })
  code!: string;

  @ApiProperty({ example: 'France' })
  name!: string;
}

/** The same where there may be none. */
@ApiNullable()
export class NamedCodeOrNullDto extends NamedCodeDto {}

export class CountryListItemDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ example: 'FR' })
  code!: string;

  @ApiProperty({ example: 'France' })
  name!: string;

  @ApiProperty({ example: 'Europe' })
  region!: string;

  @ApiProperty({ type: 'integer' })
  cityCount!: number;
}

export class CountryListDto {
  @ApiProperty({ type: [CountryListItemDto] })
  items!: CountryListItemDto[];

  @ApiProperty({ type: 'integer', description: 'How many there are in all, whatever the page.' })
  total!: number;
}

export class LargeCityDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ example: 'Paris' })
  name!: string;

  @ApiProperty({ type: 'integer' })
  population!: number;
}

export class CountryDto extends CountryListItemDto {
  @ApiProperty({ type: String, nullable: true, example: 'Paris' })
  capital!: string | null;

  @ApiProperty({ type: [NamedCodeDto] })
  currencies!: NamedCodeDto[];

  @ApiProperty({ type: [String], example: ['French'] })
  languages!: string[];

  @ApiProperty({ type: [NamedCodeDto] })
  neighbours!: NamedCodeDto[];

  @ApiProperty({ type: 'integer', description: 'People in its cities.' })
  population!: number;

  @ApiProperty({ type: [LargeCityDto], description: 'The five largest.' })
  largestCities!: LargeCityDto[];
}
