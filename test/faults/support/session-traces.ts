import type { ConnectionLease } from '../../../lib/pool/connection-lease.js';

/** SQL that leaves something behind in its session; none of it holds up another session. */
export const dirtyStatements: readonly string[] = [
  'BEGIN',
  'BEGIN; SELECT 1 / 0',
  'SET search_path TO pg_catalog',
  'SET default_transaction_read_only TO on',
  'SET ROLE pg_database_owner',
  'CREATE TEMP TABLE left_behind (id int)',
  'SELECT pg_advisory_lock_shared(7)',
  'LISTEN left_behind',
  'PREPARE left_behind AS SELECT 1',
  'DECLARE left_behind CURSOR WITH HOLD FOR SELECT 1',
];

const identity = 'SELECT pg_backend_pid(), current_database()';
/** Names every trace of these statements that the session shows. (The functions behind the views are sooner ready.) */
const traces = `concat_ws(', ',
  CASE WHEN current_setting('search_path') <> '"$user", public' THEN 'search path' END,
  CASE WHEN current_setting('default_transaction_read_only') <> 'off' THEN 'session default' END,
  CASE WHEN current_user <> session_user THEN 'role' END,
  CASE WHEN to_regclass('pg_temp.left_behind') IS NOT NULL THEN 'temporary table' END,
  CASE WHEN EXISTS (SELECT FROM pg_lock_status() WHERE locktype = 'advisory' AND pid = pg_backend_pid()) THEN 'lock' END,
  CASE WHEN EXISTS (SELECT FROM pg_listening_channels()) THEN 'LISTEN' END,
  CASE WHEN EXISTS (SELECT FROM pg_prepared_statement() WHERE name = 'left_behind') THEN 'prepared name' END,
  CASE WHEN EXISTS (SELECT FROM pg_cursor() WHERE name = 'left_behind') THEN 'cursor' END)`;

export interface Surroundings {
  readonly pid: number;
  readonly databaseName: string;
  /** What users before have left: nothing, or the names of the traces. */
  readonly left: string;
}

/** Which session this really is, and what is in it; in a fresh one nobody can have left anything. */
export async function lookRound(lease: ConnectionLease, age: 'fresh' | 'used'): Promise<Surroundings> {
  const isOpen = lease.transactionStatus !== 'I';
  const text = age === 'fresh' ? identity : `${identity}, ${traces}`;
  const { rows } = await lease.send({ text, columns: [Number, null, null], origin: 'read' });
  const [pid, databaseName, left = ''] = rows[0] as [number, string, string?];
  return { pid, databaseName, left: isOpen ? `transaction, ${left}` : left };
}
