import { Body, Controller, Get, HttpCode, HttpStatus, Param, Post } from '@nestjs/common';
import { ApiBody, ApiCreatedResponse, ApiOkResponse, ApiTags } from '@nestjs/swagger';
import { RecordIdPipe } from '../http/record-id.pipe.js';
import { CreateOrderDto, OrderDto } from './order.dto.js';
import { OrderService } from './order.service.js';

@ApiTags('sales')
@Controller('orders')
export class OrderController {
  constructor(private readonly orders: OrderService) {}

  @Post()
  @ApiBody({ type: CreateOrderDto })
  @ApiCreatedResponse({ type: OrderDto })
  create(@Body() body: unknown): Promise<OrderDto> {
    return this.orders.create(body);
  }

  @Get(':id')
  @ApiOkResponse({ type: OrderDto })
  find(@Param('id', RecordIdPipe) id: number): Promise<OrderDto> {
    return this.orders.find(id);
  }

  @Post(':id/confirm')
  @HttpCode(HttpStatus.OK)
  @ApiOkResponse({ type: OrderDto })
  confirm(@Param('id', RecordIdPipe) id: number): Promise<OrderDto> {
    return this.orders.confirm(id);
  }
}
