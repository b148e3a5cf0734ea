import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiOperation, ApiTags } from '@nestjs/swagger';
import { ApiErrors } from '../http/api-errors.js';
import { ApiNoBody } from '../http/api-no-body.js';
import { ApiRecordId } from '../http/api-record-id.js';
import { RecordIdPipe } from '../http/record-id.pipe.js';
import { CreateOrderDto, OrderDto } from './order.dto.js';
import { OrderService } from './order.service.js';

@ApiTags('sales')
@Controller('orders')
export class OrderController {
  constructor(private readonly orders: OrderService) {}

  @Post()
  @ApiOperation({ summary: 'Make an order, as a draft' })
  @ApiBody({ type: CreateOrderDto })
  @ApiCreatedResponse({ type: OrderDto })
  @ApiErrors(400, 409, 413, 422)
  create(@Body() body: unknown): Promise<OrderDto> {
    return this.orders.create(body);
  }

  @Get(':id')
  @ApiOperation({ summary: 'Find an order' })
  @ApiRecordId()
  @ApiOkResponse({ type: OrderDto })
  @ApiErrors(400, 404)
  find(@Param('id', RecordIdPipe) id: number): Promise<OrderDto> {
    return this.orders.find(id);
  }

  @Post(':id/confirm')
  @HttpCode(HttpStatus.OK)
  @ApiOperation({ summary: 'Confirm a draft, which grants its points' })
  @ApiRecordId()
  @ApiNoBody()
  @ApiOkResponse({ type: OrderDto })
  @ApiErrors(400, 404, 409, 413, 422)
  confirm(@Param('id', RecordIdPipe) id: number, @Body() body: unknown): Promise<OrderDto> {
    return this.orders.confirm(id, body);
  }
}
