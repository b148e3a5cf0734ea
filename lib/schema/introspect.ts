import type { SchemaExecutor } from './schema-executor.js';

/** A column as it is. */
export interface ColumnState {
  readonly name: string;
  readonly type: string;
  readonly notNull: boolean;
  /** The expression as PostgreSQL prints it; null: none. */
  readonly default: string | null;
  /** Whether the server numbers it: an identity column, or a default that takes from a sequence. */
  readonly numbered: 'always' | 'by default' | 'no';
  readonly generated: boolean;
  readonly comment: string | null;
  /** A view over a column forbids a change of its type. */
  readonly inView: boolean;
}

/** A constraint as it is; `kind` is PostgreSQL's letter, `printed` what `pg_get_constraintdef` says. */
export interface ConstraintState {
  readonly name: string;
  readonly kind: 'p' | 'u' | 'c' | 'x' | 'f';
  readonly columns: readonly string[];
  readonly printed: string;
  readonly deferrable: boolean;
  readonly deferred: boolean;
  readonly validated: boolean;
  readonly comment: string | null;
  /** Of a foreign key: where it points, and PostgreSQL's letter of what a deletion does. */
  readonly references: {
    readonly table: string;
    readonly columns: readonly string[];
    readonly onDelete: string;
  } | null;
}

/** An index that backs no constraint; `printed` is its definition without its name and table. */
export interface IndexState {
  readonly name: string;
  readonly printed: string;
  readonly valid: boolean;
  readonly comment: string | null;
}

export interface TableState {
  readonly name: string;
  /** PostgreSQL's letter: `r` a table, `p` a partitioned one, `v` a view… */
  readonly kind: string;
  readonly comment: string | null;
  readonly columns: readonly ColumnState[];
  readonly constraints: readonly ConstraintState[];
  readonly indexes: readonly IndexState[];
}

/** What is there, of the tables that were asked for. */
export interface DatabaseState {
  /** Where unqualified names are created: the first existing schema of the search path. */
  readonly schema: string;
  readonly tables: ReadonlyMap<string, TableState>;
  /** Installed extensions and the schema of each. */
  readonly extensions: ReadonlyMap<string, string>;
}

type Namespace = 'current' | 'temporary';

/** Reads the named tables of the current schema in one statement. */
export async function introspect(executor: SchemaExecutor, names: readonly string[]): Promise<DatabaseState> {
  return read(executor, names, 'current');
}

/** Reads tables of the session's temporary schema. */
export async function introspectTemporary(executor: SchemaExecutor, names: readonly string[]): Promise<DatabaseState> {
  return read(executor, names, 'temporary');
}

async function read(executor: SchemaExecutor, names: readonly string[], from: Namespace): Promise<DatabaseState> {
  const [row] = await executor.execute(QUERIES[from], [names]);
  // The answer travels as text: how a driver parses JSON is its owner's choice.
  const found = JSON.parse(String(row?.['state'])) as {
    schema: string;
    extensions: Record<string, string>;
    tables: TableState[];
  };
  return {
    schema: found.schema,
    extensions: new Map(Object.entries(found.extensions)),
    tables: new Map(found.tables.map((table) => [table.name, table])),
  };
}

const COLUMNS = `
  SELECT coalesce(json_agg(json_build_object(
    'name', a.attname,
    'type', format_type(a.atttypid, a.atttypmod),
    'notNull', a.attnotnull,
    'default', CASE WHEN a.attgenerated = '' THEN pg_get_expr(d.adbin, d.adrelid) END,
    'numbered', CASE
      WHEN a.attidentity = 'a' THEN 'always'
      WHEN a.attidentity = 'd' OR pg_get_expr(d.adbin, d.adrelid) LIKE 'nextval(%' THEN 'by default'
      ELSE 'no' END,
    'generated', a.attgenerated <> '',
    'comment', col_description(a.attrelid, a.attnum),
    'inView', EXISTS (
      SELECT FROM pg_depend v
      WHERE v.refclassid = 'pg_class'::regclass AND v.refobjid = a.attrelid AND v.refobjsubid = a.attnum
        AND v.classid = 'pg_rewrite'::regclass)
  ) ORDER BY a.attnum), '[]')
  FROM pg_attribute a
  LEFT JOIN pg_attrdef d ON d.adrelid = a.attrelid AND d.adnum = a.attnum
  WHERE a.attrelid = c.oid AND a.attnum > 0 AND NOT a.attisdropped`;

const namesOf = (relation: string, numbers: string): string => `(
  SELECT json_agg(a.attname ORDER BY m.place)
  FROM unnest(${numbers}) WITH ORDINALITY AS m(number, place)
  JOIN pg_attribute a ON a.attrelid = ${relation} AND a.attnum = m.number)`;

const CONSTRAINTS = `
  SELECT coalesce(json_agg(json_build_object(
    'name', k.conname,
    'kind', k.contype,
    'columns', coalesce(${namesOf('k.conrelid', 'k.conkey')}, '[]'),
    'printed', pg_get_constraintdef(k.oid),
    'deferrable', k.condeferrable,
    'deferred', k.condeferred,
    'validated', k.convalidated,
    'comment', obj_description(k.oid, 'pg_constraint'),
    'references', CASE WHEN k.contype = 'f' THEN json_build_object(
      'table', (
        SELECT CASE WHEN f.relnamespace = c.relnamespace THEN f.relname ELSE f.oid::regclass::text END
        FROM pg_class f WHERE f.oid = k.confrelid),
      'columns', ${namesOf('k.confrelid', 'k.confkey')},
      'onDelete', k.confdeltype) END
  ) ORDER BY k.conname), '[]')
  FROM pg_constraint k
  WHERE k.conrelid = c.oid AND k.contype IN ('p', 'u', 'c', 'x', 'f')`;

const INDEXES = `
  SELECT coalesce(json_agg(json_build_object(
    'name', x.relname,
    'printed',
      CASE WHEN i.indisunique THEN 'UNIQUE ' ELSE '' END
        || regexp_replace(pg_get_indexdef(i.indexrelid), '^CREATE .*? USING ', 'USING '),
    'valid', i.indisvalid,
    'comment', obj_description(i.indexrelid, 'pg_class')
  ) ORDER BY x.relname), '[]')
  FROM pg_index i
  JOIN pg_class x ON x.oid = i.indexrelid
  WHERE i.indrelid = c.oid
    AND NOT EXISTS (SELECT FROM pg_constraint k WHERE k.conrelid = i.indrelid AND k.conindid = i.indexrelid AND k.contype IN ('p', 'u', 'x'))`;

const query = (namespace: string): string => `
  SELECT json_build_object(
    'schema', current_schema(),
    'extensions', (
      SELECT coalesce(json_object_agg(e.extname, n.nspname), '{}')
      FROM pg_extension e JOIN pg_namespace n ON n.oid = e.extnamespace),
    'tables', (
      SELECT coalesce(json_agg(json_build_object(
        'name', c.relname,
        'kind', c.relkind,
        'comment', obj_description(c.oid, 'pg_class'),
        'columns', (${COLUMNS}),
        'constraints', (${CONSTRAINTS}),
        'indexes', (${INDEXES})
      )), '[]')
      FROM pg_class c
      WHERE c.relnamespace = ${namespace} AND c.relname = ANY ($1::text[]) AND c.relkind IN ('r', 'p', 'v', 'm', 'f'))
  )::text AS state`;

const QUERIES: Readonly<Record<Namespace, string>> = {
  current: query('(SELECT oid FROM pg_namespace WHERE nspname = current_schema())'),
  temporary: query('pg_my_temp_schema()'),
};
