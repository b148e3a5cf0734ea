import type { OpenSession } from '../subject.js';
import { inOneTrip, pipelinedPool } from './pipeline.js';
import {
  changeItems,
  columnsOf,
  findItem,
  insertItems,
  searchItems,
  searchWithCountry,
  type ItemRow,
} from './statements.js';

/** The driver at its best: one round trip a transaction, named statements, rows as arrays, unnest. */
export const openSession: OpenSession = (url) => {
  const pool = pipelinedPool(url);
  return Promise.resolve({
    async readOne(id) {
      const [row] = await inOneTrip<ItemRow>(pool, findItem([id]));
      return row![1];
    },
    async readMany() {
      const rows = await inOneTrip<ItemRow>(pool, searchItems([0]));
      let sum = 0;
      for (const row of rows) sum += row[1].length + row[4] + (row[7] ? 1 : 0);
      return sum;
    },
    async readManyWithCountry() {
      const rows = await inOneTrip<[...ItemRow, string]>(pool, searchWithCountry([0]));
      let sum = 0;
      for (const row of rows) sum += row[1].length + row[4] + (row[7] ? 1 : 0) + row[11].length;
      return sum;
    },
    async createMany(items) {
      const ids = await inOneTrip<[number]>(pool, insertItems(columnsOf(items)));
      return ids.length;
    },
    async changeMany(step) {
      const client = await pool.connect();
      try {
        const [, { rows }] = await Promise.all([client.query('BEGIN'), client.query<ItemRow>(searchItems([0]))]);
        const ids = rows.map((row) => row[0]);
        const quantities = ids.map((id) => step + id);
        await Promise.all([client.query(changeItems([ids, quantities])), client.query('COMMIT')]);
      } finally {
        client.release();
      }
    },
    close: () => pool.end(),
  });
};
