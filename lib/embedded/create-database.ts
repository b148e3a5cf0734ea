import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';

/** A server that was there a moment ago may be starting again: how long to try, and how often; ms. */
const awayLimitMs = 10_000;
const pauseMs = 50;

/** Creates the database of `url`'s path if the server has none of that name. */
export async function createDatabase(url: string): Promise<void> {
  const maintenance = new URL(url);
  const name = decodeURIComponent(maintenance.pathname.slice(1));
  maintenance.pathname = '/postgres';
  const client = await connected(maintenance.href);
  try {
    const { rowCount } = await client.query('SELECT FROM pg_database WHERE datname = $1', [name]);
    if (rowCount === 0) await client.query(`CREATE DATABASE ${pg.escapeIdentifier(name)}`);
  } catch (error) {
    // Another process of the project was faster.
    if (!(error instanceof pg.DatabaseError) || (error.code !== '42P04' && error.code !== '23505')) throw error;
  } finally {
    await client.end();
  }
}

async function connected(url: string): Promise<pg.Client> {
  for (const deadlineMs = performance.now() + awayLimitMs; ; await sleep(pauseMs)) {
    const client = new pg.Client({ connectionString: url, connectionTimeoutMillis: 10_000 });
    client.on('error', () => undefined); // A lost connection also rejects the query that waits.
    try {
      await client.connect();
      return client;
    } catch (error) {
      const isAway = !(error instanceof pg.DatabaseError) || error.code === '57P03';
      if (!isAway || performance.now() > deadlineMs) throw error;
    }
  }
}
