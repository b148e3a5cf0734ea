import pg from 'pg';

/** What is found in many a code base: a connection, BEGIN, the work, COMMIT, each waited for. */
export async function inTransaction<T>(pool: pg.Pool, work: (client: pg.PoolClient) => Promise<T>): Promise<T> {
  const client = await pool.connect();
  try {
    await client.query('BEGIN');
    const result = await work(client);
    await client.query('COMMIT');
    return result;
  } catch (error) {
    await client.query('ROLLBACK');
    throw error;
  } finally {
    client.release();
  }
}

/** An item as the driver gives it. */
export interface ItemRow {
  readonly id: string;
  readonly name: string;
  readonly code: string;
  readonly email: string;
  readonly quantity: number;
  readonly rating: number;
  readonly price: string;
  readonly open: boolean;
  readonly day: Date;
  readonly seen: Date;
  readonly country_id: string;
}
