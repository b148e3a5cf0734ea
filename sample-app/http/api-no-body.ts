import { ApiBody } from '@nestjs/swagger';

/** Documents that a route takes no body; an empty object counts as none, see `refuseKeys`. */
export function ApiNoBody(): MethodDecorator {
  return ApiBody({ required: false, schema: { type: 'object', additionalProperties: false } });
}
