import { Controller, Get, Query } from '@nestjs/common';
import { ApiOkResponse, ApiOperation, ApiProperty, ApiTags } from '@nestjs/swagger';
import { Environment } from 'nest-registry';
import { ApiErrors } from '../http/api-errors.js';
import { NamedRecordDto } from '../http/named.dto.js';
import { PagePipe, PageQuery, orderOf } from '../http/page.js';
import { Tag } from './tag.model.js';

export class TagListDto {
  @ApiProperty({ type: [NamedRecordDto] })
  items!: NamedRecordDto[];

  @ApiProperty({ type: 'integer', description: 'How many there are in all, whatever the page.' })
  total!: number;
}

@ApiTags('contacts')
@Controller('tags')
export class TagController {
  constructor(private readonly env: Environment) {}

  @Get()
  @ApiOperation({ summary: 'List the tags that partners can have' })
  @ApiOkResponse({ type: TagListDto })
  @ApiErrors(400)
  async list(@Query(PagePipe) page: PageQuery): Promise<TagListDto> {
    const tags = this.env.model(Tag);
    const order = orderOf(tags, 'res.tag', page);
    const [found, total] = await Promise.all([
      tags.search([], { limit: page.limit, offset: page.offset, order }),
      tags.searchCount([]),
    ]);
    return { items: found.map(({ id, name }) => ({ id, name })), total };
  }
}
