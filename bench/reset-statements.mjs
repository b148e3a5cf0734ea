/** What a unit of work sends first, by what that leaves in its session, and what it sends then. */
export const firstStatements = {
  'nothing to clean': ['SELECT relname FROM pg_class WHERE oid = $1', [1259]],
  'a setting': ["SELECT set_config('bench.tenant', $1, false)", ['seven']],
  'an advisory lock': ['SELECT pg_try_advisory_lock_shared($1)', [7]],
};
export const secondStatement = ['SELECT count(*) FROM pg_class WHERE relname = $1', ['x']];

/** Clients at a time, and connections. */
export const WORKERS = 16;
