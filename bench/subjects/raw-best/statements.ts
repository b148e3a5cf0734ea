import type { ItemValues } from '../../cases/items.js';
import { prepared } from './pipeline.js';

const COLUMNS = 'name, code, email, quantity, rating, price, open, day, seen, country_id';
const TYPES = ['text', 'text', 'text', 'int4', 'float8', 'numeric', 'bool', 'date', 'timestamptz', 'int8'];
const arrays = TYPES.map((type, index) => `$${index + 1}::${type}[]`).join(', ');

/** A row of `findItem` and its like. */
export type ItemRow = [
  id: number,
  name: string,
  code: string,
  email: string,
  quantity: number,
  rating: number,
  price: string,
  open: boolean,
  day: string,
  seen: string,
  country: number,
];

export const findItem = prepared('find', `SELECT id, ${COLUMNS} FROM bench_item WHERE id = $1`);
export const searchItems = prepared('search', `SELECT id, ${COLUMNS} FROM bench_item WHERE quantity >= $1 ORDER BY id`);
export const searchWithCountry = prepared(
  'search-country',
  `SELECT item.*, country.name FROM (SELECT id, ${COLUMNS} FROM bench_item) item
   LEFT JOIN bench_country country ON country.id = item.country_id
   WHERE item.quantity >= $1 ORDER BY item.id`,
);
export const insertItems = prepared(
  'insert',
  `INSERT INTO bench_item (${COLUMNS}) SELECT * FROM unnest(${arrays}) RETURNING id`,
);
export const insertItem = prepared(
  'insert-one',
  `INSERT INTO bench_item (${COLUMNS}) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10) RETURNING id, ${COLUMNS}`,
);
export const changeItems = prepared(
  'change',
  `UPDATE bench_item SET quantity = change.quantity FROM unnest($1::int8[], $2::int4[]) AS change(id, quantity)
   WHERE bench_item.id = change.id`,
);

/** The values of one item in the order of its columns. */
export function rowOf(item: ItemValues): unknown[] {
  const { name, code, email, quantity, rating, price, open, day, seen, country } = item;
  return [name, code, email, quantity, rating, price, open, day, seen, country];
}

/** One array a column. */
export function columnsOf(items: readonly ItemValues[]): unknown[][] {
  const columns: unknown[][] = TYPES.map(() => new Array(items.length));
  items.forEach((item, row) => rowOf(item).forEach((value, column) => (columns[column]![row] = value)));
  return columns;
}
