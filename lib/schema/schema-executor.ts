/**
 * What this room needs of a database: statements with positional parameters, answered by rows as objects. It must be
 * inside one transaction at READ COMMITTED, which the caller commits: a lock taken here is held until then.
 */
export interface SchemaExecutor {
  execute(text: string, values?: readonly unknown[]): Promise<readonly Record<string, unknown>[]>;
}
