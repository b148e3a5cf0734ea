import pg from 'pg';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import type { Field } from '../../lib/fields/field.js';
import { createTestDatabase, type TestDatabase } from '../support/database.js';

/** What a kind of field promises, shown on examples. */
export interface FieldKindExamples {
  readonly title: string;
  readonly field: Field;
  /** Values in their normal order, each different from all others, with how they may also be given. */
  readonly ordered: readonly { readonly value: unknown; readonly given?: readonly unknown[] }[];
  /** False for kinds whose order the database does not promise. */
  readonly sorts?: boolean;
}

/**
 * What every kind must do: a value that was converted, sent in an array, stored, selected as text and parsed is equal to
 * the converted one; equality and order are the database's.
 */
export function itKeepsTheFieldContract(kinds: readonly FieldKindExamples[], zone: string): void {
  describe(`field kinds in ${zone}`, () => {
    let database: TestDatabase;
    let client: pg.Client;
    const zoneBefore = process.env['TZ'];

    beforeAll(async () => {
      process.env['TZ'] = zone;
      database = await createTestDatabase('fields');
      client = new pg.Client({ connectionString: database.url });
      await client.connect();
      // The server's zone must not matter either.
      await client.query(`SET TIME ZONE '${zone}'`);
    });

    afterAll(async () => {
      if (zoneBefore === undefined) delete process.env['TZ'];
      else process.env['TZ'] = zoneBefore;
      await client.end();
      await database.drop();
    });

    /** Writes values as a flush does and reads them as a search does. */
    async function throughTheDatabase(field: Field, values: readonly unknown[]): Promise<unknown[]> {
      await client.query('DROP TABLE IF EXISTS thing');
      await client.query(`CREATE TABLE thing (id int PRIMARY KEY, value ${field.ddlType})`);
      await client.query(
        `INSERT INTO thing SELECT place, value FROM unnest($1::${field.columnType}[]) WITH ORDINALITY AS given (value, place)`,
        [values.map((value) => field.toParameter(value))],
      );
      const parse = field.parse ?? ((text: string): unknown => text);
      const types = { getTypeParser: () => parse } as unknown as pg.CustomTypesConfig;
      const { rows } = await client.query<unknown[]>({
        text: 'SELECT value FROM thing ORDER BY id',
        rowMode: 'array',
        types,
      });
      return rows.map(([value]) => value);
    }

    for (const { title, field, ordered, sorts = true } of kinds) {
      describe(title, () => {
        const converted = (): unknown[] => ordered.map(({ value }) => field.convert(value));

        it('gives back what was written, and unset for unset', async () => {
          const written = [...converted(), null];
          const read = await throughTheDatabase(field, written);
          expect(read).toHaveLength(written.length);
          for (const [index, value] of written.entries()) {
            expect(field.equal(read[index], value), `value ${index}`).toBe(true);
            expect(field.toJson(read[index])).toEqual(field.toJson(value));
            expect(field.equal(field.convert(read[index]), value), `value ${index} converted again`).toBe(true);
          }
        });

        it('stores in the type it says', async () => {
          await throughTheDatabase(field, []);
          const { rows } = await client.query<{ type: string }>(
            `SELECT format_type(atttypid, atttypmod) AS type FROM pg_attribute WHERE attrelid = 'thing'::regclass AND attname = 'value'`,
          );
          expect(rows).toEqual([{ type: field.ddlType }]);
        });

        it('has one normal form for every way to give a value', () => {
          for (const { value, given = [] } of ordered) {
            for (const other of given) expect(field.equal(field.convert(other), field.convert(value))).toBe(true);
          }
        });

        it('tells different values apart', () => {
          const values = converted();
          for (const [place, left] of values.entries()) {
            for (const [other, right] of values.entries()) {
              expect(field.equal(left, right), `${place} and ${other}`).toBe(place === other);
            }
          }
        });

        it.runIf(sorts)('orders as the database does, unset last', async () => {
          const values = [...converted(), null];
          const shuffled = [...values].reverse();
          expect([...shuffled].sort((a, b) => field.compare(a, b)).map((value) => field.toJson(value))).toEqual(
            values.map((value) => field.toJson(value)),
          );
          await throughTheDatabase(field, shuffled);
          const collation = field.columnType === 'text' ? 'COLLATE "C"' : '';
          const { rows } = await client.query<{ id: number }>(
            `SELECT id FROM thing ORDER BY value ${collation} NULLS LAST`,
          );
          expect(rows.map(({ id }) => id)).toEqual(values.map((_, index) => values.length - index));
        });

        it('keeps null as null, in parameters and in JSON too, or as what unset reads as', () => {
          const unset = field.kind === 'boolean' ? false : null;
          expect(field.convert(null)).toBe(unset);
          expect(field.toJson(null)).toBe(unset);
          expect(field.toParameter(null)).toBe(null);
          expect(() => field.convert(undefined)).toThrow('was given undefined');
        });
      });
    }
  });
}
