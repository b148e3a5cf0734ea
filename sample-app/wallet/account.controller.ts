import { Body, Controller, Get, Param, Post, Query } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { PagePipe, PageQuery } from '../http/page.js';
import { RecordIdPipe } from '../http/record-id.pipe.js';
import { AccountDto, AccountListDto, CreateAccountDto } from './account.dto.js';
import { AccountService } from './account.service.js';

@ApiTags('wallet')
@Controller('accounts')
export class AccountController {
  constructor(private readonly accounts: AccountService) {}

  @Get()
  @ApiOkResponse({ type: AccountListDto })
  list(@Query(PagePipe) page: PageQuery): Promise<AccountListDto> {
    return this.accounts.list(page);
  }

  @Get(':id')
  @ApiOkResponse({ type: AccountDto })
  find(@Param('id', RecordIdPipe) id: number): Promise<AccountDto> {
    return this.accounts.find(id);
  }

  @Post()
  @ApiBody({ type: CreateAccountDto })
  @ApiCreatedResponse({ type: AccountDto })
  create(@Body() body: unknown): Promise<AccountDto> {
    return this.accounts.create(body);
  }
}
