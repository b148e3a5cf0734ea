import type { PipeTransform } from '@nestjs/common';
import { BadInputError } from 'nest-registry';
import { optionalText } from '../http/page.js';
import { readCountryCode } from './country-code.js';

/** The code of a country in the query string, which may be missing. */
export class CountryCodeQueryPipe implements PipeTransform<unknown, string | undefined> {
  transform(value: unknown): string | undefined {
    const text = optionalText(value, 'country');
    if (text === undefined) return undefined;
    const code = readCountryCode(text);
    if (code === null) throw new BadInputError('"country" is a code of two letters, such as FR.');
    return code;
  }
}
