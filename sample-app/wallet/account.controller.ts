import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiErrors } from '../http/api-errors.js';
import { ApiRecordId } from '../http/api-record-id.js';
import { PagePipe, PageQuery } from '../http/page.js';
import { RecordIdPipe } from '../http/record-id.pipe.js';
import { AccountDto, AccountListDto, CreateAccountDto } from './account.dto.js';
import { AccountService } from './account.service.js';

@ApiTags('wallet')
@Controller('accounts')
export class AccountController {
  constructor(private readonly accounts: AccountService) {}

  @Get()
  @ApiOperation({ summary: 'List accounts' })
  @ApiOkResponse({ type: AccountListDto })
  @ApiErrors(400)
  list(@Query(PagePipe) page: PageQuery): Promise<AccountListDto> {
    return this.accounts.list(page);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Find an account' })
  @ApiRecordId()
  @ApiOkResponse({ type: AccountDto })
  @ApiErrors(400, 404)
  find(@Param('id', RecordIdPipe) id: number): Promise<AccountDto> {
    return this.accounts.find(id);
  }

  @Post()
  @ApiOperation({ summary: 'Make an account' })
  @ApiBody({ type: CreateAccountDto })
  @ApiCreatedResponse({ type: AccountDto })
  @ApiErrors(400, 409, 413, 422)
  create(@Body() body: unknown): Promise<AccountDto> {
    return this.accounts.create(body);
  }
}
