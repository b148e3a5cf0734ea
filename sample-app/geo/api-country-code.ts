import { ApiQuery } from '@nestjs/swagger';

const CODE = { type: 'string', pattern: '^[A-Za-z]{2}$', example: 'FR' } as const;

/** Documents `?country=`, which `CountryCodeQueryPipe` reads. */
export function ApiCountryCodeQuery(): MethodDecorator {
  return ApiQuery({ name: 'country', required: false, description: 'Code of a country.', schema: CODE });
}
