/** How the type a column has relates to the one it should have. */
export type TypeRelation = 'same' | 'narrower' | 'wider' | 'different';

const ALIASES: Readonly<Record<string, string>> = {
  int2: 'smallint',
  int4: 'integer',
  int: 'integer',
  int8: 'bigint',
  float4: 'real',
  float8: 'double precision',
  float: 'double precision',
  bool: 'boolean',
  decimal: 'numeric',
  varchar: 'character varying',
  char: 'character',
  timestamptz: 'timestamp with time zone',
  timestamp: 'timestamp without time zone',
  timetz: 'time with time zone',
  time: 'time without time zone',
};

/** Types in which each holds every value of those before it. */
const LADDERS: readonly (readonly string[])[] = [
  ['smallint', 'integer', 'bigint'],
  ['real', 'double precision'],
];

const UNLIMITED = Number.POSITIVE_INFINITY;

interface ColumnType {
  readonly base: string;
  readonly modifiers: readonly number[];
}

/** A type as PostgreSQL's `format_type` prints it: `varchar( 40 )` → `character varying(40)`. */
export function canonicalType(type: string): string {
  const { base, modifiers } = parse(type);
  if (modifiers.length === 0) return base;
  const list = `(${modifiers.join(',')})`;
  const [first, ...rest] = base.split(' ');
  return /^time(stamp)?$/.test(first ?? '') ? `${first}${list} ${rest.join(' ')}` : `${base}${list}`;
}

/** Whether a column of type `actual` holds every value of `wanted` (`wider`), the reverse (`narrower`), or neither. */
export function compareTypes(actual: string, wanted: string): TypeRelation {
  const have = unlimitedText(parse(actual));
  const want = unlimitedText(parse(wanted));
  if (have.base === want.base && have.modifiers.join() === want.modifiers.join()) return 'same';
  if (holds(want, have)) return 'narrower';
  return holds(have, want) ? 'wider' : 'different';
}

function parse(type: string): ColumnType {
  const match = /^([^([]+?)\s*(?:\(\s*(\d+(?:\s*,\s*-?\d+)*)\s*\))?(\s+[a-z ]+)?(\[\])*$/i.exec(type.trim());
  if (match === null) return { base: type.trim(), modifiers: [] };
  const [, start = '', list, end = '', array = ''] = match;
  const name = `${start}${end}`.replace(/\s+/g, ' ').toLowerCase();
  const modifiers = list === undefined ? [] : list.split(',').map(Number);
  const base = ALIASES[name] ?? name;
  // `numeric(12)` is printed as `numeric(12,0)`.
  if (base === 'numeric' && modifiers.length === 1) modifiers.push(0);
  return { base: `${base}${array}`, modifiers };
}

/** `text` and `character varying` without a limit hold the same. */
function unlimitedText(type: ColumnType): ColumnType {
  return type.base === 'character varying' && type.modifiers.length === 0 ? { base: 'text', modifiers: [] } : type;
}

function holds(large: ColumnType, small: ColumnType): boolean {
  const ladder = LADDERS.find((names) => names.includes(large.base) && names.includes(small.base));
  if (ladder !== undefined) return ladder.indexOf(large.base) >= ladder.indexOf(small.base);
  if (large.base === 'text') return small.base === 'character varying' || small.base === 'text';
  if (large.base !== small.base) return false;
  if (large.base === 'numeric') return numericHolds(large, small);
  if (large.base === 'character varying' || /^time/.test(large.base)) return limit(large) >= limit(small);
  return false;
}

function numericHolds(large: ColumnType, small: ColumnType): boolean {
  const [precision = UNLIMITED, scale = UNLIMITED] = large.modifiers;
  const [smallPrecision = UNLIMITED, smallScale = UNLIMITED] = small.modifiers;
  if (precision === UNLIMITED) return true;
  return scale >= smallScale && precision - scale >= smallPrecision - smallScale;
}

function limit(type: ColumnType): number {
  return type.modifiers[0] ?? UNLIMITED;
}
