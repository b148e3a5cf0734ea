import { ApiProperty } from '@nestjs/swagger';
import { NamedCodeDto } from './country.dto.js';

export class CityDto {
  @ApiProperty({ type: 'integer' })
  id!: number;

  @ApiProperty({ example: 'Springfield' })
  name!: string;

  @ApiProperty({ type: NamedCodeDto })
  country!: NamedCodeDto;

  @ApiProperty({ type: 'integer' })
  population!: number;

  @ApiProperty({ description: 'Degrees, north is positive.' })
  latitude!: number;

  @ApiProperty({ description: 'Degrees, east is positive.' })
  longitude!: number;
}

export class CityListDto {
  @ApiProperty({ type: [CityDto] })
  items!: CityDto[];

  @ApiProperty({ type: 'integer', description: 'How many there are in all, whatever the page.' })
  total!: number;
}
