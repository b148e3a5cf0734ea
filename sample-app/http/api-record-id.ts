import { ApiParam } from '@nestjs/swagger';

/** Documents the `:id` of a path, which `RecordIdPipe` reads. */
export function ApiRecordId(): MethodDecorator {
  return ApiParam({ name: 'id', schema: { type: 'integer', minimum: 1 } });
}
