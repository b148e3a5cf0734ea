import pg from 'pg';
import { touched, type ItemValues } from '../../cases/items.js';
import { CONNECTIONS, type OpenSession } from '../subject.js';
import { inTransaction, type ItemRow } from './transaction.js';

/**
 * The driver as people write it: rows as objects, SELECT *, a JOIN for the country, one VALUES list for many new rows,
 * one UPDATE for each changed row.
 */
export const openSession: OpenSession = (url) => {
  const pool = new pg.Pool({ connectionString: url, max: CONNECTIONS });
  return Promise.resolve({
    readOne: (id) =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<ItemRow>('SELECT * FROM bench_item WHERE id = $1', [id]);
        return rows[0]!.name;
      }),
    readMany: () =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<ItemRow>('SELECT * FROM bench_item WHERE quantity >= $1 ORDER BY id', [0]);
        return rows.reduce((sum, row) => sum + touched(row), 0);
      }),
    readManyWithCountry: () =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<ItemRow & { readonly country_name: string }>(
          `SELECT item.*, country.name AS country_name FROM bench_item item
           LEFT JOIN bench_country country ON country.id = item.country_id
           WHERE item.quantity >= $1 ORDER BY item.id`,
          [0],
        );
        return rows.reduce((sum, row) => sum + touched(row) + row.country_name.length, 0);
      }),
    createMany: (items) =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<{ readonly id: string }>(insertOf(items));
        return rows.length;
      }),
    changeMany: (step) =>
      inTransaction(pool, async (client) => {
        const { rows } = await client.query<ItemRow>('SELECT * FROM bench_item WHERE quantity >= $1 ORDER BY id', [0]);
        for (const row of rows) {
          await client.query('UPDATE bench_item SET quantity = $1 WHERE id = $2', [step + Number(row.id), row.id]);
        }
      }),
    close: () => pool.end(),
  });
};

function insertOf(items: readonly ItemValues[]): { readonly text: string; readonly values: unknown[] } {
  const values: unknown[] = [];
  const rows = items.map((item) => {
    const row = [
      item.name,
      item.code,
      item.email,
      item.quantity,
      item.rating,
      item.price,
      item.open,
      item.day,
      item.seen,
      item.country,
    ];
    return `(${row.map((value) => `$${values.push(value)}`).join(', ')})`;
  });
  return {
    text: `INSERT INTO bench_item (name, code, email, quantity, rating, price, open, day, seen, country_id)
           VALUES ${rows.join(', ')} RETURNING id`,
    values,
  };
}
