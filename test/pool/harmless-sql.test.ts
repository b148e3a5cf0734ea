import { describe, expect, it } from 'vitest';
import { isHarmless } from '../../lib/pool/harmless-sql.js';
import { leftoversOf } from '../../lib/pool/leftovers-of-sql.js';

describe('SQL that surely leaves nothing in its session', () => {
  it.each([
    'SELECT 1',
    'SELECT count(*), sum(amount) FROM sale_order WHERE id = ANY ($1) AND state IN ($2, $3)',
    "SELECT name FROM res_partner WHERE name ILIKE 'set_config(%' ORDER BY lower(name);",
    'INSERT INTO res_partner (name, "the city") VALUES ($1, $2) ON CONFLICT (name) DO UPDATE SET name = excluded.name RETURNING id',
    'INSERT INTO public."res partner"(name) SELECT (name) FROM old',
    'WITH totals AS (SELECT partner, sum(total) FROM sale_order GROUP BY partner) SELECT * FROM totals',
    "UPDATE account SET balance = balance + CAST($1 AS numeric(12, 2)) WHERE id = $2 AND note <> 'it''s; -- so'",
    'DELETE FROM res_partner WHERE NOT EXISTS (SELECT FROM sale_order WHERE partner = res_partner.id)',
    'begin isolation level serializable',
    'SET LOCAL lock_timeout = 50',
    'SELECT pg_advisory_xact_lock($1)',
    'WITH a AS (SELECT 1) INSERT INTO kept SELECT * FROM a',
    'WITH a AS (INSERT INTO kept SELECT 1 RETURNING *) SELECT * FROM a',
    'MERGE INTO kept USING other ON kept.id = other.id WHEN MATCHED THEN DELETE',
  ])('is told: %s', (text) => expect(isHarmless(text)).toBe(true));

  it.each([
    'SET search_path TO other',
    'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY',
    "SELECT set_config('search_path', 'other', false)",
    'SELECT pg_catalog.set_config($1, $2, false)',
    'SELECT "set_config"($1, $2, false)',
    'SELECT SET_CONFIG ($1, $2, false)',
    'SELECT other.count(*) FROM res_partner',
    'SELECT 1 AS count, pg_advisory_lock (7)',
    'SELECT 1 INTO TEMP kept',
    'WITH a AS (SELECT 1) SELECT * INTO TEMPORARY kept FROM a',
    'CREATE TEMP TABLE kept (id int)',
    'LISTEN news',
    'PREPARE hand AS SELECT 1',
    'DECLARE c CURSOR WITH HOLD FOR SELECT 1',
    'SELECT 1; SET ROLE other',
    'BEGIN; SET ROLE other; COMMIT',
    "SELECT 'a\\'; SELECT set_config($1, $2, false); --'",
    'SELECT $$ $$, set_config($1, $2, false)',
    'SELECT count/* */(*) FROM res_partner',
    'SELECT count\u00a0(1)',
    'SELECT nextval($1)',
    'SELECT \'(\' , "a""(" , lo_import(\'x\')',
    'DO $$ BEGIN NULL; END $$',
    'CALL work()',
    'EXPLAIN ANALYZE SELECT set_config($1, $2, false)',
    'insert into a select * from dblink($1)',
    'INSERT INTO a (b) VALUES (set_config($1, $2, false))',
    `SELECT U&"set_c!006fnfig" UESCAPE '!' ('my.secret', 'kept', false)`,
    'SELECT 1 AS insert INTO TEMP kept',
    'SELECT (1) insert INTO TEMPORARY kept',
    'WITH a AS (SELECT 1) SELECT (1) merge INTO pg_temp.kept',
    'SELECT other. lower($1)',
    'SELECT "other" . lower($1)',
    '',
  ])('is not told where it is not sure: %s', (text) => expect(isHarmless(text)).toBe(false));

  it.each([
    "SELECT set_config('app.tenant', $1, false)",
    "SELECT set_config('app.tenant', $1, false), set_config ( 'app.user', '7', false), count(*) FROM item",
    'SET statement_timeout = 50',
    "SET SESSION app.tenant TO 'seven';",
    'RESET work_mem',
  ])('or leaves settings alone: %s', (text) => expect(leftoversOf(text)).toBe('settings'));

  it.each([
    "SELECT set_config('search_path', 'other', false)",
    "SELECT set_config('app.tenant', $1, false), set_config('Role', 'other', false)",
    "SELECT set_config('app.tenant', $1, false), pg_advisory_lock(7)",
    "SELECT set_config('app.tenant', $1, false), set_config($2, $3, false)",
    'SELECT set_config(name, $1, false) FROM item',
    "SELECT pg_catalog.set_config('app.tenant', $1, false)",
    "DO $$ BEGIN PERFORM set_config('app.tenant', 'x', false); END $$",
    'SET search_path = other',
    'SET ROLE other',
    'SET SESSION AUTHORIZATION other',
    'SET SESSION CHARACTERISTICS AS TRANSACTION READ ONLY',
    "SET TIME ZONE 'UTC'",
    'SET standard_conforming_strings = off',
    "SET a.b = 'x'; LISTEN news",
    'SET a.b = (SELECT pg_advisory_lock(7))',
    'RESET role',
    'RESET ALL; LISTEN news',
  ])('or may leave anything: %s', (text) => expect(leftoversOf(text)).toBe('anything'));

  it('is not looked for in long texts, which would take long or end in an error', () => {
    const startMs = performance.now();
    expect(isHarmless(`SELECT '${'x'.repeat(20_000_000)}'`)).toBe(false);
    expect(isHarmless(`SELECT ${' '.repeat(200_000)}1`)).toBe(false);
    expect(performance.now() - startMs).toBeLessThan(500);
  });
});
