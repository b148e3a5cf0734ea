import { Module } from '@nestjs/common';
import { RegistryModule } from 'nest-registry';
import { ContactsModule } from '../contacts/contacts.module.js';
import { OrderController } from './order.controller.js';
import { OrderLine } from './order-line.model.js';
import { Order } from './order.model.js';
import { OrderService } from './order.service.js';
import { PartnerSales } from './partner.extension.js';
import { ProductController } from './product.controller.js';
import { Product } from './product.model.js';
import { ProductService } from './product.service.js';

/** What we sell, and to whom. */
@Module({
  imports: [ContactsModule, RegistryModule.forFeature([Product, Order, OrderLine, PartnerSales])],
  controllers: [ProductController, OrderController],
  providers: [ProductService, OrderService],
})
export class SalesModule {}
