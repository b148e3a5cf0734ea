import { defineTable, type TableInput, type TableSpec } from '../../lib/schema/table-spec.js';
import { SeededRandom } from '../support/seeded-random.js';

interface Kind {
  readonly types: readonly string[];
  readonly defaults: readonly string[];
  readonly checks: readonly string[];
  readonly expressions: readonly string[];
}

/** Types narrow to wide, and definitions that PostgreSQL prints in other words than they are written in. */
const KINDS: Readonly<Record<string, Kind>> = {
  text: {
    types: ['varchar(20)', 'varchar(40)', 'text'],
    defaults: ["'x'", "'it''s'", "E'a\\nb'", "'x'::text", "upper('y')", "''", 'NULL', 'null::text', "'back\\slash'"],
    checks: [
      "C <> ''",
      "c IN ('a', 'x', 'X')",
      'length(c) BETWEEN 0 AND 99',
      "c LIKE '%' OR c IS NULL",
      "c ~ '^[^$]*$'",
    ],
    expressions: ['lower(c)', "coalesce(c, '')", "c || 'z'", 'left(c, 3)'],
  },
  integer: {
    types: ['smallint', 'integer', 'bigint'],
    defaults: ['-1', '0', '+7', '1 + 1', '(3)', "'5'", '10::smallint'],
    checks: [
      'c > -5',
      'c IN (1, 2, 3) or c not in (4)',
      'c between -1 and 99',
      'NOT (c < -9)',
      'c % 2 = 0 IS NOT NULL',
    ],
    expressions: ['c + 1', 'abs(c)', '-c'],
  },
  numeric: {
    types: ['numeric(8,2)', 'numeric(12,2)', 'numeric'],
    defaults: ['-1', '0.50', "'1.5'", '1e2', '-0.0'],
    checks: ['c >= 0.5 OR true', 'round(c) <> 7', "c <> 'NaN'"],
    expressions: ['round(c, 1)', 'c * 2'],
  },
  float: {
    types: ['real', 'double precision'],
    defaults: ['1.5', '-2', "'Infinity'", 'pi()'],
    checks: ['c <> 0.1', 'c < 1e300'],
    expressions: ['c / 2'],
  },
  boolean: {
    types: ['boolean'],
    defaults: ['true', 'false', "'t'", 'NOT true'],
    checks: ['c OR NOT c', 'c IS NOT NULL or true'],
    expressions: ['(NOT c)'],
  },
  date: {
    types: ['date'],
    defaults: ['CURRENT_DATE', "'2020-01-31'", 'now()::date', "DATE '2020-02-01' + 1"],
    checks: ["c > '1900-01-01'", 'extract(year from c) > 1900'],
    expressions: ['extract(month from c)'],
  },
  datetime: {
    types: ['timestamptz(3)', 'timestamptz'],
    defaults: ['now()', 'CURRENT_TIMESTAMP', "'2020-01-01 00:00:00+00'", "now() + interval '1 day'"],
    checks: ["c > '1900-01-01 00:00+00'", "c < now() + interval '100 years'"],
    expressions: ["(c AT TIME ZONE 'UTC')"],
  },
  json: {
    types: ['jsonb'],
    defaults: ["'{}'", "'[]'::jsonb", "jsonb_build_object('a', 1)", `'{"a": [1, 2]}'`],
    checks: ["jsonb_typeof(c) IN ('object', 'array')", "NOT c ? 'forbidden'"],
    expressions: ["(c ->> 'a')"],
  },
  uuid: {
    types: ['uuid'],
    defaults: ['gen_random_uuid()', "'00000000-0000-0000-0000-000000000000'"],
    checks: ["c <> '11111111-1111-1111-1111-111111111111'"],
    expressions: ['c::text'],
  },
  binary: {
    types: ['bytea'],
    defaults: ["'\\x00'", "''"],
    checks: ['octet_length(c) < 1000'],
    expressions: ['md5(c)'],
  },
};

/** A column as the generator thinks of it: its kind, so that later generations can widen it and redefine what hangs on it. */
interface Column {
  readonly name: string;
  readonly kind: string;
  readonly width: number;
}

const NAMES = ['name', 'order', 'Größe', 'user', 'a b', 'x"y', 'state', 'select', 'camelCase', 'z1', 'z2', 'z3'];
const TABLES = ['alpha', 'Beta Table', 'order', 'delta_δ'];

/** Random tables, and the next generation of the same tables: some columns wider, new or gone, everything redefined. */
export class RandomSpecs {
  readonly #random: SeededRandom;
  readonly #columns = new Map<string, readonly Column[]>();

  constructor(seed: number) {
    this.#random = new SeededRandom(seed);
    for (const table of TABLES) this.#columns.set(table, []);
  }

