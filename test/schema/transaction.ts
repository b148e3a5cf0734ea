import pg from 'pg';
import type { SchemaExecutor } from '../../lib/schema/schema-executor.js';

/** A transaction on a connection of its own, with the text of every statement it sent. */
export interface TestTransaction extends SchemaExecutor {
  readonly statements: readonly string[];
}

/** Runs `work` in a transaction of its own and commits; an error rolls back. */
export async function inTransaction<T>(
  url: string,
  work: (transaction: TestTransaction) => Promise<T>,
  begin = 'BEGIN',
): Promise<T> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  const statements: string[] = [];
  try {
    await client.query(begin);
    const result = await work({
      statements,
      async execute(text, values) {
        statements.push(text);
        const { rows } = await client.query<Record<string, unknown>>(text, values === undefined ? [] : [...values]);
        return rows;
      },
    });
    await client.query('COMMIT');
    return result;
  } finally {
    await client.end();
  }
}

/** Runs statements one by one, each on its own; gives the rows of the last. */
export async function run(url: string, ...statements: readonly string[]): Promise<readonly Record<string, unknown>[]> {
  const client = new pg.Client({ connectionString: url });
  await client.connect();
  try {
    let rows: Record<string, unknown>[] = [];
    for (const statement of statements) ({ rows } = await client.query<Record<string, unknown>>(statement));
    return rows;
  } finally {
    await client.end();
  }
}
