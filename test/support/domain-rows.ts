import { Decimal } from 'decimal.js';
import type { Client } from 'pg';
import type { RecordReader } from '../../lib/domain/record-reader.js';
import type { FakeField, FakeModel } from './domain-fixture.js';
import type { SeededRandom } from './seeded-random.js';

export interface FakeRecord {
  readonly model: FakeModel;
  readonly id: number;
  /** Converted values by field name; x2many fields as arrays of ids. */
  readonly values: Readonly<Record<string, unknown>>;
}

const texts = [
  '',
  'a',
  'abc',
  'ABC',
  'Abcd',
  'a%c',
  'a_c',
  'a\\c',
  'x\ny',
  'İstanbul',
  'istanbul',
  'ΟΔΟΣ',
  'οδος',
  'Straße',
  'é',
  'É',
  '😀',
  'ﬀ',
];

/** Few values a kind, so that random conditions meet random rows. */
export const pools: Readonly<Record<string, readonly unknown[]>> = {
  char: texts,
  text: texts,
  selection: ['draft', 'done', 'cancelled'],
  integer: [-5, 0, 1, 2, 2_147_483_647],
  bigint: [-5n, 0n, 1n, 9_007_199_254_740_993n],
  float: [-1.5, 0, 0.1, 1, 1e300],
  decimal: ['-3', '0', '1.5', '1.50', '10000000000.0001'].map((text) => new Decimal(text)),
  boolean: [true, false],
  date: ['2024-02-29', '2024-03-01', '0999-12-31', '2030-01-01'],
  datetime: ['2024-02-29T23:59:59.999Z', '2024-03-01T00:00:00.000Z', '1969-12-31T00:00:00.001Z'].map(
    (text) => new Date(text),
  ),
  json: [0, 1, '', 'a', true, { a: 1 }, { ids: [1] }, {}],
  uuid: [
    '00000000-0000-4000-8000-000000000001',
    'ffffffff-0000-4000-8000-000000000001',
    '00000000-0000-4000-8000-0000000000aa',
  ],
  binary: [Buffer.from([]), Buffer.from([0, 255]), Buffer.from('a')],
};

/** Random rows of every model, links included; some links form cycles. */
export function randomRecords(
  models: readonly FakeModel[],
  random: SeededRandom,
  count: number,
): readonly FakeRecord[] {
  const records: FakeRecord[] = [];
  for (const model of models) {
    for (let id = 1; id <= count; id++) records.push({ model, id, values: randomValues(model, random, count) });
  }
  for (const record of records) fillOne2many(record, records);
  return records;
}

function randomValues(model: FakeModel, random: SeededRandom, count: number): Record<string, unknown> {
  const values: Record<string, unknown> = {};
  for (const field of model.fields.values()) {
    if (field.name === 'id' || field.kind === 'one2many') continue;
    if (field.kind === 'many2many') {
      values[field.name] = [...new Set(Array.from({ length: random.below(3) }, () => 1 + random.below(count)))];
    } else if (field.name === 'active') {
      values[field.name] = random.chance(0.7) ? true : random.pick([false, null]);
    } else {
      const link = field.kind === 'many2one' ? 1 + random.below(count) : random.pick(pools[field.kind]!);
      values[field.name] = random.chance(0.25) ? null : link;
    }
  }
  return values;
}

function fillOne2many(record: FakeRecord, records: readonly FakeRecord[]): void {
  for (const { name, relation } of record.model.fields.values()) {
    if (relation?.kind !== 'one2many') continue;
    const lines = records.filter(
      ({ model, values }) => model === relation.target && values[relation.inverse] === record.id,
    );
    (record.values as Record<string, unknown>)[name] = lines.map(({ id }) => id);
  }
}

/** Replaces what the tables hold by these records. */
export async function insertRecords(client: Client, records: readonly FakeRecord[]): Promise<void> {
  const models = new Set(records.map(({ model }) => model));
  for (const model of models) {
    const columns = [...model.fields.values()].filter(({ column }) => column !== null);
    const rows = records.filter((record) => record.model === model);
    await client.query(`TRUNCATE "${model.table}"`);
    const arrays = columns.map((field) =>
      rows.map(({ id, values }) => (field.name === 'id' ? id : sent(field, values[field.name] ?? null))),
    );
    const parameters = columns.map(({ columnType }, index) => `$${index + 1}::${columnType}[]`);
    const names = columns.map(({ column }) => `"${column}"`);
    await client.query(
      `INSERT INTO "${model.table}" (${names.join(', ')}) SELECT * FROM unnest(${parameters.join(', ')})`,
      arrays,
    );
    for (const { name, relation } of model.fields.values()) {
      if (relation?.kind !== 'many2many') continue;
      const pairs = rows.flatMap(({ id, values }) =>
        (values[name] as readonly number[]).map((target) => [id, target] as const),
      );
      await client.query(`TRUNCATE "${relation.table}"`);
      await client.query(
        `INSERT INTO "${relation.table}" ("${relation.ownColumn}", "${relation.targetColumn}") SELECT * FROM unnest($1::int8[], $2::int8[])`,
        [pairs.map(([own]) => own), pairs.map(([, target]) => target)],
      );
    }
  }
}

function sent(field: FakeField, value: unknown): unknown {
  return field.toParameter(value);
}

/** Reads the records from memory. */
export class FakeReader implements RecordReader<FakeRecord> {
  readonly #byKey: ReadonlyMap<string, FakeRecord>;

  constructor(records: readonly FakeRecord[]) {
    this.#byKey = new Map(records.map((record) => [`${record.model.name},${record.id}`, record]));
  }

  id(record: FakeRecord): number {
    return record.id;
  }

  value(record: FakeRecord, field: { readonly name: string }): unknown {
    return record.values[field.name] ?? null;
  }

  related(record: FakeRecord, field: FakeField): Iterable<FakeRecord> {
    const target = field.relation!.target as FakeModel;
    const value = record.values[field.name] ?? [];
    return (Array.isArray(value) ? (value as number[]) : [value as number]).map((id) => this.browse(target, id));
  }

  browse(model: { readonly name: string }, id: number): FakeRecord {
    return this.#byKey.get(`${model.name},${id}`)!;
  }
}