  next(): readonly TableSpec[] {
    return TABLES.map((table) => {
      const kept = (this.#columns.get(table) ?? []).map((column) => this.#widen(column));
      const free = NAMES.filter((name) => !kept.some((column) => column.name === name));
      const added = this.#random.some(free, 0.3).map((name) => this.#newColumn(name));
      const columns = [...kept, ...added];
      this.#columns.set(table, columns);
      return defineTable(this.#table(table, this.#random.some(columns, 0.9)));
    });
  }

  #newColumn(name: string): Column {
    const kind = this.#random.pick(Object.keys(KINDS));
    return { name, kind, width: this.#random.below(KINDS[kind]?.types.length ?? 1) };
  }

  #widen(column: Column): Column {
    const widest = (KINDS[column.kind]?.types.length ?? 1) - 1;
    return this.#random.chance(0.3) ? { ...column, width: Math.min(widest, column.width + 1) } : column;
  }

  #table(name: string, columns: readonly Column[]): TableInput {
    const random = this.#random;
    const keys = this.#foreignKeys(name);
    return {
      name,
      comment: random.chance(0.5) ? random.pick(['Things', "It's\nthis", 'back\\slash']) : null,
      columns: [
        { name: 'id', type: 'bigint', identity: true },
        ...columns.map((column) => this.#column(column)),
        ...keys.map(({ column }) => ({ name: column, type: 'bigint' })),
      ],
      constraints: columns.flatMap((column) => this.#constraints(name, column)),
      foreignKeys: keys,
      indexes: columns.flatMap((column) => this.#indexes(name, column)),
    };
  }

  #column({ name, kind, width }: Column): TableInput['columns'][number] {
    const random = this.#random;
    const { types, defaults } = KINDS[kind] as Kind;
    const fill = random.chance(0.3) ? random.pick(defaults.filter((text) => !/^null/i.test(text))) : null;
    return {
      name,
      type: types[width] ?? 'text',
      default: random.chance(0.6) ? random.pick(defaults) : null,
      nullable: random.chance(0.7),
      fill,
    };
  }

  #constraints(table: string, { name, kind }: Column): NonNullable<TableInput['constraints']> {
    const random = this.#random;
    const result: NonNullable<TableInput['constraints']>[number][] = [];
    if (random.chance(0.5)) {
      // Every row keeps it, whatever generations left behind.
      const expression = `${this.#over(name, random.pick(KINDS[kind]?.checks ?? []))} OR id > -1`;
      result.push({ kind: 'check', name: `${table} ${name} check`, expression });
    }
    if (random.chance(0.3)) {
      const deferrable = random.pick([null, 'initially immediate', 'initially deferred'] as const);
      result.push({ kind: 'unique', name: `${table} ${name} key`, columns: [name, 'id'], deferrable });
    }
    if (random.chance(0.2) && kind !== 'json') {
      result.push({
        kind: 'unique',
        name: `${table} ${name} part`,
        columns: ['id', name],
        where: `id > ${random.pick([5, -5])}`,
      });
    }
    if (random.chance(0.1) && kind !== 'json') {
      const definition = `USING btree (id WITH =, ${this.#over(name, 'c')} WITH =)`;
      result.push({ kind: 'exclude', name: `${table} ${name} excl`, definition });
    }
    return result;
  }

  #indexes(table: string, { name, kind }: Column): NonNullable<TableInput['indexes']> {
    const random = this.#random;
    const result: NonNullable<TableInput['indexes']>[number][] = [];
    const where = random.chance(0.4)
      ? this.#over(name, random.pick(['c IS NOT NULL', ...(KINDS[kind]?.checks ?? [])]))
      : null;
    const immutable = where === null || !where.includes('now()');
    if (random.chance(0.4)) {
      const method = random.pick(kind === 'json' ? (['gin', 'btree'] as const) : (['btree', 'hash', 'brin'] as const));
      const usable = method !== 'brin' || !['boolean', 'binary'].includes(kind) ? method : 'btree';
      result.push({ name: `${table} ${name} index`, columns: [name], method: usable, where: immutable ? where : null });
    }
    if (random.chance(0.3)) {
      const expression = this.#over(name, random.pick(KINDS[kind]?.expressions ?? []));
      result.push({ name: `${table} ${name} expression`, expression });
    }
    if (kind === 'text' && random.chance(0.3)) {
      result.push({ name: `${table} ${name} trigram`, columns: [name], method: 'trigram' });
    }
    return result;
  }

  #foreignKeys(table: string): NonNullable<TableInput['foreignKeys']> {
    return this.#random.some(TABLES, 0.5).map((target) => ({
      name: `${table} to ${target}`,
      column: `${target} id`,
      references: { table: target },
      onDelete: this.#random.pick(['cascade', 'restrict', 'set null', 'no action'] as const),
      deferrable: this.#random.pick([null, 'initially immediate', 'initially deferred'] as const),
    }));
  }

  /** The column's name for the letter c. */
  #over(column: string, text: string): string {
    return text.replace(/\bc\b/gi, () => `"${column.replaceAll('"', '""')}"`);
  }
}
