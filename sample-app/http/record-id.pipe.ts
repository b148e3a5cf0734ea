import type { PipeTransform } from '@nestjs/common';
import { BadInputError, MissingError } from 'nest-registry';

/** The id in a path. What is no number is a bad request; a number that no record can have is a record not found. */
export class RecordIdPipe implements PipeTransform<string, number> {
  transform(text: string): number {
    if (!/^-?\d+$/.test(text)) throw new BadInputError('The id in the path is a whole number.');
    const id = Number(text);
    if (id < 1 || !Number.isSafeInteger(id)) throw new MissingError('There is no record with this id.');
    return id;
  }
}
