import { Controller, Get, Param, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiParam, ApiQuery, ApiTags } from '@nestjs/swagger';
import { ApiErrors } from '../http/api-errors.js';
import { PagePipe, PageQuery } from '../http/page.js';
import { TextQueryPipe } from '../http/text-query.pipe.js';
import { ApiCountryCodeQuery } from './api-country-code.js';
import { CountryCodeQueryPipe } from './country-code.pipe.js';
import { CityListDto } from './city.dto.js';
import { CountryDto, CountryListDto } from './country.dto.js';
import { GeoService } from './geo.service.js';

@ApiTags('geo')
@Controller()
export class GeoController {
  constructor(private readonly geo: GeoService) {}

  @Get('countries')
  @ApiOperation({ summary: 'List countries' })
  @ApiQuery({ name: 'region', type: String, required: false, example: 'Europe' })
  @ApiOkResponse({ type: CountryListDto })
  @ApiErrors(400)
  listCountries(
    @Query('region', TextQueryPipe) region: string | undefined,
    @Query(PagePipe) page: PageQuery,
  ): Promise<CountryListDto> {
    return this.geo.listCountries({ region }, page);
  }

  @Get('countries/:code')
  @ApiOperation({ summary: 'Find a country' })
  @ApiParam({ name: 'code', type: String, description: 'Two letters, of whatever case.', example: 'FR' })
  @ApiOkResponse({ type: CountryDto })
  @ApiErrors(400, 404)
  findCountry(@Param('code') code: string): Promise<CountryDto> {
    return this.geo.findCountry(code);
  }

  @Get('cities')
  @ApiOperation({ summary: 'List cities' })
  @ApiQuery({ name: 'q', type: String, required: false, description: 'Anywhere in the name.', example: 'springfield' })
  @ApiCountryCodeQuery()
  @ApiOkResponse({ type: CityListDto })
  @ApiErrors(400)
  listCities(
    @Query('q', TextQueryPipe) q: string | undefined,
    @Query('country', CountryCodeQueryPipe) country: string | undefined,
    @Query(PagePipe) page: PageQuery,
  ): Promise<CityListDto> {
    return this.geo.listCities({ q, country }, page);
  }
}
