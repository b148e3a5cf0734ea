import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { BadInputError } from 'nest-registry';

/** `true` or `false` in the query string; false when it is missing. */
export class FlagQueryPipe implements PipeTransform<unknown, boolean> {
  transform(value: unknown, { data }: ArgumentMetadata): boolean {
    if (value === undefined || value === '' || value === 'false') return false;
    if (value === 'true') return true;
    throw new BadInputError(`"${data ?? 'The parameter'}" is true or false.`);
  }
}
