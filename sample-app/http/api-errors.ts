import { applyDecorators } from '@nestjs/common';
import { ApiResponse } from '@nestjs/swagger';
import { ErrorDto } from './error.dto.js';

const MEANINGS = {
  400: 'Malformed: a parameter of the wrong form, a body that is no JSON object, an unknown key.',
  404: 'The path names no record.',
  409: 'Others changed the same records at the same time. Send it again.',
  413: 'The body is too large.',
  422: 'Well-formed, but a value does not fit, or a rule forbids it; `field` says where.',
} as const;

/** Documents the errors of a route, all in one shape. A 503, while the database is away, belongs to every one of them. */
export function ApiErrors(...statuses: readonly (keyof typeof MEANINGS)[]): MethodDecorator {
  return applyDecorators(
    ...statuses.map((status) => ApiResponse({ status, type: ErrorDto, description: MEANINGS[status] })),
    ApiResponse({
      status: 503,
      type: ErrorDto,
      description: 'The service cannot take the request now.',
      headers: { 'Retry-After': { schema: { type: 'integer' }, description: 'Seconds.' } },
    }),
  );
}
