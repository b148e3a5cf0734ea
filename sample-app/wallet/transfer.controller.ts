import { Body, Controller, HttpStatus, Post, Res } from '@nestjs/common';
import {
  ApiBody,
  ApiConflictResponse,
  ApiCreatedResponse,
  ApiOkResponse,
  ApiOperation,
  ApiTags,
} from '@nestjs/swagger';
import type { Response } from 'express';
import { Transactional } from 'nest-registry';
import { ApiErrors } from '../http/api-errors.js';
import { ErrorDto } from '../http/error.dto.js';
import { CreateTransferDto, TransferDto } from './transfer.dto.js';
import { TransferService } from './transfer.service.js';

@ApiTags('wallet')
@Controller('transfers')
export class TransferController {
  constructor(private readonly transfers: TransferService) {}

  // Transfers wait for each other's locks. Under `repeatable read`, the default, a transaction that has waited still sees
  // the balances from before its wait, is refused and runs again; under `read committed` it sees those after it.
  @Post()
  @Transactional({ isolation: 'read committed' })
  @ApiOperation({ summary: 'Move money, once for each key' })
  @ApiBody({ type: CreateTransferDto })
  @ApiCreatedResponse({ type: TransferDto })
  @ApiOkResponse({ type: TransferDto, description: 'The key was applied before; this is the answer of that time.' })
  @ApiConflictResponse({
    type: ErrorDto,
    description:
      '`KEY_IN_USE`: the key was used for another transfer. `CONFLICT`: others were in the way; send the same again.',
  })
  @ApiErrors(400, 413, 422)
  async transfer(@Body() body: unknown, @Res({ passthrough: true }) response: Response): Promise<TransferDto> {
    const { transfer, isNew } = await this.transfers.transfer(body);
    response.status(isNew ? HttpStatus.CREATED : HttpStatus.OK);
    return transfer;
  }
}
