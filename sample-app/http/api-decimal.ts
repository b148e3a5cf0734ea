import { ApiProperty, ApiPropertyOptional, type ApiPropertyOptions } from '@nestjs/swagger';

interface Documented {
  readonly example: string;
  readonly description?: string;
}

/** Documents an amount in an answer: always a string, with two places. */
export function ApiDecimal(documented: Documented): PropertyDecorator {
  return ApiProperty({ type: String, pattern: '^-?\\d+\\.\\d{2}$', ...documented });
}

/** Documents an amount in a body, which may be a number too. */
export function ApiDecimalInput(documented: Documented): PropertyDecorator {
  return ApiProperty(inputOf(documented));
}

/** The same for an amount that may be left out. */
export function ApiDecimalInputOptional(documented: Documented): PropertyDecorator {
  return ApiPropertyOptional(inputOf(documented));
}

function inputOf(documented: Documented): ApiPropertyOptions {
  return { oneOf: [{ type: 'string' }, { type: 'number' }], ...documented };
}
