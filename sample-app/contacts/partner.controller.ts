import { Body, Controller, Delete, Get, HttpCode, HttpStatus, Param, Patch, Post, Query } from '@nestjs/common';
import {
  ApiBody,
  ApiCreatedResponse,
  ApiNoContentResponse,
  ApiOkResponse,
  ApiOperation,
  ApiQuery,
  ApiTags,
} from '@nestjs/swagger';
import { ApiCountryCodeQuery } from '../geo/api-country-code.js';
import { CountryCodeQueryPipe } from '../geo/country-code.pipe.js';
import { ApiErrors } from '../http/api-errors.js';
import { ApiNoBody } from '../http/api-no-body.js';
import { ApiRecordId } from '../http/api-record-id.js';
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
  @ApiOperation({ summary: 'List partners' })
  @ApiQuery({ name: 'q', type: String, required: false, description: 'Anywhere in the name.' })
  @ApiCountryCodeQuery()
  @ApiQuery({ name: 'archived', required: false, type: Boolean, description: 'True: archived ones too.' })
  @ApiOkResponse({ type: PartnerListDto })
  @ApiErrors(400)
  list(
    @Query('q', TextQueryPipe) q: string | undefined,
    @Query('country', CountryCodeQueryPipe) country: string | undefined,
    @Query('archived', FlagQueryPipe) archived: boolean,
    @Query(PagePipe) page: PageQuery,
  ): Promise<PartnerListDto> {
    return this.partners.list({ q, country, archived }, page);
  }

  @Post()
  @ApiOperation({ summary: 'Make a partner' })
  @ApiBody({ type: CreatePartnerDto })
  @ApiCreatedResponse({ type: PartnerDto })
  @ApiErrors(400, 409, 413, 422)
  create(@Body() body: unknown): Promise<PartnerDto> {
    return this.partners.create(body);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Find a partner' })
  @ApiRecordId()
  @ApiOkResponse({ type: PartnerDto })
  @ApiErrors(400, 404)
  find(@Param('id', RecordIdPipe) id: number): Promise<PartnerDto> {
    return this.partners.find(id);
  }

  @Patch(':id')
  @ApiOperation({ summary: 'Change what is given of a partner' })
  @ApiRecordId()
  @ApiBody({ type: UpdatePartnerDto })
  @ApiOkResponse({ type: PartnerDto })
  @ApiErrors(400, 404, 409, 413, 422)
  update(@Param('id', RecordIdPipe) id: number, @Body() body: unknown): Promise<PartnerDto> {
    return this.partners.update(id, body);
  }

  @Delete(':id')
  @HttpCode(HttpStatus.NO_CONTENT)
  @ApiOperation({ summary: 'Delete a partner to whom no order and no account refers' })
  @ApiRecordId()
  @ApiNoContentResponse()
  @ApiErrors(400, 404, 409, 422)
  delete(@Param('id', RecordIdPipe) id: number): Promise<void> {
    return this.partners.delete(id);
  }

  @Post(':id/archive')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Archive a partner with all its descendants' })
  @ApiRecordId()
  @ApiNoBody()
  @ApiOkResponse({ type: PartnerDto })
  @ApiErrors(400, 404, 409, 413, 422)
  archive(@Param('id', RecordIdPipe) id: number, @Body() body: unknown): Promise<PartnerDto> {
    return this.partners.archive(id, body);
  }
}
