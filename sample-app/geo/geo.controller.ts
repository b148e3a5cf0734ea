import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import { PagePipe, PageQuery } from '../http/page.js';
import { TextQueryPipe } from '../http/text-query.pipe.js';
import { CountryCodeQueryPipe } from './country-code.pipe.js';
import { CityListDto } from './city.dto.js';
import { CountryDto, CountryListDto } from './country.dto.js';
import { GeoService } from './geo.service.js';

@ApiTags('geo')
@Controller()
export class GeoController {
  constructor(private readonly geo: GeoService) {}

  @Get('countries')
  @ApiQuery({ name: 'region', required: false, example: 'Europe' })
  @ApiOkResponse({ type: CountryListDto })
  listCountries(
    @Query('region', TextQueryPipe) region: string | undefined,
    @Query(PagePipe) page: PageQuery,
  ): Promise<CountryListDto> {
    return this.geo.listCountries({ region }, page);
  }

  @Get('countries/:code')
  @ApiOkResponse({ type: CountryDto })
  findCountry(@Param('code') code: string): Promise<CountryDto> {
    return this.geo.findCountry(code);
  }

  @Get('cities')
  @ApiQuery({ name: 'q', required: false, description: 'Anywhere in the name.', example: 'springfield' })
  @ApiQuery({ name: 'country', required: false, description: 'Code of a country.', example: 'US' })
  @ApiOkResponse({ type: CityListDto })
  listCities(
    @Query('q', TextQueryPipe) q: string | undefined,
    @Query('country', CountryCodeQueryPipe) country: string | undefined,
    @Query(PagePipe) page: PageQuery,
  ): Promise<CityListDto> {
    return this.geo.listCities({ q, country }, page);
  }
}
