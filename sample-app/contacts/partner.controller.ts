import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Patch, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiNoContentResponse, ApiOkResponse, ApiQuery, ApiTags } from '@nestjs/swagger';
import { CountryCodeQueryPipe } from '../geo/country-code.pipe.js';
import { FlagQueryPipe } from '../http/flag-query.pipe.js';
import { PagePipe, PageQuery } from '../http/page.js';
import { RecordIdPipe } from '../http/record-id.pipe.js';
import { TextQueryPipe } from '../http/text-query.pipe.js';
import { CreatePartnerDto, PartnerDto, PartnerListDto, UpdatePartnerDto } from './partner.dto.js';
import { PartnerService } from './partner.service.js';

// Bodies are typed `unknown`, which is what they are until the service has checked them; `ApiBody` documents them.
@ApiTags('contacts')
@Controller('partners')
export class PartnerController {
  constructor(private readonly partners: PartnerService) {}

  @Get()
  @ApiQuery({ name: 'q', required: false, description: 'Anywhere in the name.' })
  @ApiQuery({ name: 'country', required: false, description: 'Code of a country.', example: 'FR' })
  @ApiQuery({ name: 'archived', required: false, type: Boolean, description: 'True: archived ones too.' })
  @ApiOkResponse({ type: PartnerListDto })
  list(
    @Query('q', TextQueryPipe) q: string | undefined,
    @Query('country', CountryCodeQueryPipe) country: string | undefined,
    @Query('archived', FlagQueryPipe) archived: boolean,
    @Query(PagePipe) page: PageQuery,
  ): Promise<PartnerListDto> {
    return this.partners.list({ q, country, archived }, page);
  }

  @Post()
  @ApiBody({ type: CreatePartnerDto })
  @ApiCreatedResponse({ type: PartnerDto })
  create(@Body() body: unknown): Promise<PartnerDto> {
    return this.partners.create(body);
  }

  @Get(':id')
  @ApiOkResponse({ type: PartnerDto })
  find(@Param('id', RecordIdPipe) id: number): Promise<PartnerDto> {
    return this.partners.find(id);
  }

  @Patch(':id')
  @ApiBody({ type: UpdatePartnerDto })
  @ApiOkResponse({ type: PartnerDto })
  update(@Param('id', RecordIdPipe) id: number, @Body() body: unknown): Promise<PartnerDto> {
    return this.partners.update(id, body);
  }

  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiNoContentResponse()
  delete(@Param('id', RecordIdPipe) id: number): Promise<void> {
    return this.partners.delete(id);
  }

  @Post(':id/archive')
  @HttpCode(HttpStatus.OK)
  @ApiOkResponse({ type: PartnerDto })
  archive(@Param('id', RecordIdPipe) id: number): Promise<PartnerDto> {
    return this.partners.archive(id);
  }
}
