import pg from 'pg';
import { CONNECTIONS } from '../subject.js';

/** Statements go out without waiting for the answers to those before. */
export function pipelinedPool(url: string): pg.Pool {
  const settings: pg.PoolConfig & { readonly pipeline: true } = {
    connectionString: url,
    max: CONNECTIONS,
    pipeline: true,
  };
  return new pg.Pool(settings);
}

// Dates and times that nobody looks at stay text; numeric and int8 are text in any case.
const textParsers: Record<number, (text: string) => unknown> = {
  16: (text) => text === 't',
  20: Number,
  21: Number,
  23: Number,
  701: Number,
};
const types = { getTypeParser: (oid: number) => textParsers[oid] ?? ((text: string) => text) };

/** Named, so parsed and planned once a connection; rows are arrays. */
export function prepared(name: string, text: string): (values: readonly unknown[]) => pg.QueryArrayConfig {
  return (values) => ({ name, text, values: [...values], rowMode: 'array', types: types as never });
}

/** BEGIN, one statement and COMMIT in one round trip; gives the statement's rows. */
export async function inOneTrip<Row extends unknown[]>(pool: pg.Pool, query: pg.QueryArrayConfig): Promise<Row[]> {
  const client = await pool.connect();
  try {
    const [, result] = await Promise.all([client.query('BEGIN'), client.query<Row>(query), client.query('COMMIT')]);
    return result.rows;
  } finally {
    client.release();
  }
}
