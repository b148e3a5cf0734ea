import type { ArgumentMetadata, PipeTransform } from '@nestjs/common';
import { optionalText } from './page.js';

/** A text of the query string that may be missing: `@Query('q', TextQueryPipe) q: string | undefined`. */
export class TextQueryPipe implements PipeTransform<unknown, string | undefined> {
  transform(value: unknown, { data }: ArgumentMetadata): string | undefined {
    return optionalText(value, data ?? 'parameter');
  }
}
