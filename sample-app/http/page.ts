import { ApiPropertyOptional } from '@nestjs/swagger';
import type { PipeTransform } from '@nestjs/common';
import { BadInputError, type AnyRecord, type Many } from 'nest-registry';

/** Items of a list when the client does not say how many, and the most it may ask for. */
const DEFAULT_LIMIT = 50;
const MAX_LIMIT = 200;

/** Which part of a list a client asks for: `?limit=20&offset=40&order=-name`. */
export class PageQuery {
  @ApiPropertyOptional({ type: 'integer', minimum: 1, maximum: MAX_LIMIT, default: DEFAULT_LIMIT })
  limit!: number;

  @ApiPropertyOptional({ type: 'integer', minimum: 0, default: 0 })
  offset!: number;

  @ApiPropertyOptional({ type: String, description: 'A field; with `-` before it: descending.', example: '-name' })
  order!: string | undefined;
}

/** Reads a page out of the query string: `@Query(PagePipe) page: PageQuery`. */
export class PagePipe implements PipeTransform<Record<string, unknown>, PageQuery> {
  transform(query: Record<string, unknown>): PageQuery {
    return {
      limit: wholeNumber(query, { name: 'limit', least: 1, most: MAX_LIMIT, otherwise: DEFAULT_LIMIT }),
      offset: wholeNumber(query, { name: 'offset', least: 0, most: Number.MAX_SAFE_INTEGER, otherwise: 0 }),
      order: optionalText(query['order'], 'order'),
    };
  }
}

/**
 * The order of a page as `search` takes it; undefined: the model's own. The client names a field, so the name is checked
 * before it goes into a search: there an unknown one would count as our mistake, not as the client's.
 */
export function orderOf<M extends AnyRecord>(records: Many<M>, modelName: string, page: PageQuery): string | undefined {
  if (page.order === undefined) return undefined;
  const { name, isDescending } = readOrder(page.order);
  const field = records.env.registry.get(modelName).fields.get(name);
  if (field === undefined || field.column === null) {
    throw new BadInputError(`A list cannot be ordered by ${JSON.stringify(name)}.`, { model: modelName });
  }
  return isDescending ? `${name} desc` : name;
}

/** The field that an order names, whether there is such a one or not. */
export function readOrder(order: string): { readonly name: string; readonly isDescending: boolean } {
  const isDescending = order.startsWith('-');
  return { name: isDescending ? order.slice(1) : order, isDescending };
}

/** A parameter of the query string that may be missing. Sent twice it is an array, which is refused. */
export function optionalText(value: unknown, name: string): string | undefined {
  if (value === undefined || value === '') return undefined;
  if (typeof value !== 'string') throw new BadInputError(`"${name}" is given once.`);
  // No text in the database holds one, and searching for it would be our mistake.
  if (value.includes('\0')) throw new BadInputError(`"${name}" has a character that no text can hold.`);
  return value;
}

interface WholeNumber {
  readonly name: string;
  readonly least: number;
  readonly most: number;
  readonly otherwise: number;
}

function wholeNumber(query: Record<string, unknown>, { name, least, most, otherwise }: WholeNumber): number {
  const text = query[name];
  if (text === undefined) return otherwise;
  const number = typeof text === 'string' && /^\d{1,16}$/.test(text) ? Number(text) : NaN;
  if (number >= least && number <= most) return number;
  throw new BadInputError(`"${name}" is a whole number from ${least} to ${most}.`);
}
